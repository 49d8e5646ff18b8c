"""Serial: RTU or DL/T 645 on a bus of this machine, such as an RS-485 adapter."""

from functools import partial

from meter_bridge.byte_line import ByteLine
from meter_bridge.clock import Clock
from meter_bridge.line import Line, LineKind, LinePlace, Wire
from meter_bridge.tty import open_tty


def open_line(place: LinePlace, wire: Wire, clock: Clock) -> Line:
    """Return a line that takes the device when it is first used; no network is needed."""
    return ByteLine(place, partial(open_tty, place), clock)


PLUGIN = LineKind("serial", open_line, transparent=True)
