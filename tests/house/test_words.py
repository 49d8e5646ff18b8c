"""Names say what a thing is; the checkout names no package registry and no machine."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.house.sources import PRODUCT, ROOT, Module, definitions, modules, parse

EMPTY = {"manager", "helper", "util", "handler", "data", "info"}
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
# A framework's own name that we cannot choose: path and name -> why.
FRAMEWORK: dict[tuple[str, str], str] = {}

TEXTS = {".py", ".md", ".toml", ".txt", ".json", ".ini", ".mako", ".html", ".ts", ".js", ".wxml", ".wxss", ".sh", ""}
LEFT_OUT = {".git", ".venv", "var", "build", "node_modules", "__pycache__", ".hypothesis"}
CACHES = ("_cache", ".egg-info")
# Written in two halves, so that this file does not name them either.
REGISTRIES = [a + b for a, b in (("pypi", ".org"), ("python", "hosted"), ("npm", "js.org"), ("npm", "mirror"))]
MACHINES = [f"/{folder}/" for folder in ("home", "root", "work", "Users")]


def _empty_words(module: Module) -> Iterator[str]:
    for part in module.path.removesuffix(".py").split("/"):
        yield from _empty(module, part)
    for _, node, _ in definitions(module):
        if not hasattr(node, "args"):
            yield from _empty(module, node.name)


def _empty(module: Module, name: str) -> Iterator[str]:
    words = {word.lower() for word in WORD.findall(name)}
    if (words | {word.removesuffix("s") for word in words}) & EMPTY and (module.path, name) not in FRAMEWORK:
        yield f"{module.path}: {name}"


def _texts(folder: Path = ROOT) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.iterdir()):
        if path.name in LEFT_OUT or path.name.endswith(CACHES):
            continue
        if path.is_dir():
            yield from _texts(path)
        elif path.suffix in TEXTS:
            yield path.relative_to(ROOT).as_posix(), path.read_text(errors="replace")


def test_no_module_and_no_class_has_an_empty_name() -> None:
    assert [name for module in modules(*PRODUCT, "tests", "migrations") for name in _empty_words(module)] == []


def test_no_file_names_a_package_registry_or_a_folder_of_one_machine() -> None:
    texts = list(_texts())
    assert len(texts) > 100
    assert [(path, word) for path, text in texts for word in (*REGISTRIES, *MACHINES) if word in text] == []


def test_an_empty_name_would_be_found() -> None:
    planted = parse("class OrderManager: ...\nclass WebUtils: ...\nclass Database: ...\n", "backend/data/x_helpers.py")
    assert [name.split(": ")[1] for name in _empty_words(planted)] == ["data", "x_helpers", "OrderManager", "WebUtils"]
