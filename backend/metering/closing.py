"""What a meter shows at its end: read just now, or typed off its display."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import select

from backend.kernel.db import Session
from backend.metering.exchange_errors import ClosingMissingError, ClosingTooLowError
from backend.metering.models import Meter, MeterStatus
from meter_bridge.protocol import MoneyCapability

FRESH = timedelta(minutes=10)
ENERGY, CREDIT, COUNT = ("电能示数", "energy"), ("剩余", "credit left"), ("购电次数", "purchase count")


@dataclass(frozen=True, slots=True)
class Shown:
    """What somebody typed off a display; None: what was read counts. credit_left in the meter's credit unit."""

    energy_wh: int | None = None
    credit_left: int | None = None
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Closing:
    """The last registers of a meter."""

    energy_wh: int
    credit_left: int | None
    count: int | None
    read_at: datetime
    typed: bool


def closing_of(session: Session, *, meter: Meter, shown: Shown) -> Closing:
    """Return the last registers of a meter. Raises ClosingMissingError, ClosingTooLowError."""
    now, known = session.clock.now(), session.scalars(select(MeterStatus).filter_by(meter_id=meter.id)).one_or_none()
    fresh = known if known is not None and now - known.read_at <= FRESH else None
    energy = _told(shown.energy_wh, fresh.energy_wh if fresh else None, ENERGY)
    if known is not None and known.energy_wh is not None and energy < known.energy_wh:
        raise ClosingTooLowError(known=f"{Decimal(known.energy_wh).scaleb(-3):,.2f}")
    credit = count = None
    if meter.capability is not MoneyCapability.PLATFORM_WALLET:
        credit = _told(shown.credit_left, fresh.balance if fresh else None, CREDIT)
    if meter.capability is MoneyCapability.COUNTER_CAS:
        count = _told(shown.count, fresh.purchase_count if fresh else None, COUNT)
    typed = any(told is not None for told in (shown.energy_wh, shown.credit_left, shown.count))
    return Closing(energy, credit, count, fresh.read_at if fresh and not typed else now, typed)


def _told(typed: int | None, read: int | None, what: tuple[str, str]) -> int:
    told = read if typed is None else typed
    if told is None:
        raise ClosingMissingError(what=what[0], what_en=what[1])
    return told
