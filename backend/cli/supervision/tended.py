"""One unit under supervision: its process, its output, and when it may start again."""

import os
import signal
import subprocess
from contextlib import suppress

from backend.cli.supervision.console import Console
from backend.cli.supervision.process import Unit
from backend.kernel.clock import Clock

_FIRST_WAIT = 0.5  # seconds; doubled at each further failure
_LONGEST_WAIT = 5.0
_STABLE_AFTER = 30.0
_CHUNK = 65_536


class Tended:
    """A unit and what became of it so far."""

    def __init__(self, unit: Unit, console: Console, clock: Clock) -> None:
        self.unit = unit
        self.process: subprocess.Popen[bytes] | None = None
        self.retry_at: float | None = None
        self._console = console
        self._clock = clock
        self._failures = 0
        self._started_at = 0.0
        self._rest = b""
        self.reading, self._writing = os.pipe()
        os.set_blocking(self.reading, False)

    @property
    def running(self) -> bool:
        """Say whether its process is there."""
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start its process."""
        self.retry_at = None
        self._started_at = self._clock.monotonic()
        self.process = self.unit.spawn(self._writing)

    def ending(self) -> str:
        """Say how its process ended."""
        code = self.process.returncode if self.process else None
        if code is None:
            return "does not run"
        return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"

    def plan_restart(self) -> float:
        """Return the seconds to wait before the next start; longer each time, short again after a quiet while."""
        now = self._clock.monotonic()
        if now - self._started_at > _STABLE_AFTER:
            self._failures = 0
        wait = min(_LONGEST_WAIT, _FIRST_WAIT * 2.0**self._failures)
        self._failures = min(self._failures + 1, 10)
        self.retry_at = now + wait
        return wait

    def ask_to_end(self) -> None:
        """Send the signal it ends cleanly on."""
        if self.process is not None and self.running:
            self.process.send_signal(self.unit.stop_signal)

    def end_session(self) -> None:
        """Kill what is left of its session: itself, and children that outlived it."""
        if self.process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def drain(self) -> None:
        """Hand complete lines to the console."""
        with suppress(BlockingIOError):
            while chunk := os.read(self.reading, _CHUNK):
                *lines, self._rest = (self._rest + chunk).split(b"\n")
                if len(self._rest) > _CHUNK:
                    lines, self._rest = [*lines, self._rest], b""
                for line in lines:
                    self._console.line(self.unit.name, line.decode(errors="replace").rstrip("\r"))

    def close(self) -> None:
        """Write what is left of its output and let go of it."""
        self.drain()
        if self._rest:
            self._console.line(self.unit.name, self._rest.decode(errors="replace"))
        os.close(self.reading)
        os.close(self._writing)
