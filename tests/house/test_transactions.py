"""Transactions begin and end in one place; services take a session and never commit."""

import ast
from collections.abc import Iterator

from tests.house.sources import Module, modules, name_of, parse, where

KERNEL = "backend/kernel/db.py"
ENDS = {"commit", "rollback", "begin", "begin_nested", "begin_twophase"}
WORDS = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "START TRANSACTION")
SAVEPOINTS = {
    "backend/lifecycle/paying.py": "money is kept although applying it failed",
    "backend/notices/telling.py": "an event that cannot be worked out keeps no other from being told",
    "backend/kernel/inserting.py": "a unique constraint that forbids a row is told as a refusal",
}
AUTOCOMMIT = {
    "backend/kernel/bell.py": "LISTEN and NOTIFY on connections of their own, after the work was committed",
}


def _ends(module: Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ENDS:
            yield node.func.attr, where(module, node)
        if isinstance(node, ast.Call) and name_of(node.func) in ("text", "execute"):
            for word in _sql_words(node):
                yield word, where(module, node)


def _sql_words(call: ast.Call) -> Iterator[str]:
    for argument in call.args:
        if isinstance(argument, ast.Constant) and str(argument.value).lstrip().upper().startswith(WORDS):
            yield str(argument.value)


def _allowed(module: Module, end: str) -> bool:
    return module.path == KERNEL or (end == "begin_nested" and module.path in SAVEPOINTS)


def _autocommits(module: Module) -> bool:
    return any(isinstance(node, ast.keyword) and node.arg == "autocommit" for node in ast.walk(module.tree))


def _product() -> tuple[Module, ...]:
    return modules("backend", "miniprogram-api")


def test_only_the_kernel_begins_commits_and_rolls_back() -> None:
    assert [place for m in _product() for end, place in _ends(m) if not _allowed(m, end)] == []


def test_every_allowed_savepoint_is_still_used() -> None:
    used = {m.path for m in _product() for end, _ in _ends(m) if end == "begin_nested"}
    assert used == set(SAVEPOINTS)


def test_only_the_bell_works_outside_transactions() -> None:
    product = [m for m in _product() if not m.path.startswith("backend/embedded/")]
    assert {m.path for m in product if _autocommits(m)} == set(AUTOCOMMIT)


def test_a_commit_in_a_service_would_be_found() -> None:
    planted = parse("def f(session):\n    session.commit()\n    session.execute(text(' rollback'))\n")
    assert [end for end, _ in _ends(planted)] == ["commit", " rollback"]
