"""Hang maintenance locks.

Hanging locks the rows of its meters, and permission to write is given under the same row lock: whichever comes first
wins. What was permitted before is told by lock_queries.closings_allowed.
"""

from dataclasses import dataclass
from datetime import datetime

from backend.audit.recording import record
from backend.kernel.db import Session
from backend.kernel.inserting import insert
from backend.metering.actions import MeteringAction
from backend.metering.group_models import MeterGroup
from backend.metering.groups.grouping import group_inside, park_of_meter
from backend.metering.lock_errors import LockHangsError
from backend.metering.lock_models import MaintenanceLock
from backend.metering.lock_queries import meters_under
from backend.metering.locking import lock_meter
from backend.metering.models import Meter
from backend.staff.roles import Permission
from backend.staff.signed_in import SignedIn

MAY = Permission.LOCK_FOR_MAINTENANCE


@dataclass(frozen=True, slots=True)
class Sign:
    """What stands on a lock: why it hangs, and until when somebody thinks to need it."""

    reason: str
    expected_until: datetime | None = None


def lock_breaker(session: Session, *, who: SignedIn, meter_id: int, sign: Sign, request_id: str) -> MaintenanceLock:
    """Hang a lock on one breaker. Raises NotFoundError, LockHangsError."""
    park_id = park_of_meter(session, scope=who.scope(MAY), meter_id=meter_id)
    meter = lock_meter(session, meter_id)
    return _hang(session, who, _lock(sign, park_id, meter_id=meter.id), meter, request_id)


def lock_group(session: Session, *, who: SignedIn, group_id: int, sign: Sign, request_id: str) -> MaintenanceLock:
    """Hang a lock on all breakers of a group, and on whatever is put into it. Raises NotFoundError, LockHangsError."""
    group = group_inside(session, scope=who.scope(MAY), group_id=group_id)
    session.refresh(group, with_for_update=True)  # nothing joins it meanwhile
    lock = _lock(sign, group.park_id, group_id=group.id)
    for number in meters_under(session, lock=lock):
        lock_meter(session, number)
    return _hang(session, who, lock, group, request_id)


def _hang(
    session: Session, who: SignedIn, lock: MaintenanceLock, subject: Meter | MeterGroup, request_id: str
) -> MaintenanceLock:
    lock.organisation_id, lock.hung_by, lock.hung_at = who.organisation_id, who.staff_id, session.clock.now()
    twice = LockHangsError()
    insert(session, lock, uq_maintenance_lock_meter=twice, uq_maintenance_lock_group=twice)
    after = {"lock": lock.id, "expected_until": lock.expected_until}
    by, action = who.actor(request_id), MeteringAction.LOCK_HUNG
    record(session, by=by, action=action, subject=subject, after=after, reason=lock.reason, park_id=lock.park_id)
    return lock


def _lock(sign: Sign, park_id: int | None, **target: int) -> MaintenanceLock:
    return MaintenanceLock(park_id=park_id, reason=sign.reason, expected_until=sign.expected_until, **target)
