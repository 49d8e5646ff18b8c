"""Processes of a former run: they carry its mark in their environment, whatever happened to their parents."""

import os
import signal
from contextlib import suppress
from pathlib import Path

from backend.kernel.clock import Clock

MARK = "DIANYUAN_RUN"


def mark_of(var_dir: Path) -> dict[str, str]:
    """Return what to put into the environment of every process of a run."""
    return {MARK: str(var_dir)}


def end_leftovers(var_dir: Path, clock: Clock, *, grace: float = 5.0) -> int:
    """Ask processes of a former run to end, kill those that do not; return how many were found once all are gone."""
    found = _marked(var_dir)
    _send(signal.SIGTERM, found)
    deadline = clock.monotonic() + grace
    while left := _marked(var_dir):
        if clock.monotonic() > deadline:
            _send(signal.SIGKILL, left)
        clock.sleep(0.05)
    return len(found)


def _send(number: signal.Signals, processes: list[int]) -> None:
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, number)


def _marked(var_dir: Path) -> list[int]:
    wanted = b"\0" + f"{MARK}={var_dir}".encode() + b"\0"
    numbers = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return [number for number in numbers if number != os.getpid() and wanted in _environment(number)]


def _environment(process: int) -> bytes:
    try:
        return b"\0" + Path(f"/proc/{process}/environ").read_bytes()
    except OSError:  # gone meanwhile, or another user's
        return b""
