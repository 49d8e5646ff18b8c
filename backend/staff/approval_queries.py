"""What waits for two persons, and what became of it."""

from collections.abc import Sequence

from sqlalchemy import func, select

from backend.kernel.db import Session
from backend.staff.approval_models import Approval, ApprovalState
from backend.staff.roles import APPROVALS, parks_with
from backend.staff.signed_in import SignedIn


def approvals_for(session: Session, *, who: SignedIn, most: int = 100) -> Sequence[Approval]:
    """Return what waits for this person's decision, the oldest first; never what they asked themselves."""
    waiting = select(Approval).where(
        Approval.organisation_id == who.organisation_id,
        Approval.state == ApprovalState.WAITING,
        Approval.asked_by != who.staff_id,
        Approval.expires_at > session.clock.now(),
    )
    found = session.scalars(waiting.order_by(Approval.id).limit(most)).all()
    return [each for each in found if who.may(APPROVALS[each.kind][1], each.park_id)]


def count_agreed(session: Session, *, who: SignedIn) -> int:
    """Return how many of one's own requests another agreed to and nobody carried out yet."""
    agreed = select(func.count()).where(
        Approval.organisation_id == who.organisation_id,
        Approval.asked_by == who.staff_id,
        Approval.state == ApprovalState.APPROVED,
        Approval.expires_at > session.clock.now(),
    )
    return session.scalar(agreed) or 0


def approvals_seen(session: Session, *, who: SignedIn, most: int = 100) -> Sequence[Approval]:
    """Return what was asked of late and this person may ask or decide, the newest first: waiting, decided and gone."""
    own = select(Approval).filter_by(organisation_id=who.organisation_id).order_by(Approval.id.desc()).limit(most)
    return [each for each in session.scalars(own) if _concerns(who, each)]


def _concerns(who: SignedIn, approval: Approval) -> bool:
    return approval.asked_by == who.staff_id or any(
        parks_with(who.grants, permission) is None or who.may(permission, approval.park_id)
        for permission in APPROVALS[approval.kind]
    )
