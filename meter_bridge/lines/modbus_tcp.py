"""Modbus TCP: a gateway that wraps each frame in a header with a transaction number."""

from pymodbus.framer import FramerType

from meter_bridge.answers import Fit, answer_size, whole_or_more
from meter_bridge.clock import Clock
from meter_bridge.line import Line, LineKind, LinePlace, Wire
from meter_bridge.modbus_line import ModbusLine

_HEADER = 7


def fit(request: bytes, answer: bytes) -> Fit:
    """Compare transaction number, protocol, length, unit, function and echo of an answer with its request.

    pymodbus takes an answer with transaction number 0 as one to any request; here the number must be ours.
    """
    if not request[:4].startswith(answer[:4]) or (len(answer) >= _HEADER and answer[6] != request[6]):
        return Fit.WRONG
    if len(answer) <= _HEADER:
        return Fit.MORE
    expected = answer_size(request[_HEADER:], answer[_HEADER:])
    if expected is None or int.from_bytes(answer[4:6], "big") != 1 + expected:
        return Fit.WRONG
    return whole_or_more(_HEADER + expected, len(answer))


def open_line(place: LinePlace, wire: Wire, clock: Clock) -> Line:
    """Return a line that connects when it is first used."""
    return ModbusLine(place, wire, clock, FramerType.SOCKET, fit)


PLUGIN = LineKind("modbus_tcp", open_line)
