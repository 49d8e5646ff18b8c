"""Find the plug-ins of a folder: one module each, two with one code fail at start."""

import importlib
import pkgutil
from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar


class Plugin(Protocol):
    """Anything with a code of its own."""

    @property
    def code(self) -> str:
        """Return the name it is asked for by."""


P = TypeVar("P", bound=Plugin)


class TwinPluginsError(Exception):
    """Two plug-ins answer to one code."""


def by_code(plugins: Iterable[P]) -> dict[str, P]:
    """Return the plug-ins by code; raise TwinPluginsError when two have the same."""
    found: dict[str, P] = {}
    for plugin in plugins:
        if plugin.code in found:
            raise TwinPluginsError(f"two plug-ins with the code {plugin.code!r}: {found[plugin.code]!r} and {plugin!r}")
        found[plugin.code] = plugin
    return found


def plugins_in(package: str, kind: type[P]) -> Iterator[P]:
    """Yield what each module of a package has under the name PLUGIN."""
    folder = importlib.import_module(package)
    for found in pkgutil.iter_modules(folder.__path__, f"{package}."):
        plugin = importlib.import_module(found.name).PLUGIN
        if not isinstance(plugin, kind):
            raise TypeError(f"{found.name}.PLUGIN is no {kind.__name__}")
        yield plugin
