"""Real processes under the product's own supervision, which can be struck down one by one."""

import os
import signal
import subprocess
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from backend.cli.supervision.console import Console
from backend.cli.supervision.process import Unit
from backend.cli.supervision.supervisor import Supervisor
from backend.kernel.clock import SystemClock

START_SECONDS = 90.0


class Watched:
    """A unit whose process is known, so that it can be struck."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._process: subprocess.Popen[bytes] | None = None
        self.strikes = 0

    @property
    def name(self) -> str:
        """Its name."""
        return self._unit.name

    @property
    def one_shot(self) -> bool:
        """Whether it must end before the next one starts."""
        return self._unit.one_shot

    @property
    def stop_signal(self) -> signal.Signals:
        """What it ends cleanly on."""
        return self._unit.stop_signal

    def spawn(self, output: int) -> subprocess.Popen[bytes]:
        """Start it and remember its process."""
        self._process = self._unit.spawn(output)
        return self._process

    def ready(self) -> bool:
        """Say whether it does its work."""
        return self._unit.ready()

    def strike(self, number: signal.Signals = signal.SIGKILL) -> bool:
        """Send a signal, by default the one nobody survives; False when it is down already."""
        process = self._process
        if process is None or process.poll() is not None:
            return False
        with suppress(ProcessLookupError):
            os.kill(process.pid, number)
        self.strikes += 1
        return True


class Fleet:
    """Processes that a supervisor in a thread of its own starts again whenever they fall."""

    def __init__(self, units: Sequence[Unit], logs: Path) -> None:
        self.units = {unit.name: Watched(unit) for unit in units}
        self._nowhere = Path(os.devnull).open("w")  # noqa: SIM115 closed when the fleet stops
        self._console = Console(self._nowhere, logs, clock=SystemClock())
        self._supervisor = Supervisor(list(self.units.values()), console=self._console, clock=SystemClock(), grace=3.0)
        self._up = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._live, daemon=True)

    def start(self) -> None:
        """Return when everything runs."""
        self._thread.start()
        assert self._up.wait(START_SECONDS), "the fleet does not come up"
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        """Stop everything and wait for it."""
        self._supervisor.request_stop()
        self._thread.join(60)
        self._console.close()
        self._nowhere.close()

    def _live(self) -> None:
        try:
            self._supervisor.run(self._up.set)
        except BaseException as failure:  # noqa: BLE001 told to the thread that waits
            self._failure = failure
            self._up.set()
