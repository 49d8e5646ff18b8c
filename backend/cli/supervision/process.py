"""What a supervisor starts: processes as plain values."""

import os
import signal
import socket
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from backend.embedded.child import spawn

_ANSWER_SECONDS = 1.0


class Unit(Protocol):
    """Something that runs below the supervisor; the embedded servers are units too."""

    @property
    def name(self) -> str:
        """Stand in front of its lines and name its log."""

    @property
    def one_shot(self) -> bool:
        """Say whether it must end, and well, before the next one starts."""

    @property
    def stop_signal(self) -> signal.Signals:
        """Ask it to end cleanly."""

    def spawn(self, output: int) -> subprocess.Popen[bytes]:
        """Start it, as leader of its own session, with its outputs on the descriptor."""

    def ready(self) -> bool:
        """Say whether it does its work by now."""


@dataclass(frozen=True)
class Listen:
    """An address a process listens on; `setting` is what moves it elsewhere."""

    host: str
    port: int
    setting: str = ""

    @classmethod
    def parse(cls, address: str, setting: str = "") -> "Listen":
        """Read host:port."""
        host, _, port = address.rpartition(":")
        if not (host and port.isdigit()):
            raise ValueError(f"{setting or 'address'} must be host:port, not {address!r}")
        return cls(host.strip("[]"), int(port), setting)

    @property
    def reachable(self) -> tuple[str, int]:
        """Where a neighbour on this machine connects to."""
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host), self.port  # noqa: S104 compared only

    def obstacle(self) -> str | None:
        """Return why nobody could listen here now, in one sentence."""
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((self.host, self.port))
            except OSError as error:
                way_out = f"set {self.setting} to another host:port" if self.setting else "end what listens there"
                return f"cannot listen on {self.host}:{self.port} ({os.strerror(error.errno or 0)}); {way_out}"
        return None


@dataclass(frozen=True)
class Process:
    """A program of ours; ready when it listens on all its addresses and, with http_path, answers HTTP at the first."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    listens: tuple[Listen, ...] = ()
    http_path: str = ""
    one_shot: bool = False
    stop_signal: signal.Signals = signal.SIGTERM

    def spawn(self, output: int) -> subprocess.Popen[bytes]:
        """Start it; the kernel asks it to end when the supervisor does."""
        return spawn(self.argv, output=output, env=self.env, cwd=self.cwd, death_signal=self.stop_signal)

    def ready(self) -> bool:
        """Say whether every address answers."""
        return all(self._answers(listen, self.http_path if not i else "") for i, listen in enumerate(self.listens))

    @staticmethod
    def _answers(listen: Listen, http_path: str) -> bool:
        try:
            with socket.create_connection(listen.reachable, _ANSWER_SECONDS) as wire:
                if not http_path:
                    return True
                wire.sendall(f"GET {http_path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
                return wire.recv(5) == b"HTTP/"
        except OSError:
            return False
