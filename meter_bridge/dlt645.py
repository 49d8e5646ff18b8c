"""DL/T 645-2007 frames and what lies in them: FE… 68 A0–A5 68 C L data+33h CS 16. Pure.

Sources: DL/T 645-2007, 5.2 (frames), 7 (functions), annex A (data identifiers) and C (words of errors).
"""

from dataclasses import dataclass
from datetime import datetime

from meter_bridge.answers import Fit

READ, MONEY, CLOCK, WRITE, CLEAR_DEMAND, RELAY = 0x11, 0x03, 0x08, 0x14, 0x19, 0x1C
ANSWER, ERROR, MORE = 0x80, 0x40, 0x20
EVERYBODY = "999999999999"

PREAMBLE = b"\xfe" * 4
START, STOP = 0x68, 0x16
ADDRESS_DIGITS = 12
HEAD = 10  # from the first 68h to the length
TAIL = 2
_OFFSET = 0x33
_LONGEST_DATA = 200


class Dlt645Error(ValueError):
    """Bytes that are no frame, or a value that no frame can hold."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame. address: twelve digits, as printed on the meter; data: without the 33h."""

    address: str
    control: int
    data: bytes = b""

    @property
    def function(self) -> int:
        """Return the function that was asked for, without the bits of an answer."""
        return self.control & 0x1F


def encoded(frame: Frame) -> bytes:
    """Return the bytes of a frame, with the preamble that wakes a meter; raise Dlt645Error."""
    if len(frame.data) > _LONGEST_DATA:
        raise Dlt645Error(f"{len(frame.data)} bytes of data where {_LONGEST_DATA} fit")
    scrambled = bytes((byte + _OFFSET) & 0xFF for byte in frame.data)
    head = bytes([START]) + _address(frame.address) + bytes([START, frame.control, len(frame.data)])
    body = head + scrambled
    return PREAMBLE + body + bytes([sum(body) & 0xFF, STOP])


def decoded(raw: bytes) -> Frame:
    """Return the one frame these bytes are; raise Dlt645Error."""
    body = raw.lstrip(b"\xfe")
    if len(body) < HEAD + TAIL or body[0] != START or body[7] != START or body[-1] != STOP:
        raise Dlt645Error(f"{raw.hex()} is no frame")
    if body[9] != len(body) - HEAD - TAIL or sum(body[:-2]) & 0xFF != body[-2]:
        raise Dlt645Error(f"length or checksum of {raw.hex()} is wrong")
    data = bytes((byte - _OFFSET) & 0xFF for byte in body[HEAD:-TAIL])
    return Frame(body[6:0:-1].hex(), body[8], data)


def size_of(raw: bytes | bytearray) -> int | None:
    """Return how many bytes the frame at the start of these will have with its preamble, None as long as unknown."""
    preamble = len(raw) - len(raw.lstrip(b"\xfe"))
    return preamble + HEAD + raw[preamble + 9] + TAIL if len(raw) >= preamble + HEAD else None


def fit(request: bytes, answer: bytes) -> Fit:
    """Compare address, function, identifier and checksum of an answer with its request. Preambles are skipped."""
    asked, body = decoded(request), answer.lstrip(b"\xfe")
    head = request.lstrip(b"\xfe")[:8]
    if not head.startswith(body[:8]):
        return Fit.WRONG
    if len(body) < HEAD:
        return Fit.MORE if len(body) < 9 or _answers(asked, body[8]) else Fit.WRONG  # noqa: PLR2004 -- control
    size = HEAD + body[9] + TAIL
    if len(body) < size:
        return Fit.MORE
    try:
        frame = decoded(body)
    except Dlt645Error:
        return Fit.WRONG
    named = asked.function != READ or frame.control & ERROR or frame.data[:4] == asked.data[:4]
    return Fit.WHOLE if _answers(asked, frame.control) and named else Fit.WRONG


def number_from(data: bytes, *, signed: bool = False) -> int:
    """Return a BCD number, low byte first; signed: the highest bit is a minus. Raises Dlt645Error."""
    raw = int.from_bytes(data, "little")
    sign = 1 << 8 * len(data) - 1
    minus = signed and bool(raw & sign)
    digits = f"{raw & ~sign if minus else raw:x}"
    if not digits.isdecimal():
        raise Dlt645Error(f"{data.hex()} is no decimal number")
    return -int(digits) if minus else int(digits)


def number_to(value: int, size: int, *, signed: bool = False) -> bytes:
    """Return a BCD number of so many bytes, low byte first; raise Dlt645Error where it does not fit."""
    sign = 1 << 8 * size - 1
    raw = int(str(abs(value)), 16)
    if raw >= (sign if signed else sign * 2) or (value < 0 and not signed):
        raise Dlt645Error(f"{value} does not fit {size} bytes")
    return (raw | (sign if value < 0 else 0)).to_bytes(size, "little")


def clock_data(instant: datetime) -> bytes:
    """Return a wall-clock time as the broadcast carries it: second, minute, hour, day, month, year."""
    parts = (instant.second, instant.minute, instant.hour, instant.day, instant.month, instant.year % 100)
    return b"".join(number_to(part, 1) for part in parts)


def _answers(asked: Frame, control: int) -> bool:
    """Whether a control byte is that of an answer to this function, good or bad."""
    return control & ~(ERROR | MORE) == asked.control | ANSWER


def _address(digits: str) -> bytes:
    if len(digits) != ADDRESS_DIGITS or not (digits.isascii() and digits.isdecimal()):
        raise Dlt645Error(f"{digits!r} is no address of twelve digits")
    return bytes.fromhex(digits)[::-1]
