"""The registers of a meter by tariff period, filled by a schedule of its own. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from meter_bridge.profile_model import Profile, Quantity
from meter_bridge.tariff_schedule import PERIODS, period_of


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

    def add(self, wms: int, when: Quantity | int | None) -> None:
        """Count what was used in this period, or in this local hour by the schedule it was made with."""
        period = period_of(when) if isinstance(when, int) else when
        self.used_wms[period or Quantity.FLAT_WH] += wms

    def shown(self, profile: Profile) -> dict[Quantity, int]:
        """Return the registers in watt-milliseconds; a meter without a deep valley counts that as valley."""
        told = dict(self.used_wms)
        if Quantity.DEEP_VALLEY_WH not in profile.registers:
            told[Quantity.VALLEY_WH] += told.pop(Quantity.DEEP_VALLEY_WH)
        return told
