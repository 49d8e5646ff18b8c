"""Modbus RTU frames: requests, whether an answer fits one, and what it says. Pure."""

from pymodbus.framer import FramerRTU

from meter_bridge.answers import READ, WRITE, Fit, answer_size, whole_or_more
from meter_bridge.line import MeterExceptionError

_CRC = 2
_EXCEPTION = 0x80


def read_request(unit: int, address: int, count: int) -> bytes:
    """Return the frame that asks for `count` holding registers (function 3)."""
    return framed(bytes([unit, READ, *address.to_bytes(2, "big"), *count.to_bytes(2, "big")]))


def write_request(unit: int, address: int, values: list[int]) -> bytes:
    """Return the frame that writes registers (function 16)."""
    head = bytes([unit, WRITE, *address.to_bytes(2, "big"), *len(values).to_bytes(2, "big"), 2 * len(values)])
    return framed(head + b"".join(value.to_bytes(2, "big") for value in values))


def framed(body: bytes) -> bytes:
    """Return a frame with its checksum."""
    return body + FramerRTU.compute_CRC(body).to_bytes(_CRC, "big")


def registers(answer: bytes) -> list[int]:
    """Return the registers of a fitting answer; raise MeterExceptionError where it is an exception."""
    if answer[1] & _EXCEPTION:
        raise MeterExceptionError(answer[2])
    words = answer[3:-_CRC]
    return [int.from_bytes(words[at : at + 2], "big") for at in range(0, len(words), 2)]


def fit(request: bytes, answer: bytes) -> Fit:
    """Compare unit, function, length, echo and checksum of an answer with its request."""
    if answer[:1] != request[:1]:
        return Fit.WRONG
    if len(answer) == 1:
        return Fit.MORE
    expected = answer_size(request[1:-_CRC], answer[1:])
    if expected is None:
        return Fit.WRONG
    so_far = whole_or_more(1 + expected + _CRC, len(answer))
    if so_far is Fit.WHOLE and not FramerRTU.check_CRC(answer[:-_CRC], int.from_bytes(answer[-_CRC:], "big")):
        return Fit.WRONG
    return so_far
