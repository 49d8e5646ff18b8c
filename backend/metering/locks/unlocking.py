"""Take maintenance locks off: by who hung them; what was paid for meanwhile goes on."""

from collections.abc import Sequence

from sqlalchemy import update

from backend.audit.recording import record
from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError
from backend.metering.actions import MeteringAction
from backend.metering.command_models import MeterCommand
from backend.metering.group_models import MeterGroup
from backend.metering.lock_errors import LockGoneError, NotYourLockError
from backend.metering.lock_models import MaintenanceLock
from backend.metering.lock_queries import meters_under, waiting_on
from backend.metering.locks.hanging import MAY
from backend.metering.models import Meter
from backend.staff.signed_in import SignedIn


def take_off(session: Session, *, who: SignedIn, lock_id: int, request_id: str) -> MaintenanceLock:
    """Take one's own lock off; what was paid for meanwhile goes on.

    Raises NotFoundError, NotYourLockError, LockGoneError, ProveAgainError.
    """
    who.require_proof(session.clock.now())
    lock = open_lock(session, who=who, lock_id=lock_id)
    if lock.hung_by != who.staff_id:
        raise NotYourLockError
    return remove(session, who=who, lock=lock, request_id=request_id)


def open_lock(session: Session, *, who: SignedIn, lock_id: int) -> MaintenanceLock:
    """Return a lock that hangs, and be alone with it. Raises NotFoundError, LockGoneError."""
    lock = session.get(MaintenanceLock, lock_id, with_for_update=True, populate_existing=True)
    if lock is None or not who.scope(MAY).sees(lock.organisation_id, lock.park_id):
        raise NotFoundError
    if lock.taken_off_at is not None:
        raise LockGoneError
    return lock


def remove(session: Session, *, who: SignedIn, lock: MaintenanceLock, request_id: str) -> MaintenanceLock:
    """Note who takes a lock off; whether they may was asked before."""
    lock.taken_off_by, lock.taken_off_at = who.staff_id, session.clock.now()
    before = {"lock": lock.id, "hung_by": lock.hung_by, "approval": lock.approval_id}
    by, action = who.actor(request_id), MeteringAction.LOCK_TAKEN_OFF
    subject = _subject(session, lock)
    record(session, by=by, action=action, subject=subject, before=before, park_id=lock.park_id)
    _let_go_on(session, meters_under(session, lock=lock))
    return lock


def _let_go_on(session: Session, meter_ids: Sequence[int]) -> None:
    """Make due at once what waited for the lock."""
    waiting = waiting_on(meter_ids).scalar_subquery()
    due = update(MeterCommand).where(MeterCommand.id.in_(waiting)).values(next_attempt_at=None)
    session.execute(due.execution_options(synchronize_session=False))


def _subject(session: Session, lock: MaintenanceLock) -> Meter | MeterGroup:
    if lock.meter_id is not None:
        return session.get_one(Meter, lock.meter_id)
    return session.get_one(MeterGroup, lock.group_id)
