"""How kinds of tenants use electricity over the day, the week and the year: for simulated meters and their past. Pure.

The same curve, place and instant always give the same power: what is told of the past joins what is played today.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum

HOUR = timedelta(hours=1)
SATURDAY = 5
SWAY = (0, 7, -4, 11, -9, 3, 8, -6, 13, -2, 5)  # per cent, so that no two days are alike
SEASON = (122, 116, 92, 82, 84, 104, 128, 132, 108, 84, 90, 112)  # per cent by month: cooling and heating
PER_UNIT = 1_000_000  # curve, sway and season are per cent each


class LoadKind(StrEnum):
    """Who uses the electricity."""

    OFFICE = "office"
    SHOP = "shop"
    RESTAURANT = "restaurant"
    WORKSHOP = "workshop"
    DORMITORY = "dormitory"


# Per cent of full power in each hour of a day.
_WORKING = (6, 6, 6, 6, 6, 7, 10, 25, 70, 95, 100, 96, 70, 86, 98, 100, 96, 84, 52, 34, 22, 14, 9, 7)
_QUIET = (6, 6, 6, 6, 6, 6, 7, 9, 16, 24, 28, 28, 24, 24, 26, 26, 22, 16, 11, 9, 8, 7, 7, 6)
_TRADING = (12, 11, 10, 10, 12, 20, 42, 64, 74, 80, 92, 100, 98, 80, 70, 72, 84, 98, 100, 92, 74, 48, 26, 15)
_COOKING = (14, 13, 13, 13, 14, 22, 38, 46, 40, 52, 84, 100, 96, 66, 40, 36, 58, 92, 100, 94, 78, 50, 26, 17)
_MAKING = (9, 8, 8, 8, 8, 12, 34, 78, 96, 100, 98, 90, 52, 92, 98, 96, 90, 66, 44, 40, 34, 20, 12, 10)
_SLEEPING = (42, 34, 30, 28, 28, 32, 58, 66, 30, 16, 14, 18, 34, 22, 16, 16, 20, 38, 66, 88, 100, 98, 84, 62)
_CURVES = {  # on weekdays, at weekends
    LoadKind.OFFICE: (_WORKING, _QUIET),
    LoadKind.SHOP: (_TRADING, _TRADING),
    LoadKind.RESTAURANT: (_COOKING, _COOKING),
    LoadKind.WORKSHOP: (_MAKING, _QUIET),
    LoadKind.DORMITORY: (_SLEEPING, _SLEEPING),
}


def curve_of(kind: LoadKind, day: datetime) -> tuple[int, ...]:
    """Return the per cent of full power in each hour of this day."""
    return _CURVES[kind][day.weekday() >= SATURDAY]


def drawn_w(kind: LoadKind, full_w: int, at: datetime, *, place: int) -> int:
    """Return the watts drawn at a local time. place: a number that tells tenants apart, such as the unit."""
    return swayed(full_w, curve_of(kind, at)[at.hour], at, place=place)


def swayed(full_w: int, per_cent: int, at: datetime, *, place: int) -> int:
    """Return what so many per cent of the full power are on this day of the year."""
    sway = 100 + SWAY[(at.toordinal() + place) % len(SWAY)]
    return full_w * per_cent * sway * SEASON[at.month - 1] // PER_UNIT


def hours_between(begins: datetime, ends: datetime) -> Iterator[tuple[datetime, timedelta]]:
    """Yield each local hour of a span, and how much of it lies in the span."""
    while begins < ends:
        until = min(ends, begins.replace(minute=0, second=0, microsecond=0) + HOUR)
        yield begins, until - begins
        begins = until
