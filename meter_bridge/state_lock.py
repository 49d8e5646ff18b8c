"""One process for each state folder."""

import fcntl
import os
from pathlib import Path


class StateInUseError(Exception):
    """Another process works in this folder."""


class StateLock:
    """Holds a folder for as long as this process lives; a crash releases it. Raises StateInUseError."""

    def __init__(self, state: Path) -> None:
        state.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file = os.open(state / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._file)
            raise StateInUseError(f"another process works in {state}: stop it, or give another --state") from None

    def release(self) -> None:
        """Let the folder go."""
        os.close(self._file)
