"""Whether the bytes that came are the answer to the bytes that went: pymodbus checks hardly any of it. Pure."""

from collections.abc import Callable
from enum import Enum, auto

READ = 0x03
WRITE = 0x10
_EXCEPTION = 0x80
_EXCEPTION_SIZE = 2
_ECHO_SIZE = 5


class Fit(Enum):
    """How an answer, as far as it came, fits its request."""

    MORE = auto()  # right so far
    WHOLE = auto()  # the answer, and nothing but it
    WRONG = auto()  # something else: another answer, noise, too much


Fits = Callable[[bytes, bytes], Fit]  # of a request and what came so far


def answer_size(request: bytes, answer: bytes) -> int | None:
    """Return how long the answer PDU must be in the end, or None if it is none to this request PDU.

    request: function, address, count…; answer: the first bytes of the answer, at least the function code.
    """
    function = request[0]
    if answer[0] == function | _EXCEPTION:
        return _EXCEPTION_SIZE
    if answer[0] != function:
        return None
    if function == READ:
        payload = int.from_bytes(request[3:5], "big") * 2
        return None if len(answer) > 1 and answer[1] != payload else 2 + payload
    echo = answer[:_ECHO_SIZE]
    return _ECHO_SIZE if function == WRITE and request.startswith(echo) else None


def whole_or_more(expected: int, came: int) -> Fit:
    """Compare the bytes that came with those that must come: one too many is wrong."""
    if came == expected:
        return Fit.WHOLE
    return Fit.MORE if came < expected else Fit.WRONG
