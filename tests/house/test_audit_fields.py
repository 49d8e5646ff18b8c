"""Every field that an entry of the audit trail can hold has a name in both languages."""

import ast
from collections.abc import Iterator
from dataclasses import asdict

import pytest

from backend.admin.kit.labels import labels
from backend.estate.holders import Papers
from backend.importing.checking import Fate
from backend.importing.layout import SHEETS, SheetKind
from tests.house.sources import Module, modules, parse

RECORDING = "backend.audit.recording"
FACTS = {"before", "after", "becomes"}
TELLING = {"described", "_told"}  # functions that say of a row what an entry holds


def _known() -> set[str]:
    return set(labels()["AuditField"])


def _records(module: Module) -> bool:
    imports = [node for node in ast.walk(module.tree) if isinstance(node, ast.ImportFrom) and node.module == RECORDING]
    return any(name.name in {"record", "record_many", "Change"} for node in imports for name in node.names)


def _keys(node: ast.AST) -> Iterator[str]:
    for each in ast.walk(node):
        keys = each.keys if isinstance(each, ast.Dict) else each.elts if isinstance(each, ast.Tuple) else []
        yield from (key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str))


def _audited(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.keyword) and node.arg in FACTS:
            yield from _keys(node.value)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(target, ast.Name) and target.id in FACTS for target in targets):
                yield from _keys(node.value)
        elif isinstance(node, ast.FunctionDef) and node.name in TELLING:
            yield from _keys(ast.Module(node.body, []))


def _written() -> set[str]:
    """Return what stands in the sources, and what comes from papers and from the columns of a workbook."""
    told = {key for module in modules("backend") if _records(module) for key in _audited(module)}
    columns = {column.key for _, columns in SHEETS.values() for column in columns}
    return told | set(asdict(Papers())) | columns | set(SheetKind) | set(Fate)


def test_every_audited_field_has_a_name_in_both_languages() -> None:
    assert sorted(_written() - _known()) == []


@pytest.mark.parametrize("field", ["area_dm2", "monthly_limit_fen", "role", "numbers", "registered_phone", "found"])
def test_the_fields_are_found_where_they_are_written(field: str) -> None:
    assert field in _written()


def test_a_field_without_a_name_would_be_found() -> None:
    planted = parse("after = {'colour': 1}\nrecord(s, before={'shape': 2})\ndef described(r): return {'taste': r}\n")
    assert set(_audited(planted)) - _known() == {"colour", "shape", "taste"}
