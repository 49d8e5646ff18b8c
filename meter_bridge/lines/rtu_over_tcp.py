"""RTU over TCP: a transparent gateway that passes the bytes of the bus through, both ways."""

from meter_bridge.byte_line import ByteLine
from meter_bridge.clock import Clock
from meter_bridge.line import Line, LineKind, LinePlace, Wire


def open_line(place: LinePlace, wire: Wire, clock: Clock) -> Line:
    """Return a line that connects when it is first used."""
    return ByteLine(place, lambda factory: wire(factory, place.host, place.port), clock)


PLUGIN = LineKind("rtu_over_tcp", open_line, transparent=True)
