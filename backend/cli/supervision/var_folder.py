"""VAR_DIR: ours, private, and held by one run at a time."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from backend.embedded.places import await_unused
from backend.kernel.clock import Clock
from backend.kernel.settings import secrets_file

SERVED = ("pg", "valkey")
KNOWN = (*SERVED, "pg.new", "sandbox", "simulator", "bridge", "logs")
KNOWN_FILES = ("park.toml", "demo.json", "demo-staff.json")
_LOCK = "run.lock"


class VarFolderError(RuntimeError):
    """VAR_DIR cannot be used; the message is for people."""


@contextmanager
def held(var_dir: Path) -> Iterator[None]:
    """Make VAR_DIR when missing and hold it; raise VarFolderError when it is not ours or another run holds it."""
    _check(var_dir)
    var_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    var_dir.chmod(0o700)
    lock = os.open(var_dir / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _take(lock, var_dir)
        yield
    finally:
        os.close(lock)


def clear(var_dir: Path, clock: Clock, *, keep: tuple[str, ...] = ()) -> None:
    """Remove everything a run keeps in VAR_DIR but the generated secrets, which a real database may depend on.

    keep: names to leave, because a database that stays knows of them.
    """
    for name in SERVED:
        await_unused(var_dir / name, clock)
    for name in set(KNOWN) - set(keep):
        shutil.rmtree(var_dir / name, ignore_errors=True)
    for name in KNOWN_FILES:
        (var_dir / name).unlink(missing_ok=True)


def _check(var_dir: Path) -> None:
    if not var_dir.exists():
        return
    if not var_dir.is_dir():
        raise VarFolderError(f"VAR_DIR={var_dir} is not a folder")
    owner = var_dir.stat().st_uid
    if owner != os.geteuid():
        raise VarFolderError(
            f"VAR_DIR={var_dir} belongs to user number {owner}, we are {os.geteuid()}; run as that user or set VAR_DIR"
        )
    ours = (var_dir / _LOCK).exists() or secrets_file(var_dir).exists()
    if not ours and any(var_dir.iterdir()):
        raise VarFolderError(f"VAR_DIR={var_dir} holds things that are not ours; set VAR_DIR to a new folder")


def _take(lock: int, var_dir: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = os.pread(lock, 32, 0).decode().strip() or "unknown"
        raise VarFolderError(
            f"VAR_DIR={var_dir} is in use by the run with process number {holder}; stop it, or set VAR_DIR"
        ) from error
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
