"""Where embedded servers keep sockets, and whether a former server is still there."""

import hashlib
import os
import stat
from contextlib import suppress
from pathlib import Path

from backend.kernel.clock import Clock


class FolderInUseError(RuntimeError):
    """A former server still works in the folder."""


def runtime_folder(var_dir: Path) -> Path:
    """Return a short private folder for sockets that belongs to this VAR_DIR alone."""
    name = f"dianyuan-{os.geteuid()}-{hashlib.sha256(os.fsencode(var_dir.resolve())).hexdigest()[:12]}"
    folder = Path("/tmp", name)  # noqa: S108 checked right below; TMPDIR may be long, a socket's path may not
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o077:
        raise PermissionError(f"{folder} was not made by us; remove it")
    return folder


def remove_runtime_folder(var_dir: Path) -> None:
    """Remove the folder for sockets once no server uses it; otherwise it stays."""
    with suppress(OSError):
        runtime_folder(var_dir).rmdir()


def await_unused(folder: Path, clock: Clock, *, seconds: float = 20.0) -> None:
    """Return once no process works in the folder; raise FolderInUseError when one stays."""
    deadline = clock.monotonic() + seconds
    while working := processes_in(folder):
        if clock.monotonic() > deadline:
            raise FolderInUseError(f"process {working[0]} still works in {folder}")
        clock.sleep(0.02)


def processes_in(folder: Path) -> list[int]:
    """Return the processes whose working directory is the folder, as far as we may see."""
    here = str(folder.resolve())
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and _cwd(entry) == here]


def _cwd(process: Path) -> str:
    try:
        return str((process / "cwd").readlink())
    except OSError:  # gone meanwhile, or another user's
        return ""
