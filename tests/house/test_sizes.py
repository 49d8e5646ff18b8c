"""Small files, small functions, few imports, and one sentence on everything public."""

import ast
from math import ceil
from statistics import median

from tests.house.sources import Function, Module, definitions, functions, modules, parse

FILE_MOST, FILE_P95, FILE_MEDIAN = 300, 200, 60
FUNCTION_MOST, FUNCTION_P95, FUNCTION_MEDIAN = 45, 30, 8
IMPORTS_P95 = 15


def _lines(module: Module) -> int:
    return len(module.text.splitlines())


def _length(function: Function) -> int:
    """Return the lines of a function without its decorators and its docstring."""
    docstring = _span(function.body[0]) if ast.get_docstring(function) is not None else 0
    return _span(function) - docstring


def _span(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def _imports(module: Module) -> int:
    froms = {node.module for node in ast.walk(module.tree) if isinstance(node, ast.ImportFrom)}
    plain = {name.name for node in ast.walk(module.tree) if isinstance(node, ast.Import) for name in node.names}
    return len(froms | plain)


def _p95(sizes: list[int]) -> int:
    return sorted(sizes)[ceil(0.95 * len(sizes)) - 1]


def _undocumented(module: Module) -> list[str]:
    found = [] if ast.get_docstring(module.tree) else [module.path]
    private: set[ast.AST] = set()
    for name, node, parent in definitions(module):
        inner = isinstance(parent, Function) or parent in private
        if node.name.startswith("_") or inner:
            private.add(node)
        elif not ast.get_docstring(node):
            found.append(f"{module.path}: {name}")
    return found


def test_no_file_is_long_and_most_are_short() -> None:
    lengths = {m.path: _lines(m) for m in modules()}
    sizes = list(lengths.values())
    assert [path for path, size in lengths.items() if size > FILE_MOST] == []
    assert (_p95(sizes) <= FILE_P95, median(sizes) <= FILE_MEDIAN) == (True, True), (_p95(sizes), median(sizes))


def test_no_function_is_long_and_most_are_short() -> None:
    lengths = {f"{m.path}: {name}": _length(node) for m in modules() for name, node in functions(m)}
    sizes = list(lengths.values())
    assert [name for name, size in lengths.items() if size > FUNCTION_MOST] == []
    assert (_p95(sizes) <= FUNCTION_P95, median(sizes) <= FUNCTION_MEDIAN) == (True, True), (_p95(sizes), median(sizes))


def test_modules_import_few_others() -> None:
    assert _p95([_imports(m) for m in modules()]) <= IMPORTS_P95


def test_everything_public_has_a_docstring() -> None:
    assert [name for module in modules() for name in _undocumented(module)] == []


def test_what_is_long_or_mute_would_be_found() -> None:
    body = "".join(f"    x = {n}\n" for n in range(FUNCTION_MOST))
    planted = parse(f'def long():\n    """Say."""\n{body}\nclass Mute:\n    def mute(self): ...\n')
    assert [_length(node) for _, node in functions(planted)] == [FUNCTION_MOST + 1, 1]
    mute = ["backend/planted.py", "backend/planted.py: Mute", "backend/planted.py: Mute.mute"]
    assert _undocumented(planted) == mute
