"""Staff see what is noted about meters and settle it with a reason."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, or_, select

from backend.audit.recording import Actor, record
from backend.estate.models import Building, Room
from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError
from backend.kernel.scope import Scope
from backend.metering.actions import MeteringAction
from backend.metering.history.settling import UnexplainedError
from backend.metering.history.suspicion_models import SuspectMeter, Suspicion
from backend.metering.models import Meter


def count_suspects(session: Session, *, scope: Scope) -> int:
    """Return how many suspicions wait for a person."""
    return session.scalar(select(func.count()).select_from(SuspectMeter).where(*_open(scope))) or 0


def suspects(session: Session, *, scope: Scope, most: int) -> Sequence[tuple[Meter, SuspectMeter]]:
    """Return what waits for a person, the oldest first."""
    found = select(Meter, SuspectMeter).join(Meter, Meter.id == SuspectMeter.meter_id).where(*_open(scope))
    return [(row[0], row[1]) for row in session.execute(found.order_by(SuspectMeter.id).limit(most))]


def settle_suspect(session: Session, *, scope: Scope, suspect_id: int, reason: str, by: Actor) -> None:
    """Close one with a reason; what lasts is not noted again. Raises NotFoundError, UnexplainedError."""
    if not reason:
        raise UnexplainedError
    found = select(SuspectMeter).where(SuspectMeter.id == suspect_id, *_open(scope)).with_for_update()
    row = session.scalars(found, execution_options={"populate_existing": True}).one_or_none()
    if row is None:
        raise NotFoundError
    row.settled_at, row.settled_by, row.reason = session.clock.now(), by.name, reason
    meter = session.get_one(Meter, row.meter_id)
    after = {"suspicion": row.suspicion.value, "since": row.since} | row.evidence
    record(session, by=by, action=MeteringAction.READINGS_SETTLED, subject=meter, after=after, reason=reason)


def _open(scope: Scope) -> tuple[ColumnElement[bool], ...]:
    inside = (
        select(Meter.id)
        .join(Room, Room.id == Meter.room_id)
        .join(Building, Building.id == Room.building_id)
        .where(scope.within(Meter.organisation_id, Building.park_id))
    )
    waits = or_(SuspectMeter.suspicion == Suspicion.STANDS_STILL, SuspectMeter.passed_at.is_(None))
    return SuspectMeter.settled_at.is_(None), waits, SuspectMeter.meter_id.in_(inside)
