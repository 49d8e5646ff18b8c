"""Bars of the last hours as a drawing: whole numbers for an SVG of 24 columns. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from backend.metering.history.hours import Hour

HEIGHT, WIDTH, GAP, LEAST = 48, 8, 2, 2


@dataclass(frozen=True, slots=True)
class Bar:
    """One hour: where its bar stands and how high it is; height 0 where nothing is known."""

    x: int
    y: int
    height: int
    begins: datetime
    used: int | None


@dataclass(frozen=True, slots=True)
class Bars:
    """The bars of some hours, and the most of one hour."""

    bars: Sequence[Bar]
    most: int

    @property
    def width(self) -> int:
        """How wide the drawing is."""
        return max(len(self.bars) * (WIDTH + GAP) - GAP, 1)


def drawn(hours: Sequence[Hour]) -> Bars:
    """Draw the use of some hours."""
    most = max((hour.used or 0 for hour in hours), default=0)
    return Bars([_bar(place, hour, most) for place, hour in enumerate(hours)], most)


def _bar(place: int, hour: Hour, most: int) -> Bar:
    known = hour.used is not None
    height = max(LEAST, HEIGHT * (hour.used or 0) // most) if known and most else LEAST if known else 0
    return Bar(place * (WIDTH + GAP), HEIGHT - height, height, hour.begins, hour.used)
