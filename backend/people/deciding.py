"""Staff decide applications; the applicant is told yes or no, with the reason."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, or_, select

from backend.audit.recording import Actor, record
from backend.estate.holders import holder_inside
from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError
from backend.kernel.scope import Scope
from backend.people.actions import PeopleAction
from backend.people.joining_errors import ReasonMissingError, RegistrationClosedError
from backend.people.models import Role, WechatUser
from backend.people.registering import accept, tell
from backend.people.registration_models import Registration, RegistrationProof, RegistrationState


def approve_registration(
    session: Session, *, scope: Scope, registration_id: int, holder_id: int, role: Role, by: Actor
) -> Registration:
    """Bind the applicant to a holder of the scope. Raises NotFoundError, RegistrationClosedError."""
    sent = _waiting(session, scope, registration_id)
    holder = holder_inside(session, scope=scope, holder_id=holder_id)
    user = session.get_one(WechatUser, sent.wechat_user_id)
    sent.proof, sent.decided_by = RegistrationProof.STAFF, by.id
    accept(session, registration=sent, user=user, holder_id=holder.id, role=role)
    after = {"holder": holder.id, "role": role.value}
    record(session, by=by, action=PeopleAction.REGISTRATION_APPROVED, subject=sent, after=after, park_id=sent.park_id)
    tell(session, sent, "registration_approved", by.request_id)
    return sent


def reject_registration(
    session: Session, *, scope: Scope, registration_id: int, reason: str, by: Actor
) -> Registration:
    """Refuse an application with a reason that the applicant reads.

    Raises NotFoundError, RegistrationClosedError, ReasonMissingError.
    """
    if not reason.strip():
        raise ReasonMissingError
    sent = _waiting(session, scope, registration_id)
    sent.state, sent.decided_at = RegistrationState.REJECTED, session.clock.now()
    sent.decided_by, sent.answer = by.id, reason.strip()
    record(session, by=by, action=PeopleAction.REGISTRATION_REJECTED, subject=sent, reason=reason, park_id=sent.park_id)
    tell(session, sent, "registration_rejected", by.request_id)
    return sent


def registrations_seen(
    session: Session,
    *,
    scope: Scope,
    state: RegistrationState | None = RegistrationState.WAITING,
    most: int = 50,
    offset: int = 0,
) -> Sequence[Registration]:
    """Return applications of the scope's parks, and those whose words name no park; waiting ones the oldest first."""
    found = select(Registration).where(_inside(scope))
    if state is not None:
        found = found.where(Registration.state == state)
    order = Registration.id if state is RegistrationState.WAITING else Registration.id.desc()
    return session.scalars(found.order_by(order).limit(most).offset(offset)).all()


def count_waiting(session: Session, *, scope: Scope) -> int:
    """Return how many applications wait for a decision."""
    waiting = select(func.count()).select_from(Registration)
    return session.scalar(waiting.where(_inside(scope), Registration.state == RegistrationState.WAITING)) or 0


def registration_inside(session: Session, *, scope: Scope, registration_id: int) -> Registration:
    """Return an application of the scope. Raises NotFoundError."""
    found = select(Registration).where(Registration.id == registration_id, _inside(scope))
    sent = session.scalars(found).one_or_none()
    if sent is None:
        raise NotFoundError
    return sent


def _waiting(session: Session, scope: Scope, registration_id: int) -> Registration:
    registration_inside(session, scope=scope, registration_id=registration_id)
    sent = session.get_one(Registration, registration_id, with_for_update=True, populate_existing=True)
    if sent.state is not RegistrationState.WAITING:
        raise RegistrationClosedError
    return sent


def _inside(scope: Scope) -> ColumnElement[bool]:
    whole = Registration.organisation_id == scope.organisation_id
    if scope.park_ids is None:
        return whole
    return whole & or_(Registration.park_id.is_(None), Registration.park_id.in_(sorted(scope.park_ids)))
