"""The product's source files, read once: what the tests of the house look at."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("backend", "meter_bridge", "miniprogram-api", "sandbox")
Function = ast.FunctionDef | ast.AsyncFunctionDef
Definition = Function | ast.ClassDef


@dataclass(frozen=True, slots=True)
class Module:
    """One source file; path is from the root of the checkout."""

    path: str
    text: str
    tree: ast.Module


def parse(text: str, path: str = "backend/planted.py") -> Module:
    """Return a module of this text: a fault planted to see it found."""
    return Module(path, text, ast.parse(text))


@cache
def modules(*places: str) -> tuple[Module, ...]:
    """Return every Python file under these folders, or the files themselves."""
    found = [path for place in places or PRODUCT for path in sorted(_python_files(ROOT / place))]
    assert found, f"no Python files under {places}"
    return tuple(parse(path.read_text(), path.relative_to(ROOT).as_posix()) for path in found)


def text_of(path: str) -> str:
    """Return the text of a file of the checkout."""
    return (ROOT / path).read_text()


def definitions(module: Module) -> Iterator[tuple[str, Definition, ast.AST]]:
    """Yield every function and class with its dotted name and what it stands in."""
    yield from _inside(module.tree, "")


def functions(module: Module) -> Iterator[tuple[str, Function]]:
    """Yield every function and method with its dotted name."""
    for name, node, _ in definitions(module):
        if isinstance(node, Function):
            yield name, node


def where(module: Module, node: ast.expr | ast.stmt | ast.arg) -> str:
    """Return path and line, as an editor opens them."""
    return f"{module.path}:{node.lineno}"


def name_of(node: ast.expr) -> str:
    """Return the last part of a name: `commit` of `session.commit`."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def enum_words(module: Module) -> Iterator[tuple[str, str]]:
    """Yield enumeration and word of every member of every StrEnum."""
    for _, node, _ in definitions(module):
        if isinstance(node, ast.ClassDef) and "StrEnum" in map(name_of, node.bases):
            for line in node.body:
                if isinstance(line, ast.Assign) and isinstance(line.value, ast.Constant):
                    yield node.name, str(line.value.value)


def _python_files(place: Path) -> list[Path]:
    if place.is_file():
        return [place]
    return [path for path in place.rglob("*.py") if "node_modules" not in path.parts]


def _inside(parent: ast.AST, prefix: str) -> Iterator[tuple[str, Definition, ast.AST]]:
    for node in ast.iter_child_nodes(parent):
        if isinstance(node, Definition):
            yield prefix + node.name, node, parent
            yield from _inside(node, f"{prefix}{node.name}.")
        else:
            yield from _inside(node, prefix)
