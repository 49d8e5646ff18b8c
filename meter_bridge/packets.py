r"""Packets as people write them: text, \xHH for any byte, ? for one byte that may be anything. Pure."""

import re

Packet = tuple[int | None, ...]
LONGEST = 128
_PART = re.compile(r"\\x([0-9A-Fa-f]{2})|\\(\\)|(.)", re.DOTALL)


def packet(written: str) -> Packet:
    """Return the bytes of a packet; None stands for any byte."""
    return tuple(_byte(part) for part in _PART.finditer(written))


def begins(came: bytes, wanted: Packet) -> bool:
    """Whether these bytes are the packet, or can still become it."""
    return all(want in (None, byte) for want, byte in zip(wanted, came, strict=False))


def without(beat: bytes, came: bytes) -> bytes:
    """Return what is left of these bytes without the heartbeats before it: nothing, the beginning of one, or more."""
    while beat and came.startswith(beat):
        came = came[len(beat) :]
    return came


def _byte(part: re.Match[str]) -> int | None:
    if part[1]:
        return int(part[1], 16)
    letter = part[2] or part[3]
    return None if part[3] == "?" else ord(letter)
