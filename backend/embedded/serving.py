"""What both embedded servers have in common: start, stop, and being asked whether they live."""

import os
import signal
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

from backend.embedded.places import remove_runtime_folder
from backend.kernel.clock import Clock

_START_SECONDS = 60.0  # recovery after a crash included
_STOP_SECONDS = 30.0


class ServerStartError(RuntimeError):
    """The server ended, or did not answer in time; the message holds its last words."""


class Serving:
    """A server of one VAR_DIR; `spawn` and `ready` are for a supervisor, `start` and `stop` for everybody else."""

    name = ""
    stop_signal = signal.SIGTERM
    one_shot = False

    def __init__(self, var_dir: Path, clock: Clock) -> None:
        self.var_dir = var_dir.absolute()
        self._clock = clock
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def alive(self) -> bool:
        """Say whether the server that `start` started still runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def log(self) -> Path:
        """Where `start` lets the server write."""
        return self.var_dir / "logs" / f"{self.name}.log"

    def spawn(self, output: int) -> subprocess.Popen[bytes]:
        """Start the server with its outputs on a descriptor; it may not be ready yet."""
        raise NotImplementedError

    def ready(self) -> bool:
        """Say whether the server answers."""
        raise NotImplementedError

    def start(self) -> None:
        """Start and return once the server answers; nothing happens when it runs already."""
        if self.alive:
            return
        self.var_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.log.parent.mkdir(mode=0o700, exist_ok=True)
        output = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            self._process = self.spawn(output)
        finally:
            os.close(output)
        deadline = self._clock.monotonic() + _START_SECONDS
        while not self.ready():
            if not self.alive or self._clock.monotonic() > deadline:
                self.stop()
                raise ServerStartError(f"{self.name} does not start: {self.log.read_text(errors='replace')[-1000:]}")
            self._clock.sleep(0.005)

    def stop(self) -> None:
        """Stop cleanly, and by force when that takes too long; nothing happens when it does not run."""
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.send_signal(self.stop_signal)
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        remove_runtime_folder(self.var_dir)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self.stop()
