"""What was used in a span, and how sure that is. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from backend.metering.history.rolling_months import MEASURED_WITHIN_S


@dataclass(frozen=True, slots=True)
class Usage:
    """What was used by register (Wh, litres), and of how many days that is measured, estimated, or not known at all.

    Registers count behind the transformers' ratio: the bridge applied it once, when it read them.
    """

    used: Mapping[str, int] = field(default_factory=dict)
    measured_days: int = 0
    estimated_days: int = 0
    missing_days: int = 0

    @property
    def energy_wh(self) -> int | None:
        """Return the energy; None where no day is known."""
        return self.used.get("energy_wh")

    @property
    def days(self) -> int:
        """Return of how many days it tells, known or not."""
        return self.measured_days + self.estimated_days + self.missing_days

    def __add__(self, other: "Usage") -> "Usage":
        """Return what two meters, or two parts of a span, used together."""
        return total((self, other))


@dataclass(frozen=True, slots=True)
class Border:
    """What a meter had counted when a day began. day: its number; gap_s: between which readings that was drawn."""

    day: int
    gap_s: int
    counted: Mapping[str, int]


def usage_between(borders: Iterable[Border], *, first: int, end: int) -> Usage:
    """Return what was used from one day up to another; borders in order, days numbered.

    Between two borders that are there all is known, however far apart they are; where a register ran backwards, and
    before the first and behind the last border, nothing is. Split at any day that has a border it adds up.
    """
    there = [border for border in borders if first <= border.day <= end]
    used: Counter[str] = Counter()
    measured = estimated = 0
    for begin, then in pairwise(there):
        names = begin.counted.keys() & then.counted.keys()
        if not names or any(then.counted[name] < begin.counted[name] for name in names):
            continue
        used.update({name: then.counted[name] - begin.counted[name] for name in names})
        days = then.day - begin.day
        if days == 1 and max(begin.gap_s, then.gap_s) <= MEASURED_WITHIN_S:
            measured += 1
        else:
            estimated += days
    return Usage(dict(used), measured, estimated, end - first - measured - estimated)


def total(usages: Iterable[Usage]) -> Usage:
    """Return what many used together."""
    used: dict[str, int] = {}
    measured = estimated = missing = 0
    for each in usages:
        measured, estimated = measured + each.measured_days, estimated + each.estimated_days
        missing += each.missing_days
        for name, amount in each.used.items():
            used[name] = used.get(name, 0) + amount
    return Usage(used, measured, estimated, missing)
