"""Every maintenance lock that hangs, for whoever walks through the park."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from backend.kernel.db import Session
from backend.kernel.scope import Scope
from backend.metering.group_models import MeterGroup
from backend.metering.lock_models import MaintenanceLock
from backend.metering.models import Meter
from backend.staff.models import Staff


@dataclass(frozen=True, slots=True)
class HangingLock:
    """A lock that hangs, who hung it, and where: on a meter or on a group. overdue: its expected end is over."""

    lock: MaintenanceLock
    who: str
    meter: str | None
    group: str | None
    overdue: bool


def hanging_locks(session: Session, *, scope: Scope) -> Sequence[HangingLock]:
    """Return the locks that hang in a scope, the oldest first."""
    now = session.clock.now()
    rows = session.execute(
        select(MaintenanceLock, Staff.name, Meter.number, MeterGroup.name)
        .join(Staff, Staff.id == MaintenanceLock.hung_by)
        .outerjoin(Meter, Meter.id == MaintenanceLock.meter_id)
        .outerjoin(MeterGroup, MeterGroup.id == MaintenanceLock.group_id)
        .where(MaintenanceLock.taken_off_at.is_(None))
        .where(scope.within(MaintenanceLock.organisation_id, MaintenanceLock.park_id))
        .order_by(MaintenanceLock.id)
    )
    return [
        HangingLock(lock, who, meter, group, lock.expected_until is not None and lock.expected_until <= now)
        for lock, who, meter, group in rows
    ]
