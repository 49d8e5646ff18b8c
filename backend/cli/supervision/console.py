"""Readable output of many processes: each line behind its process's name, and kept in a file of its own."""

import os
import re
from pathlib import Path
from typing import BinaryIO, TextIO

from backend.kernel.clock import Clock

_COLOURS = (36, 32, 33, 35, 34, 96, 92, 93, 95, 94)
_KEEP_BYTES = 10_000_000  # then the file becomes name.log.1
_COLOUR_CODE = re.compile(r"\x1b\[[0-9;]*m")
OURSELVES = "run"


class Console:
    """Write lines to one stream and to logs/<name>.log; coloured on a terminal, plain elsewhere.

    Args:
        out: where people read; when it goes away, the files go on.
        logs: folder of the log files; it is made when missing.
    """

    def __init__(self, out: TextIO, logs: Path, *, clock: Clock, width: int = 10) -> None:
        logs.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._out: TextIO | None = out
        self._logs = logs
        self._clock = clock
        self._width = width
        self._colour = out.isatty() and "NO_COLOR" not in os.environ
        self._files: dict[str, BinaryIO] = {}
        self._order: list[str] = []

    def say(self, text: str) -> None:
        """Write lines of the supervisor itself."""
        for line in text.splitlines():
            self._show(OURSELVES, line)
            self._keep(OURSELVES, f"{self._clock.now():%Y-%m-%dT%H:%M:%SZ} {line}")

    def line(self, name: str, text: str) -> None:
        """Write one line of a process; its own colours reach a terminal only."""
        plain = _COLOUR_CODE.sub("", text)
        self._show(name, text if self._colour else plain)
        self._keep(name, plain)

    def log_of(self, name: str) -> Path:
        """Return the file that keeps the lines of a process."""
        return self._logs / f"{name}.log"

    def close(self) -> None:
        """Close the files."""
        for file in self._files.values():
            file.close()
        self._files.clear()

    def _show(self, name: str, text: str) -> None:
        if self._out is None:
            return
        label = f"{name:<{self._width}} |"
        if self._colour:
            label = f"\x1b[{self._colour_of(name)}m{label}\x1b[0m"
        try:
            self._out.write(f"{label} {text}\n")
            self._out.flush()
        except OSError:
            self._out = None

    def _colour_of(self, name: str) -> int:
        if name not in self._order:
            self._order.append(name)
        return 1 if name == OURSELVES else _COLOURS[self._order.index(name) % len(_COLOURS)]

    def _keep(self, name: str, text: str) -> None:
        file = self._files.get(name)
        if file is not None and file.tell() > _KEEP_BYTES:
            file.close()
            self.log_of(name).replace(self.log_of(name).with_suffix(".log.1"))
            file = None
        if file is None:
            file = self._files[name] = self.log_of(name).open("ab", buffering=0)
        file.write(text.encode(errors="replace") + b"\n")
