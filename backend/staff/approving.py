"""Two persons for what is dangerous: one asks, another agrees, and exactly that is done once."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from json import dumps, loads
from typing import Any

from sqlalchemy import select

from backend.audit.recording import SYSTEM, record
from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError
from backend.staff.actions import StaffAction
from backend.staff.approval_errors import ApprovalClosedError, ApprovalMissingError, SamePersonError
from backend.staff.approval_models import Approval, ApprovalState
from backend.staff.errors import NotPermittedError
from backend.staff.roles import APPROVALS, ApprovalKind
from backend.staff.signed_in import SignedIn

LASTS = timedelta(hours=24)


def ask_approval(
    session: Session,
    *,
    who: SignedIn,
    kind: ApprovalKind,
    facts: Mapping[str, Any],
    reason: str,
    park_id: int | None,
    request_id: str,
) -> Approval:
    """Ask another to agree to something within 24 hours. facts: all that will be done, as JSON values.

    Raises NotPermittedError, ProveAgainError.
    """
    if not who.may(APPROVALS[kind][0], park_id):
        raise NotPermittedError
    now = session.clock.now()
    who.require_proof(now)
    asked = Approval(
        organisation_id=who.organisation_id,
        park_id=park_id,
        kind=kind,
        facts=_plain(facts),
        reason=reason,
        asked_by=who.staff_id,
        asked_at=now,
        expires_at=now + LASTS,
    )
    session.add(asked)
    session.flush()
    _note(session, asked, who, StaffAction.APPROVAL_ASKED, reason=reason, request_id=request_id)
    return asked


def approve(session: Session, *, who: SignedIn, approval_id: int, answer: str, request_id: str) -> Approval:
    """Agree to what another asked. Raises NotFoundError, SamePersonError, ApprovalClosedError, ProveAgainError."""
    who.require_proof(session.clock.now())
    return _decide(session, who, approval_id, ApprovalState.APPROVED, answer=answer, request_id=request_id)


def reject(session: Session, *, who: SignedIn, approval_id: int, answer: str, request_id: str) -> Approval:
    """Say no to what another asked. Raises NotFoundError, SamePersonError, ApprovalClosedError."""
    return _decide(session, who, approval_id, ApprovalState.REJECTED, answer=answer, request_id=request_id)


def withdraw(session: Session, *, who: SignedIn, approval_id: int, request_id: str) -> None:
    """Take back what one asked oneself and nobody has used. Raises NotFoundError, ApprovalClosedError."""
    asked = _open(session, who.organisation_id, approval_id, (ApprovalState.WAITING, ApprovalState.APPROVED))
    if asked.asked_by != who.staff_id:
        raise NotFoundError
    asked.state = ApprovalState.WITHDRAWN
    _note(session, asked, who, StaffAction.APPROVAL_WITHDRAWN, reason=None, request_id=request_id)


def use_approval(
    session: Session,
    *,
    who: SignedIn,
    approval_id: int,
    kind: ApprovalKind,
    facts: Mapping[str, Any],
    request_id: str,
) -> None:
    """Use an approval up, in the transaction of what it allows.

    Raises ApprovalMissingError unless it is for exactly this.
    """
    known = session.get(Approval, approval_id, with_for_update=True, populate_existing=True)
    fits = (
        known is not None
        and known.organisation_id == who.organisation_id
        and (known.kind, known.state) == (kind, ApprovalState.APPROVED)
        and known.expires_at > session.clock.now()
        and known.facts == _plain(facts)
    )
    if known is None or not fits:
        raise ApprovalMissingError
    known.state, known.used_at = ApprovalState.USED, session.clock.now()
    _note(session, known, who, StaffAction.APPROVAL_USED, reason=None, request_id=request_id)


def expire_approvals(session: Session, *, most: int) -> int:
    """Close what nobody decided or used in time; returns how many."""
    old = (
        select(Approval)
        .where(
            Approval.state.in_((ApprovalState.WAITING, ApprovalState.APPROVED)),
            Approval.expires_at <= session.clock.now(),
        )
        .order_by(Approval.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    gone = session.scalars(old).all()
    for each in gone:
        each.state = ApprovalState.EXPIRED
        record(session, by=SYSTEM, action=StaffAction.APPROVAL_EXPIRED, subject=each, park_id=each.park_id)
    return len(gone)


def _decide(
    session: Session, who: SignedIn, approval_id: int, state: ApprovalState, *, answer: str, request_id: str
) -> Approval:
    asked = _open(session, who.organisation_id, approval_id, (ApprovalState.WAITING,))
    if not who.may(APPROVALS[asked.kind][1], asked.park_id):
        raise NotFoundError
    if asked.asked_by == who.staff_id:
        raise SamePersonError
    asked.state, asked.decided_by, asked.decided_at, asked.answer = state, who.staff_id, session.clock.now(), answer
    action = StaffAction.APPROVAL_GIVEN if state is ApprovalState.APPROVED else StaffAction.APPROVAL_REFUSED
    _note(session, asked, who, action, reason=answer, request_id=request_id)
    return asked


def _open(session: Session, organisation_id: int, approval_id: int, states: Sequence[ApprovalState]) -> Approval:
    found = select(Approval).filter_by(id=approval_id, organisation_id=organisation_id).with_for_update()
    asked = session.scalars(found, execution_options={"populate_existing": True}).one_or_none()
    if asked is None:
        raise NotFoundError
    if asked.state not in states or asked.expires_at <= session.clock.now():
        raise ApprovalClosedError
    return asked


def _note(
    session: Session, approval: Approval, who: SignedIn, action: StaffAction, *, reason: str | None, request_id: str
) -> None:
    after = {"kind": approval.kind.value, **approval.facts}
    by = who.actor(request_id)
    record(session, by=by, action=action, subject=approval, after=after, reason=reason, park_id=approval.park_id)


def _plain(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return facts as the database will tell them again."""
    plain: dict[str, Any] = loads(dumps(facts))
    return plain
