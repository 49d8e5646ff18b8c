"""How long supply was on and off in a span. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from meter_bridge.protocol import SupplyState


@dataclass(frozen=True, slots=True)
class Switching:
    """Seconds with supply, without, and of which nothing is known yet; and how often it went off."""

    on_s: int = 0
    off_s: int = 0
    unknown_s: int = 0
    times_off: int = 0

    def __add__(self, other: "Switching") -> "Switching":
        """Return the sums of two spans or meters."""
        return Switching(
            self.on_s + other.on_s,
            self.off_s + other.off_s,
            self.unknown_s + other.unknown_s,
            self.times_off + other.times_off,
        )


def switching_between(changes: Iterable[tuple[datetime, SupplyState]], start: datetime, end: datetime) -> Switching:
    """Return how long supply was on and off from one instant to another, in whole seconds that add up to the span.

    changes: in order, with the last one before the start. An opening at the very start belongs to this span.
    """
    told = list(changes)
    standing: SupplyState | None = next((state for at, state in reversed(told) if at < start), None)
    inside = [(at, state) for at, state in told if start <= at < end]
    marks = [(start, standing), *inside, (end, None)]
    seconds = dict.fromkeys((*SupplyState, None), 0)
    for (begin, state), (then, _) in pairwise(marks):
        seconds[state] += _whole(then, start) - _whole(begin, start)
    opened = sum(state is SupplyState.OPEN for _, state in inside)
    return Switching(seconds[SupplyState.CLOSED], seconds[SupplyState.OPEN], seconds[None], opened)


def _whole(at: datetime, start: datetime) -> int:
    return int((at - start).total_seconds())
