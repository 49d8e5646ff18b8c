"""RTU over TCP: a transparent gateway that passes the bytes of the bus through, both ways.

No transaction number: a late answer to an earlier request looks like an answer to this one. Therefore any byte
that is not the one right answer ends the connection, and the line stays quiet until the gateway has forgotten.
"""

from pymodbus.framer import FramerRTU, FramerType

from meter_bridge.answers import Fit, answer_size, whole_or_more
from meter_bridge.clock import Clock
from meter_bridge.line import Line, LineKind, LinePlace, Wire
from meter_bridge.modbus_line import ModbusLine

_CRC = 2


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


def open_line(place: LinePlace, wire: Wire, clock: Clock) -> Line:
    """Return a line that connects when it is first used."""
    return ModbusLine(place, wire, clock, FramerType.RTU, fit)


PLUGIN = LineKind("rtu_over_tcp", open_line)
