"""Owners of a holder invite more people to it."""

from collections.abc import Sequence

from sqlalchemy import select

from backend.audit.recording import record
from backend.estate.models import Holder
from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError
from backend.people.actions import PeopleAction, acting
from backend.people.binding import require_role
from backend.people.inviting import InviteWords, invite
from backend.people.models import Invite, Role, WechatUser


def invite_member(
    session: Session, *, user: WechatUser, holder_id: int, role: Role, hours: float, words: InviteWords, request_id: str
) -> str:
    """Return a code that binds one more person to one's own holder. Raises NotFoundError, RoleTooLowError."""
    turn = select(Holder.id).filter_by(id=holder_id)  # who removes this owner sees the invite, or it is refused
    session.execute(turn.with_for_update(key_share=True))
    own = require_role(session, user=user, holder_id=holder_id, at_least=Role.OWNER)
    said = InviteWords(words.name, words.monthly_limit_fen, made_by=user.id)
    code = invite(
        session,
        organisation_id=own.organisation_id,
        holder_id=holder_id,
        role=role,
        valid_hours=hours,
        words=said,
    )
    after = {"role": role.value, "monthly_limit_fen": words.monthly_limit_fen}
    holder = session.get_one(Holder, holder_id)
    record(session, by=acting(user, request_id), action=PeopleAction.MEMBER_INVITED, subject=holder, after=after)
    return code


def open_invites(session: Session, *, user: WechatUser, holder_id: int) -> Sequence[Invite]:
    """Return the invites of a holder that can still be used, to its owners, the newest first."""
    require_role(session, user=user, holder_id=holder_id, at_least=Role.OWNER)
    good = select(Invite).where(
        Invite.holder_id == holder_id,
        Invite.used_at.is_(None),
        Invite.revoked_at.is_(None),
        Invite.expires_at > session.clock.now(),
    )
    return session.scalars(good.order_by(Invite.id.desc())).all()


def revoke_invite(session: Session, *, user: WechatUser, holder_id: int, invite_id: int, request_id: str) -> None:
    """Let an invite bind nobody any more. Raises NotFoundError, RoleTooLowError."""
    require_role(session, user=user, holder_id=holder_id, at_least=Role.OWNER)
    known = session.scalars(select(Invite).filter_by(id=invite_id, holder_id=holder_id).with_for_update()).one_or_none()
    if known is None:
        raise NotFoundError
    known.revoked_at = known.revoked_at or session.clock.now()
    record(session, by=acting(user, request_id), action=PeopleAction.INVITE_REVOKED, subject=known)
