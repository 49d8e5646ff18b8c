"""Plug-ins found by looking into a folder: a new file is a new plug-in."""

from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import TypeVar

P = TypeVar("P")


def discover(folder: ModuleType, attribute: str, _kind: type[P]) -> dict[str, type[P]]:
    """Map each plug-in's code to the class its module names PROVIDER, CHANNEL…; two with one code are refused."""
    found: dict[str, type[P]] = {}
    for place in iter_modules(folder.__path__):
        plugin = getattr(import_module(f"{folder.__name__}.{place.name}"), attribute)
        if plugin.code in found:
            raise ValueError(f"two plug-ins in {folder.__name__} claim the code {plugin.code!r}")
        found[plugin.code] = plugin
    return found
