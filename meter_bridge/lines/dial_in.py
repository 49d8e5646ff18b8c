"""Dial-in: a DTU or meter calls us, says who it is, then passes frames through, with heartbeats in between.

After its network changed, the old connection may hang half-open: the newest call is the one. The caller's word is
no proof of who it is, so the meter is read on each new connection before anything is written, and no money is sent
while calls come and go.
"""

from collections import deque

from meter_bridge.byte_line import ByteLine, Ear
from meter_bridge.clock import Clock
from meter_bridge.line import Line, LineKind, LinePlace, Wire

FLAPPING_ENDS, FLAPPING_SECONDS = 4, 60.0


class DialInLine(ByteLine):
    """A line on which we are called."""

    def __init__(self, place: LinePlace, wire: Wire, clock: Clock) -> None:
        super().__init__(place, lambda factory: wire(factory, place.registration, place.port), clock)
        self._ends: deque[float] = deque(maxlen=FLAPPING_ENDS)

    @property
    def steady(self) -> bool:
        """Whether the caller stays: not so many ends, other than by our hanging up, in so short a time."""
        full = len(self._ends) == FLAPPING_ENDS
        return not full or self._clock.monotonic() - self._ends[0] > FLAPPING_SECONDS

    async def ready(self) -> None:
        """Wait for the newest caller, out of the quiet time; raise LineDownError."""
        before = self._ear
        await super().ready()
        if self._ear is not before:
            self.session += 1

    def cut(self, ear: Ear) -> None:
        """Take note that the caller is gone, or that a newer one came: what it was asked may still be answered."""
        if ear is self._ear:
            self._ends.append(self._clock.monotonic())
            super().cut(ear)
            self.hang_up()


def open_line(place: LinePlace, wire: Wire, clock: Clock) -> Line:
    """Return a line that waits for its caller when it is first used. wire: the switchboard that takes calls."""
    return DialInLine(place, wire, clock)


PLUGIN = LineKind("dial_in", open_line, transparent=True, called=True)
