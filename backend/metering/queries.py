"""What others may know of meters; reads only."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError
from backend.metering.lines.pace import Pace
from backend.metering.lines.silence import POLLS_MISSED
from backend.metering.models import Line, Meter, MeterState, MeterStatus
from meter_bridge.protocol import CreditUnit, SupplyState

HOUR = 3600


@dataclass(frozen=True, slots=True)
class MeterView:
    """A meter, the newest of what it said and how old that is, and whether its gateway can be reached.

    balance is in credit_unit; read_at and age_seconds are None before the first reading. gateway_alive is None when
    no bridge holds the line, so that nobody knows.
    """

    meter_id: int
    reference: str
    number: str
    credit_unit: CreditUnit
    frozen: bool
    balance: int | None
    supply: SupplyState | None
    energy_wh: int | None
    read_at: datetime | None
    age_seconds: float | None
    gateway_alive: bool | None
    kept_supplied: bool | None
    pace: Pace

    @property
    def old(self) -> bool:
        """Whether the newest reading is older than an hour, and than what the pace of the line explains."""
        return self.age_seconds is not None and self.age_seconds > max(HOUR, POLLS_MISSED * self.pace.pause)


def meter_by_reference(session: Session, *, organisation_id: int, reference: str) -> Meter:
    """Return a meter of this organisation. Raises NotFoundError."""
    known = select(Meter).filter_by(organisation_id=organisation_id, reference=reference)
    meter = session.scalars(known).one_or_none()
    if meter is None:
        raise NotFoundError
    return meter


def meters_in(session: Session, *, room_id: int) -> Sequence[Meter]:
    """Return the meters in use of a room, the oldest first."""
    return session.scalars(select(Meter).filter_by(room_id=room_id, state=MeterState.ACTIVE).order_by(Meter.id)).all()


def views_of(session: Session, *, meter_ids: Iterable[int]) -> dict[int, MeterView]:
    """Return the views of these meters by their number, in one query."""
    rows = session.execute(
        select(Meter, MeterStatus, Line)
        .join(Line, Line.id == Meter.line_id)
        .outerjoin(MeterStatus, MeterStatus.meter_id == Meter.id)
        .where(Meter.id.in_(meter_ids))
    )
    now, database_now = session.clock.now(), session.database_now()
    return {meter.id: _view(meter, status, line, (now, database_now)) for meter, status, line in rows}


def _alive(line: Line, now: datetime) -> bool | None:
    held = line.leased_until is not None and line.leased_until > now
    return line.gateway_answers if held else None


def _view(meter: Meter, status: MeterStatus | None, line: Line, clocks: tuple[datetime, datetime]) -> MeterView:
    now, database_now = clocks
    return MeterView(
        meter_id=meter.id,
        reference=meter.reference,
        number=meter.number,
        credit_unit=meter.credit_unit,
        frozen=meter.frozen_reason is not None,
        balance=status.balance if status else None,
        supply=status.supply if status else None,
        energy_wh=status.energy_wh if status else None,
        read_at=status.read_at if status else None,
        age_seconds=max((now - status.read_at).total_seconds(), 0.0) if status else None,
        gateway_alive=_alive(line, database_now),
        kept_supplied=status.kept_supplied if status else None,
        pace=Pace.of(line.statistics),
    )
