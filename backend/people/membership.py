"""The people of a holder, as its owners see and change them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Update, exists, select, update

from backend.audit.recording import record
from backend.estate.models import Holder
from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError
from backend.people.actions import PeopleAction, acting
from backend.people.binding import require_role
from backend.people.inviting import revoke_invites_of
from backend.people.joining import person_of
from backend.people.joining_errors import LastOwnerError
from backend.people.models import Binding, Role, WechatUser


@dataclass(frozen=True, slots=True)
class Member:
    """A person bound to a holder; number is that of their first binding. myself: who asks. users: behind all doors."""

    number: int
    name: str
    role: Role
    monthly_limit_fen: int | None
    bound_at: datetime
    myself: bool
    users: tuple[int, ...]


def members_of(session: Session, *, user: WechatUser, holder_id: int) -> list[Member]:
    """Return everybody bound to a holder, each person once, to its owners. Raises NotFoundError, RoleTooLowError."""
    require_role(session, user=user, holder_id=holder_id, at_least=Role.OWNER)
    bound = (
        select(Binding, WechatUser)
        .join(WechatUser, WechatUser.id == Binding.wechat_user_id)
        .where(Binding.holder_id == holder_id, Binding.ended_at.is_(None))
        .order_by(Binding.id)
    )
    persons: dict[str | int, Member] = {}
    for row in session.execute(bound):
        binding, known = row[0], row[1]
        person = known.unionid or known.id
        seen = persons.setdefault(person, _member(binding, known, user))
        persons[person] = replace(seen, users=(*seen.users, known.id))
    return list(persons.values())


def change_member(
    session: Session,
    *,
    user: WechatUser,
    holder_id: int,
    member: int,
    role: Role,
    name: str,
    monthly_limit_fen: int | None,
    request_id: str,
) -> None:
    """Give a person another role, name or monthly limit, behind every door.

    Raises NotFoundError, RoleTooLowError, LastOwnerError.
    """
    binding, person = _locked(session, user, holder_id, member)
    if role is not Role.OWNER:
        _refuse_last(session, holder_id, person)
        revoke_invites_of(session, users=person, holder_id=holder_id)
    before = {"role": binding.role.value, "monthly_limit_fen": binding.monthly_limit_fen}
    values: dict[str, Any] = {"role": role, "name": name, "monthly_limit_fen": monthly_limit_fen}
    session.execute(_bindings(holder_id, person).values(**values))
    after = {"role": role.value, "monthly_limit_fen": monthly_limit_fen}
    record(
        session,
        by=acting(user, request_id),
        action=PeopleAction.MEMBER_CHANGED,
        subject=binding,
        before=before,
        after=after,
    )


def remove_member(session: Session, *, user: WechatUser, holder_id: int, member: int, request_id: str) -> None:
    """End a person's binding behind every door. Raises NotFoundError, RoleTooLowError, LastOwnerError."""
    binding, person = _locked(session, user, holder_id, member)
    _refuse_last(session, holder_id, person)
    revoke_invites_of(session, users=person, holder_id=holder_id)  # else they come back by one kept for that
    session.execute(_bindings(holder_id, person).values(ended_at=session.clock.now()))
    record(session, by=acting(user, request_id), action=PeopleAction.MEMBER_REMOVED, subject=binding)


def leave(session: Session, *, user: WechatUser, holder_id: int, request_id: str) -> None:
    """End a person's own binding to a holder, behind every door.

    Raises NotFoundError where there is none, LastOwnerError when others would stay without an owner.
    """
    session.execute(select(Holder.id).filter_by(id=holder_id).with_for_update(key_share=True))
    person = [each.id for each in person_of(session, user=user)]
    own = require_role(session, user=user, holder_id=holder_id, at_least=Role.VIEWER)
    others = select(Binding.id).where(
        Binding.holder_id == holder_id, Binding.ended_at.is_(None), Binding.wechat_user_id.not_in(person)
    )
    if own.role is Role.OWNER and session.scalar(select(exists(others))):
        _refuse_last(session, holder_id, person)
    revoke_invites_of(session, users=person, holder_id=holder_id)
    session.execute(_bindings(holder_id, person).values(ended_at=session.clock.now()))
    record(session, by=acting(user, request_id), action=PeopleAction.USER_UNBOUND, subject=own)


def hand_over(session: Session, *, user: WechatUser, holder_id: int, member: int, request_id: str) -> None:
    """Make another person the owner and oneself a payer. Raises NotFoundError, RoleTooLowError."""
    binding, heir = _locked(session, user, holder_id, member)
    if user.id in heir:
        raise NotFoundError
    myself = {each.id for each in person_of(session, user=user)}
    session.execute(_bindings(holder_id, heir).values(role=Role.OWNER, monthly_limit_fen=None))
    session.execute(_bindings(holder_id, myself).values(role=Role.PAYER))
    revoke_invites_of(session, users=myself, holder_id=holder_id)
    record(session, by=acting(user, request_id), action=PeopleAction.OWNERSHIP_HANDED_OVER, subject=binding)


def _member(binding: Binding, known: WechatUser, asker: WechatUser) -> Member:
    myself = known.id == asker.id or (known.unionid is not None and known.unionid == asker.unionid)
    return Member(
        binding.id, binding.name, binding.role, binding.monthly_limit_fen, binding.bound_at, myself=myself, users=()
    )


def _locked(session: Session, user: WechatUser, holder_id: int, member: int) -> tuple[Binding, set[int]]:
    """Return a member's binding and all users they are; who changes members of one holder takes turns."""
    session.execute(select(Holder.id).filter_by(id=holder_id).with_for_update(key_share=True))
    require_role(session, user=user, holder_id=holder_id, at_least=Role.OWNER)
    known = select(Binding).filter_by(id=member, holder_id=holder_id, ended_at=None)
    binding = session.scalars(known, execution_options={"populate_existing": True}).one_or_none()
    if binding is None:
        raise NotFoundError
    other = session.get_one(WechatUser, binding.wechat_user_id)
    return binding, {each.id for each in person_of(session, user=other)}


def _refuse_last(session: Session, holder_id: int, leaving: Iterable[int]) -> None:
    owners = select(Binding.id).where(
        Binding.holder_id == holder_id, Binding.ended_at.is_(None), Binding.role == Role.OWNER
    )
    if not session.scalar(select(exists(owners.where(Binding.wechat_user_id.not_in(leaving))))):
        raise LastOwnerError


def _bindings(holder_id: int, person: Iterable[int]) -> Update:
    return update(Binding).where(
        Binding.holder_id == holder_id, Binding.wechat_user_id.in_(person), Binding.ended_at.is_(None)
    )
