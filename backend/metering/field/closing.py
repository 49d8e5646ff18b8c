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
    """What somebody typed off a display; None: what was read counts. credit_left in the meter's credit unit.

    energy_wh is as displayed: before the ratio of the meter's transformers.
    """

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
    known, fresh = _known(session, meter)
    energy = _energy(meter, shown, known, fresh)
    credit = count = None
    if meter.capability is not MoneyCapability.PLATFORM_WALLET:
        credit = _told(shown.credit_left, fresh.balance if fresh else None, CREDIT)
    if meter.capability is MoneyCapability.COUNTER_CAS:
        count = _told(shown.count, fresh.purchase_count if fresh else None, COUNT)
    typed = any(told is not None for told in (shown.energy_wh, shown.credit_left, shown.count))
    return Closing(energy, credit, count, fresh.read_at if fresh and not typed else session.clock.now(), typed)


def closing_of_same(session: Session, *, meter: Meter, shown: Shown, misread: bool) -> Closing:
    """Return the last registers of a meter that stays where it is: its credit and its count go on.

    misread: of a model that it is not, however long ago it was read, and 0 where it never was.
    Raises ClosingMissingError, ClosingTooLowError.
    """
    known, fresh = _known(session, meter)
    if misread and shown.energy_wh is None:
        energy, fresh = (known.energy_wh or 0, known) if known else (0, None)
    else:
        energy = _energy(meter, shown, known, fresh)
    typed = shown.energy_wh is not None
    return Closing(energy, None, None, fresh.read_at if fresh and not typed else session.clock.now(), typed)


def _known(session: Session, meter: Meter) -> tuple[MeterStatus | None, MeterStatus | None]:
    """Return what a meter said last, and again if that was just now."""
    now, known = session.clock.now(), session.scalars(select(MeterStatus).filter_by(meter_id=meter.id)).one_or_none()
    return known, known if known is not None and now - known.read_at <= FRESH else None


def _energy(meter: Meter, shown: Shown, known: MeterStatus | None, fresh: MeterStatus | None) -> int:
    typed_wh = None if shown.energy_wh is None else shown.energy_wh * meter.ratio
    energy = _told(typed_wh, fresh.energy_wh if fresh else None, ENERGY)
    if known is not None and known.energy_wh is not None and energy < known.energy_wh:
        raise ClosingTooLowError(known=f"{Decimal(meter.displayed(known.energy_wh)).scaleb(-3):,.2f}")
    return energy


def _told(typed: int | None, read: int | None, what: tuple[str, str]) -> int:
    told = read if typed is None else typed
    if told is None:
        raise ClosingMissingError(what=what[0], what_en=what[1])
    return told
