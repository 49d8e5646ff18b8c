"""Whom PostgreSQL runs as: it refuses root, yet containers often have nobody else."""

import ctypes
import os
import pwd
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from backend.embedded.child import LIBC

_CLONE_NEWUSER = 0x10000000
_PR_SET_KEEPCAPS = 8
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_RAISE = 2
_CAP_DAC_OVERRIDE = 1
_CAPABILITY_VERSION_3 = 0x20080522
_INSIDE = 1000  # any number but 0


class NoIdentityError(RuntimeError):
    """This root user has no way to run a program as somebody else."""


@dataclass(frozen=True)
class Identity:
    """Who a child becomes before its program starts, and which user then owns its files."""

    name: str
    uid: int
    become: Callable[[], None] | None = None


def ourselves() -> Identity:
    """Return the calling user as it is."""
    return Identity("plain", os.geteuid())


def renamed_root() -> Identity:
    """Return root under another number in a user namespace of its own; files stay root's, every privilege is gone."""
    return Identity("userns", os.geteuid(), _enter_namespace)


def nobody() -> Identity:
    """Return the user nobody, who still reaches files below root's folders (CAP_DAC_OVERRIDE)."""
    user = pwd.getpwnam("nobody")
    return Identity("setuid", user.pw_uid, lambda: _turn_into(user.pw_uid, user.pw_gid))


def fitting_identity(program: Path, folder: Path) -> Identity:
    """Return the first identity under which the program starts and the folder can be written."""
    for identity in _candidates():
        if _works(identity, program, folder):
            return identity
    raise NoIdentityError(
        f"{program.name} refuses to run as root, and here root may neither open a user namespace nor become nobody"
        f" and still write {folder}; run as an ordinary user, or set DATABASE_URL to a server of your own"
    )


def _candidates() -> Iterator[Identity]:
    if os.geteuid() != 0:
        yield ourselves()
        return
    yield renamed_root()
    yield nobody()


def _works(identity: Identity, program: Path, folder: Path) -> bool:
    script = 'test -w "$1" && exec "$2" --version'
    try:
        probe = subprocess.run(
            ["/bin/sh", "-c", script, "sh", folder, program],
            capture_output=True,
            check=False,
            preexec_fn=identity.become,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return probe.returncode == 0


def _enter_namespace() -> None:
    _must(LIBC.unshare(_CLONE_NEWUSER))
    for name, text in (("setgroups", "deny"), ("uid_map", f"{_INSIDE} 0 1"), ("gid_map", f"{_INSIDE} 0 1")):
        Path("/proc/self", name).write_text(text)


def _turn_into(uid: int, gid: int) -> None:
    _must(LIBC.prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0))
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
    wanted = 1 << _CAP_DAC_OVERRIDE
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    sets = (ctypes.c_uint32 * 6)(wanted, wanted, wanted, 0, 0, 0)  # effective, permitted, inheritable; low, then high
    _must(LIBC.capset(header, sets))
    _must(LIBC.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, _CAP_DAC_OVERRIDE, 0, 0))


def _must(result: int) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), "the kernel refuses a change of user")
