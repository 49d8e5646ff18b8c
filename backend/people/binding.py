"""Bindings: which user may act for which holder, and how much."""

from collections.abc import Sequence

from sqlalchemy import bindparam, select, text
from sqlalchemy.dialects.postgresql import insert

from backend.audit.recording import record
from backend.kernel.db import Session
from backend.kernel.entropy import fingerprint
from backend.kernel.errors import NotFoundError
from backend.people.actions import PeopleAction, acting
from backend.people.errors import InviteExpiredError, InviteUnknownError, InviteUsedError, RoleTooLowError
from backend.people.inviting import normalised
from backend.people.joining import person_of, share_bindings
from backend.people.models import Binding, Invite, Role, WechatUser

OPEN = select(Binding).filter_by(
    wechat_user_id=bindparam("user"), organisation_id=bindparam("organisation"), ended_at=None
)
OLDEST_FIRST = OPEN.order_by(Binding.id)
OPEN_FOR = OPEN.where(Binding.holder_id == bindparam("holder"))
RANK = {Role.VIEWER: 0, Role.PAYER: 1, Role.OWNER: 2}


def bind(session: Session, *, user: WechatUser, code: str, request_id: str = "") -> Binding:
    """Bind a user to the holder of an invite of their organisation, once; who is bound already uses nothing up.

    Raises InviteUnknownError, InviteUsedError, InviteExpiredError.
    """
    typed = Invite.fingerprint == fingerprint(normalised(code))
    found = select(Invite).where(typed, Invite.organisation_id == user.organisation_id).with_for_update()
    invited = session.scalars(found).one_or_none()
    if invited is None:
        raise InviteUnknownError
    bound = _open_binding(session, user=user, holder_id=invited.holder_id)
    if bound is None:
        bound = _use(session, user=user, invited=invited)
        share_bindings(session, person=person_of(session, user=user))
        after = {"role": bound.role.value, "invite": invited.id}
        record(session, by=acting(user, request_id), action=PeopleAction.USER_BOUND, subject=bound, after=after)
    return bound


def bind_person(session: Session, *, user: WechatUser, holder_id: int, role: Role, name: str = "") -> Binding:
    """Bind a person to a holder behind every door; who is bound already keeps their role. Who calls it records why."""
    person = person_of(session, user=user)
    _begin(session, user=user, holder_id=holder_id, role=role, name=name)
    bound = require_role(session, user=user, holder_id=holder_id, at_least=Role.VIEWER)
    share_bindings(session, person=person)
    return bound


def bindings_of(session: Session, *, user: WechatUser) -> Sequence[Binding]:
    """Return for whom a user may act, the oldest first."""
    return session.scalars(OLDEST_FIRST, _whose(user)).all()


def require_role(session: Session, *, user: WechatUser, holder_id: int, at_least: Role) -> Binding:
    """Return the binding that allows this. Raises NotFoundError without one, RoleTooLowError with too little."""
    bound = _open_binding(session, user=user, holder_id=holder_id)
    if bound is None:
        raise NotFoundError
    if not allows(bound.role, at_least):
        raise RoleTooLowError
    return bound


def allows(role: Role, at_least: Role) -> bool:
    """Say whether a role may do what needs at least the other."""
    return RANK[role] >= RANK[at_least]


def _use(session: Session, *, user: WechatUser, invited: Invite) -> Binding:
    now = session.clock.now()
    if invited.used_at is not None or invited.revoked_at is not None:
        raise InviteUsedError
    if invited.expires_at <= now:
        raise InviteExpiredError
    bound = _begin(
        session,
        user=user,
        holder_id=invited.holder_id,
        role=invited.role,
        name=invited.name,
        monthly_limit_fen=invited.monthly_limit_fen,
    )
    if bound is None:  # another request of this user was quicker, with another code: this one stays good
        return require_role(session, user=user, holder_id=invited.holder_id, at_least=Role.VIEWER)
    invited.used_by, invited.used_at = user.id, now
    session.flush()
    return bound


def _begin(
    session: Session,
    *,
    user: WechatUser,
    holder_id: int,
    role: Role,
    name: str,
    monthly_limit_fen: int | None = None,
) -> Binding | None:
    """Insert a binding; None when there is an open one."""
    new = insert(Binding).values(
        organisation_id=user.organisation_id,
        wechat_user_id=user.id,
        holder_id=holder_id,
        role=role,
        name=name,
        monthly_limit_fen=monthly_limit_fen,
        bound_at=session.clock.now(),
    )
    once = new.on_conflict_do_nothing(
        index_elements=["wechat_user_id", "holder_id"], index_where=text("ended_at IS NULL")
    )
    return session.scalars(once.returning(Binding)).one_or_none()


def _open_binding(session: Session, *, user: WechatUser, holder_id: int) -> Binding | None:
    return session.scalars(OPEN_FOR, _whose(user) | {"holder": holder_id}).one_or_none()


def _whose(user: WechatUser) -> dict[str, int]:
    return {"user": user.id, "organisation": user.organisation_id}
