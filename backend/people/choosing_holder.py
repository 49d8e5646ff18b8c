"""Which of several holders a person acts for just now."""

from sqlalchemy import select, update

from backend.kernel.db import Session
from backend.people.binding import bindings_of, require_role
from backend.people.joining import person_of
from backend.people.models import Role, WechatUser
from backend.people.preference_models import Preference
from backend.people.preferring import USUAL, prefer, preferences_of


def act_for(session: Session, *, user: WechatUser, holder_id: int) -> None:
    """Switch to a holder, behind every door. Raises NotFoundError when the person is not bound to it."""
    require_role(session, user=user, holder_id=holder_id, at_least=Role.VIEWER)
    person = person_of(session, user=user)
    if preferences_of(session, user=user) is None:
        prefer(session, person=person, preferences=USUAL)
    own = update(Preference).where(Preference.wechat_user_id.in_([each.id for each in person]))
    session.execute(own.values(holder_id=holder_id))


def acting_for(session: Session, *, user: WechatUser) -> int | None:
    """Return the holder a person acts for: the chosen one, else the one bound first; None without any."""
    chosen = session.scalar(select(Preference.holder_id).filter_by(wechat_user_id=user.id))
    bound = [binding.holder_id for binding in bindings_of(session, user=user)]
    return chosen if chosen in bound else next(iter(bound), None)
