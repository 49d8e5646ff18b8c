"""Processes of a measurement: started, waited for, weighed by the processor time they took, and ended by number."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from backend.kernel.clock import SystemClock

ROOT = Path(__file__).resolve().parents[1]
TICKS = os.sysconf("SC_CLK_TCK")
START_SECONDS = 30.0
CLOCK = SystemClock()


class NotReadyError(RuntimeError):
    """A process ended, or did not answer in time; the message holds its last words."""


@dataclass(frozen=True, slots=True)
class Running:
    """A process that runs, and the port it listens on."""

    process: subprocess.Popen[bytes]
    port: int

    def cpu_seconds(self) -> float:
        """Return the processor time of this process and of everything it started."""
        return cpu_seconds_of(self.process.pid)


@contextmanager
def running(
    name: str, argv: Sequence[str], env: Mapping[str, str], folder: Path, *, port: int = 0
) -> Iterator[Running]:
    """Run a module of Python until the end of the block; its words go to a file. port: wait until it is taken."""
    log = folder / f"{name}.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", *argv],
            cwd=ROOT,
            env=dict(env),
            stdout=output,
            stderr=output,
            stdin=subprocess.DEVNULL,
        )
    try:
        if port:
            _await_port(process, port, log)
        yield Running(process, port)
    finally:
        _end(process)


def granian(app: str, port: int, threads: int) -> list[str]:
    """Return the words that serve an application as the product is served (backend/cli/supervision/plan.py)."""
    listen = ["granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--no-ws"]
    return [*listen, "--workers", "1", "--blocking-threads", str(threads), "--workers-kill-timeout", "5", app]


def free_port() -> int:
    """Return a port nobody listens on now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def cpu_seconds_of(pid: int) -> float:
    """Return the processor time of a process and of its children that still run."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    own = (int(fields[11]) + int(fields[12])) / TICKS
    return own + sum(cpu_seconds_of(child) for child in _children(pid))


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += map(int, (task / "children").read_text().split())
    return found


def _await_port(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = CLOCK.monotonic() + START_SECONDS
    while CLOCK.monotonic() < end:
        if process.poll() is not None:
            break
        with socket.socket() as wire:
            if wire.connect_ex(("127.0.0.1", port)) == 0:
                return
        CLOCK.sleep(0.05)
    raise NotReadyError(log.read_text(errors="replace")[-2000:])


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
