"""What is wished of which meters, and what would become of each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from json import dumps
from typing import Any

from backend.estate.models import Building, Room
from backend.metering.models import Meter
from backend.metering.parameter_models import MeterParameter
from backend.metering.parameters.template_models import ParameterTemplate
from backend.metering.parameters.unfit import Unfit
from meter_bridge.protocol import CreditUnit, ParameterCode

Values = Mapping[ParameterCode, Any]


@dataclass(frozen=True, slots=True)
class ParameterWish:
    """Which meters are to hold which values, as JSON tells them, and why; template: where those came from.

    found_by: the filter that found the meters.
    """

    values: Values
    meter_ids: tuple[int, ...]
    credit_unit: CreditUnit
    reason: str = ""
    template: ParameterTemplate | None = None
    found_by: str = ""


@dataclass(frozen=True, slots=True)
class PlannedMeter:
    """A meter, where it hangs, why it cannot hold which of the values, and how it stands with all of them."""

    meter: Meter
    room: Room
    building: Building
    unfit: Mapping[ParameterCode, Unfit]
    held: Mapping[ParameterCode, MeterParameter] = field(default_factory=dict)

    def settles(self, values: Values) -> Iterator[ParameterCode]:
        """Yield the codes that this meter would be asked to hold."""
        yield from (code for code in values if code not in self.unfit)


def count_asked(rows: Sequence[PlannedMeter], values: Values) -> int:
    """Return how many meters would be asked to hold any of the values."""
    return sum(any(row.settles(values)) for row in rows)


def digest_of(wish: ParameterWish, rows: Sequence[PlannedMeter]) -> str:
    """Return what stands for exactly this plan: what is carried out is what was shown, and that once."""
    wanted = [[[code, one.change_id] for code, one in sorted(row.held.items())] for row in rows]
    told = [[row.meter.id, sorted(row.unfit), by] for row, by in zip(rows, wanted, strict=True)]
    version = wish.template and wish.template.version
    return sha256(dumps([told, wish.values, version], sort_keys=True).encode()).hexdigest()[:32]
