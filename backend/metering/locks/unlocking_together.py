"""Take somebody else's maintenance lock off: one asks, another agrees, and exactly that is done once."""

from typing import Any

from sqlalchemy import select

from backend.kernel.db import Session
from backend.metering.lock_models import MaintenanceLock
from backend.metering.locks.unlocking import open_lock, remove
from backend.staff.approval_models import Approval, ApprovalState
from backend.staff.approving import ask_approval, use_approval
from backend.staff.roles import ApprovalKind
from backend.staff.signed_in import SignedIn

KIND = ApprovalKind.LOCK_REMOVAL


def ask_removal(session: Session, *, who: SignedIn, lock_id: int, reason: str, request_id: str) -> Approval:
    """Ask another to agree that somebody else's lock is taken off.

    Raises NotFoundError, LockGoneError, NotPermittedError, ProveAgainError.
    """
    lock = open_lock(session, who=who, lock_id=lock_id)
    facts, park_id = _facts(lock), lock.park_id
    return ask_approval(session, who=who, kind=KIND, facts=facts, reason=reason, park_id=park_id, request_id=request_id)


def take_off_together(session: Session, *, who: SignedIn, lock_id: int, request_id: str) -> MaintenanceLock:
    """Take a lock off as two persons agreed.

    Raises NotFoundError, LockGoneError, ApprovalMissingError, ProveAgainError.
    """
    who.require_proof(session.clock.now())
    lock = open_lock(session, who=who, lock_id=lock_id)
    agreed = agreed_removal(session, lock=lock)
    lock.approval_id = agreed.id if agreed else None
    facts, number = _facts(lock), agreed.id if agreed else 0
    use_approval(session, who=who, approval_id=number, kind=KIND, facts=facts, request_id=request_id)
    return remove(session, who=who, lock=lock, request_id=request_id)


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


def _facts(lock: MaintenanceLock) -> dict[str, Any]:
    return {"lock": lock.id, "meter": lock.meter_id, "group": lock.group_id, "hung_by": lock.hung_by}
