"""Hang maintenance locks and take them off.

Hanging locks the rows of its meters, and permission to write is given under the same row lock: whichever comes first
wins. What was permitted before is told by lock_queries.closings_allowed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from backend.audit.recording import record
from backend.estate.models import Building, Room
from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError
from backend.kernel.inserting import insert
from backend.metering.actions import MeteringAction
from backend.metering.command_models import MeterCommand
from backend.metering.group_models import MeterGroup
from backend.metering.grouping import group_inside, meters_inside
from backend.metering.lock_errors import LockGoneError, LockHangsError, NotYourLockError
from backend.metering.lock_models import MaintenanceLock
from backend.metering.lock_queries import targets
from backend.metering.locking import lock_meter
from backend.metering.models import Meter
from backend.staff.approval_models import Approval, ApprovalState
from backend.staff.approving import ask_approval, use_approval
from backend.staff.roles import ApprovalKind, Permission
from backend.staff.signed_in import SignedIn
from meter_bridge.protocol import CommandState

MAY = Permission.LOCK_FOR_MAINTENANCE
KIND = ApprovalKind.LOCK_REMOVAL


@dataclass(frozen=True, slots=True)
class Sign:
    """What stands on a lock: why it hangs, and until when somebody thinks to need it."""

    reason: str
    expected_until: datetime | None = None


def lock_breaker(session: Session, *, who: SignedIn, meter_id: int, sign: Sign, request_id: str) -> MaintenanceLock:
    """Hang a lock on one breaker. Raises NotFoundError, LockHangsError."""
    park_id = _park_of(session, who, meter_id)
    meter = lock_meter(session, meter_id)
    return _hang(session, who, _lock(sign, park_id, meter_id=meter.id), meter, request_id)


def lock_group(session: Session, *, who: SignedIn, group_id: int, sign: Sign, request_id: str) -> MaintenanceLock:
    """Hang a lock on all breakers of a group, and on whatever is put into it. Raises NotFoundError, LockHangsError."""
    group = group_inside(session, scope=who.scope(MAY), group_id=group_id)
    session.refresh(group, with_for_update=True)  # nothing joins it meanwhile
    lock = _lock(sign, group.park_id, group_id=group.id)
    for number in session.scalars(select(Meter.id).where(targets(lock)).order_by(Meter.id)).all():
        lock_meter(session, number)
    return _hang(session, who, lock, group, request_id)


def take_off(session: Session, *, who: SignedIn, lock_id: int, request_id: str) -> MaintenanceLock:
    """Take one's own lock off; what was paid for meanwhile goes on.

    Raises NotFoundError, NotYourLockError, LockGoneError, ProveAgainError.
    """
    who.require_proof(session.clock.now())
    lock = _open_lock(session, who, lock_id)
    if lock.hung_by != who.staff_id:
        raise NotYourLockError
    return _take_off(session, who, lock, request_id)


def ask_removal(session: Session, *, who: SignedIn, lock_id: int, reason: str, request_id: str) -> Approval:
    """Ask another to agree that somebody else's lock is taken off. Raises as take_off does, and NotPermittedError."""
    lock = _open_lock(session, who, lock_id)
    facts, park_id = _facts(lock), lock.park_id
    return ask_approval(session, who=who, kind=KIND, facts=facts, reason=reason, park_id=park_id, request_id=request_id)


def take_off_together(session: Session, *, who: SignedIn, lock_id: int, request_id: str) -> MaintenanceLock:
    """Take a lock off as two persons agreed. Raises NotFoundError, LockGoneError, ApprovalMissingError."""
    who.require_proof(session.clock.now())
    lock = _open_lock(session, who, lock_id)
    agreed = agreed_removal(session, lock=lock)
    lock.approval_id = agreed.id if agreed else None
    facts, number = _facts(lock), agreed.id if agreed else 0
    use_approval(session, who=who, approval_id=number, kind=KIND, facts=facts, request_id=request_id)
    return _take_off(session, who, lock, request_id)


def agreed_removal(session: Session, *, lock: MaintenanceLock) -> Approval | None:
    """Return the agreement by which a lock may be taken off now, if there is one."""
    agreed = select(Approval).where(
        Approval.organisation_id == lock.organisation_id,
        Approval.kind == KIND,
        Approval.state == ApprovalState.APPROVED,
        Approval.expires_at > session.clock.now(),
        Approval.facts["lock"].as_integer() == lock.id,
    )
    return session.scalars(agreed.order_by(Approval.id)).first()


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


def _take_off(session: Session, who: SignedIn, lock: MaintenanceLock, request_id: str) -> MaintenanceLock:
    lock.taken_off_by, lock.taken_off_at = who.staff_id, session.clock.now()
    subject = _subject(session, lock)
    before = {"lock": lock.id, "hung_by": lock.hung_by, "approval": lock.approval_id}
    by, action = who.actor(request_id), MeteringAction.LOCK_TAKEN_OFF
    record(session, by=by, action=action, subject=subject, before=before, park_id=lock.park_id)
    _let_go_on(session, session.scalars(select(Meter.id).where(targets(lock))).all())
    return lock


def _let_go_on(session: Session, meter_ids: Sequence[int]) -> None:
    """Make due at once what waited for the lock."""
    waiting = (
        select(MeterCommand.id)
        .where(MeterCommand.meter_id.in_(meter_ids), MeterCommand.state == CommandState.QUEUED)
        .order_by(MeterCommand.id)
        .with_for_update(key_share=True)
    )
    due = update(MeterCommand).where(MeterCommand.id.in_(waiting.scalar_subquery())).values(next_attempt_at=None)
    session.execute(due.execution_options(synchronize_session=False))


def _open_lock(session: Session, who: SignedIn, lock_id: int) -> MaintenanceLock:
    lock = session.get(MaintenanceLock, lock_id, with_for_update=True, populate_existing=True)
    if lock is None or not who.scope(MAY).sees(lock.organisation_id, lock.park_id):
        raise NotFoundError
    if lock.taken_off_at is not None:
        raise LockGoneError
    return lock


def _park_of(session: Session, who: SignedIn, meter_id: int) -> int:
    place = (
        select(Building.park_id)
        .join(Room, Room.building_id == Building.id)
        .join(Meter, Meter.room_id == Room.id)
        .where(Meter.id == meter_id, meters_inside(who.scope(MAY)))
    )
    park_id = session.scalars(place).one_or_none()
    if park_id is None:
        raise NotFoundError
    return park_id


def _subject(session: Session, lock: MaintenanceLock) -> Meter | MeterGroup:
    if lock.meter_id is not None:
        return session.get_one(Meter, lock.meter_id)
    return session.get_one(MeterGroup, lock.group_id)


def _facts(lock: MaintenanceLock) -> dict[str, Any]:
    return {"lock": lock.id, "meter": lock.meter_id, "group": lock.group_id, "hung_by": lock.hung_by}
