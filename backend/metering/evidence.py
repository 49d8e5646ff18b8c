"""What meters say of themselves: how it is stored, and whether it is the right meter that speaks. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from operator import attrgetter
from typing import Any

from backend.metering.models import Meter
from meter_bridge.protocol import REGISTERS, Condition, Evidence, MoneyCapability

LARGEST = 2**62
EARLIEST, LATEST = datetime(2, 1, 1, tzinfo=UTC), datetime(9998, 12, 31, tzinfo=UTC)
FARTHEST = timedelta(hours=15)  # 14 are in use, and PostgreSQL takes less than 16
MOST_MEASURED = 10**10  # of any unit that conditions are told in; for years added up by the second it can be stored
MEASURED = attrgetter(*(name for name in Condition.model_fields if name != "alarms"))
NUMBERS = attrgetter("purchase_count", "balance", "cumulative", "last_purchase", *REGISTERS)


@dataclass(frozen=True, slots=True)
class Identity:
    """A meter without the rest of its row, for thousands at once."""

    id: int
    organisation_id: int
    number: str
    serial: str
    capability: MoneyCapability
    profile: str
    ratio: int = 1


def stored(evidence: Evidence) -> dict[str, Any]:
    """Return evidence as it is stored."""
    return evidence.model_dump(mode="json")


def is_sound(evidence: Evidence) -> bool:
    """Whether evidence can be stored at all; registers full of noise give numbers and names that cannot."""
    fit = max(map(abs, filter(None, NUMBERS(evidence))), default=0) <= LARGEST
    zoned = is_instant(evidence.read_at) and (evidence.clock is None or evidence.clock.tzinfo is not None)
    return fit and zoned and "\0" not in (evidence.serial or "")


def is_measured(condition: Condition) -> bool:
    """Whether anything can measure this; noise in registers gives numbers that cannot be stored or reckoned with."""
    told = filter(None, MEASURED(condition))
    numbers = chain.from_iterable(one if isinstance(one, list) else (one,) for one in told)
    return max(map(abs, numbers), default=0) <= MOST_MEASURED


def is_instant(at: datetime) -> bool:
    """Whether a time can be stored and compared: it has a zone, and lies within every calendar."""
    offset = at.utcoffset()
    return offset is not None and abs(offset) <= FARTHEST and EARLIEST < at < LATEST


def is_foreign(meter: Meter | Identity, evidence: Evidence) -> bool:
    """Whether another meter answered. A meter that takes money must name itself; others may have no serial to tell."""
    if evidence.serial is None:
        return meter.capability is not MoneyCapability.PLATFORM_WALLET
    return evidence.serial != meter.serial


def lacks(meter: Meter, evidence: Evidence) -> bool:
    """Whether this evidence is too little to judge a top-up by."""
    if meter.capability is MoneyCapability.COUNTER_CAS:
        return evidence.purchase_count is None
    return evidence.balance is None
