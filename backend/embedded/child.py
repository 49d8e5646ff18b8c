"""Start children that end with their parent, so that a killed parent leaves nothing behind."""

import ctypes
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

LIBC = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1


def spawn(
    argv: Sequence[str],
    *,
    output: int,
    env: Mapping[str, str],
    cwd: Path | None = None,
    death_signal: signal.Signals = signal.SIGTERM,
    become: Callable[[], None] | None = None,
) -> subprocess.Popen[bytes]:
    """Start argv in its own session, with both outputs on one descriptor; the kernel ends it with the calling thread.

    `become` runs in the child before the program does and may change who it is.
    """
    return subprocess.Popen(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        env=dict(env),
        cwd=cwd,
        start_new_session=True,
        preexec_fn=ending_with_parent(death_signal, become),  # noqa: PLW1509 the supervisor has one thread
    )


def ending_with_parent(death_signal: signal.Signals, become: Callable[[], None] | None = None) -> Callable[[], None]:
    """Return what a fresh child calls so that it gets the signal as soon as its parent is gone."""
    parent = os.getpid()

    def prepare() -> None:
        if become is not None:
            become()  # first, because a change of user clears the request below
        LIBC.prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)  # the parent went before the request was made

    return prepare
