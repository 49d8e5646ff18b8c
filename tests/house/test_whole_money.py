"""Money is whole numbers: the code that moves it knows no float and no division that rounds by itself."""

import ast
from collections.abc import Iterator

from backend.tables import METADATA
from tests.house.sources import Module, modules, name_of, parse, where

MONEY = (
    "backend/accounts",
    "backend/payments",
    "backend/vending",
    "backend/lifecycle",
    "backend/kernel/money.py",
    "meter_bridge/judging.py",
)
# The only floats there are seconds. Each by the name it is given, with what it measures.
SECONDS = {
    ("backend/payments/provider.py", "timeout"): "how long a provider may take to answer",
    ("backend/payments/recording.py", "RETRY_FIRST"): "how long to wait before a receipt is applied again",
    ("backend/payments/recording.py", "RETRY_LONGEST"): "the longest such wait",
    ("backend/vending/asking.py", "STEPS"): "how long to wait between two questions to a provider",
    ("backend/vending/asking.py", "GIVE_UP"): "how long an unpaid order is asked about",
    ("backend/vending/placing.py", "FIRST_QUERY"): "how long a callback is waited for",
}


def _floats(module: Module) -> Iterator[tuple[str, str]]:
    """Yield the name a float is given ("" for none), and its place."""
    yield from _below(module, module.tree, "")


def _below(module: Module, node: ast.AST, name: str) -> Iterator[tuple[str, str]]:
    for child in ast.iter_child_nodes(node):
        given = _name_given(child) or name
        if isinstance(child, ast.stmt) and not _name_given(child):
            given = ""
        if _is_float(child):
            assert isinstance(child, ast.expr | ast.stmt)
            yield given, where(module, child)
        yield from _below(module, child, given)


def _name_given(node: ast.AST) -> str:
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        return node.targets[0].id
    if isinstance(node, ast.AnnAssign):
        return name_of(node.target)
    return node.arg if isinstance(node, ast.arg) else ""


def _is_float(node: ast.AST) -> bool:
    literal = isinstance(node, ast.Constant) and isinstance(node.value, float | complex)
    named = isinstance(node, ast.Name) and node.id == "float"
    divides = isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div)
    rounds = isinstance(node, ast.Name) and node.id == "round"
    return literal or named or divides or rounds


def test_money_code_has_no_float_and_no_true_division() -> None:
    found = [(m.path, name, place) for m in modules(*MONEY) for name, place in _floats(m)]
    assert [place for path, name, place in found if (path, name) not in SECONDS] == []


def test_every_allowed_second_is_still_there() -> None:
    found = {(m.path, name) for m in modules(*MONEY) for name, _ in _floats(m)}
    assert set(SECONDS) - found == set()


def test_every_column_of_money_and_energy_is_a_whole_number() -> None:
    units = ("_fen", "_wh", "_l", "_w", "amount", "balance")
    columns = [c for table in METADATA.tables.values() for c in table.columns if c.name.endswith(units)]
    assert len(columns) > 5
    assert [str(c) for c in columns if str(c.type) != "BIGINT"] == []


def test_a_float_anywhere_would_be_found() -> None:
    planted = "def f(fen: float):\n    yuan = fen / 100\n    yuan /= 2\n    return round(yuan) + 0.5\n"
    assert len(list(_floats(parse(planted)))) == 5
