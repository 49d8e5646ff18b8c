"""Forget a person in every package that knows them."""

from sqlalchemy import delete, select

from backend.audit.recording import Actor
from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError
from backend.kernel.scope import Scope
from backend.notices.models import Delivery, InboxMessage, Unreachable
from backend.people.erasing import erase_person
from backend.people.models import WechatUser


def erase_user(session: Session, *, scope: Scope, user_id: int, reason: str, by: Actor) -> int:
    """Erase a person, their messages and what was to be sent to them; return how many users they were.

    Only who sees the whole organisation may. Raises NotFoundError.
    """
    scope.require(scope.organisation_id)
    user = session.scalars(
        select(WechatUser).filter_by(id=user_id, organisation_id=scope.organisation_id)
    ).one_or_none()
    if user is None:
        raise NotFoundError
    numbers = erase_person(session, user=user, reason=reason, by=by)
    for table in (InboxMessage, Delivery, Unreachable):
        session.execute(delete(table).where(table.wechat_user_id.in_(numbers)))
    return len(numbers)
