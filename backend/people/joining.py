"""One person, several users: WeChat knows a person by another openid in each application, and by one unionid in all.

What a person may do and has set is kept for each of their users alike, so that it is found behind every door by the
user who asks. Where no unionid is known a user stands alone, and binds again in the other application.
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, bindparam, literal, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import InstrumentedAttribute

from backend.kernel.db import Session
from backend.people.models import Binding, Role, WechatUser
from backend.people.preferring import bring_preferences

BY_NUMBER = WechatUser.id == bindparam("user")
BY_UNIONID = and_(WechatUser.organisation_id == bindparam("organisation"), WechatUser.unionid == bindparam("unionid"))
LOCKED = select(WechatUser).order_by(WechatUser.id).with_for_update(key_share=True)
PERSON, PERSONS = LOCKED.where(BY_NUMBER), LOCKED.where(or_(BY_NUMBER, BY_UNIONID))
HIGHEST_FIRST = (Role.OWNER, Role.PAYER, Role.VIEWER)


def belongs_to_person(column: InstrumentedAttribute[int], user: WechatUser) -> ColumnElement[bool]:
    """Say in a query that a column names a user who is this person."""
    return column == user.id if user.unionid is None else column.in_(select(WechatUser.id).where(_same(user)))


def person_of(session: Session, *, user: WechatUser) -> Sequence[WechatUser]:
    """Lock and return all users who are this person, the user among them, the oldest first."""
    about = {"user": user.id, "organisation": user.organisation_id, "unionid": user.unionid}
    return session.scalars(PERSON if user.unionid is None else PERSONS, about).all()


def join(session: Session, *, user: WechatUser) -> None:
    """Let a user who just logged in find what the same person may do and has set behind other doors."""
    if user.unionid is None:
        return
    person = person_of(session, user=user)
    share_bindings(session, person=person)
    bring_preferences(session, user=user, person=person)


def share_bindings(session: Session, *, person: Sequence[WechatUser]) -> None:
    """Bind each user of a person, locked by `person_of`, to every holder that one of them is bound to."""
    if len(person) < 2:  # noqa: PLR2004 nobody to share with
        return
    numbers = [each.id for each in person]
    bound = select(Binding).where(Binding.wechat_user_id.in_(numbers), Binding.ended_at.is_(None))
    best: dict[int, Binding] = {}
    for binding in session.scalars(bound.order_by(Binding.id)):
        known = best.setdefault(binding.holder_id, binding)
        best[binding.holder_id] = min(known, binding, key=_height)
    for _, binding in sorted(best.items()):
        _bind_all(session, person, binding)


def _height(binding: Binding) -> int:
    return HIGHEST_FIRST.index(binding.role)


def _bind_all(session: Session, person: Sequence[WechatUser], like: Binding) -> None:
    now = session.clock.now()
    rows = [
        {
            "organisation_id": user.organisation_id,
            "wechat_user_id": user.id,
            "holder_id": like.holder_id,
            "role": like.role,
            "name": like.name,
            "monthly_limit_fen": like.monthly_limit_fen,
            "bound_at": now,
        }
        for user in person
    ]
    new = insert(Binding).values(rows)
    session.execute(
        new.on_conflict_do_nothing(index_elements=["wechat_user_id", "holder_id"], index_where=text("ended_at IS NULL"))
    )


def _same(user: WechatUser) -> ColumnElement[bool]:
    if user.unionid is None:
        return WechatUser.id == user.id
    joined = and_(WechatUser.organisation_id == user.organisation_id, WechatUser.unionid == user.unionid)
    return or_(WechatUser.id == literal(user.id), joined)
