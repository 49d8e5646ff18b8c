"""The registers of a meter by tariff period, filled by a schedule of its own. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from meter_bridge.profile_model import Profile, Quantity

PERIODS = (
    Quantity.CRITICAL_PEAK_WH, Quantity.PEAK_WH, Quantity.FLAT_WH, Quantity.VALLEY_WH, Quantity.DEEP_VALLEY_WH,
)  # fmt: skip
# Hours from midnight: how many, and which period. An example; the price tables of provinces differ.
SCHEDULE: tuple[tuple[int, Quantity], ...] = (
    (2, Quantity.VALLEY_WH), (2, Quantity.DEEP_VALLEY_WH), (4, Quantity.VALLEY_WH), (3, Quantity.PEAK_WH),
    (6, Quantity.FLAT_WH), (2, Quantity.PEAK_WH), (2, Quantity.CRITICAL_PEAK_WH), (1, Quantity.PEAK_WH),
    (2, Quantity.FLAT_WH),
)  # fmt: skip


def period_of(hour: int, schedule: Sequence[tuple[int, Quantity]] = SCHEDULE) -> Quantity:
    """Return the tariff period of an hour of the local day."""
    for hours, period in schedule:
        hour -= hours
        if hour < 0:
            return period
    return Quantity.FLAT_WH


@dataclass(slots=True)
class PeriodCounts:
    """What was used in each period, in watt-milliseconds. What nobody told the time of is flat."""

    used_wms: dict[Quantity, int] = field(default_factory=lambda: dict.fromkeys(PERIODS, 0))

    @classmethod
    def beginning(cls, total_wms: int, known_wms: Mapping[Quantity, int]) -> Self:
        """Return counts that add up to a total: what is not known of it is flat."""
        counts = cls()
        counts.used_wms.update(known_wms)
        counts.used_wms[Quantity.FLAT_WH] += total_wms - sum(known_wms.values())
        return counts

    def add(self, wms: int, hour: int | None) -> None:
        """Count what was used in this local hour."""
        self.used_wms[Quantity.FLAT_WH if hour is None else period_of(hour)] += wms

    def shown(self, profile: Profile) -> dict[Quantity, int]:
        """Return the registers in watt-milliseconds; a meter without a deep valley counts that as valley."""
        told = dict(self.used_wms)
        if Quantity.DEEP_VALLEY_WH not in profile.registers:
            told[Quantity.VALLEY_WH] += told.pop(Quantity.DEEP_VALLEY_WH)
        return told
