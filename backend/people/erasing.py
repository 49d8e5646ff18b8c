"""Forget a person: nothing tells any more who it was; what they did and paid stays, under a number."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, or_, select, update

from backend.audit.recording import Actor, record
from backend.estate.archive_models import Contact
from backend.kernel.db import Base, Session
from backend.people.actions import PeopleAction
from backend.people.inviting import revoke_invites_of
from backend.people.joining import person_of
from backend.people.models import Binding, Invite, LoginToken, WechatUser
from backend.people.preference_models import Preference
from backend.people.registration_models import Registration, RegistrationState

BLANK = {"name": "", "phone": "", "enterprise": "", "building": "", "room": "", "meter_number": "", "answer": ""}


def erase_person(session: Session, *, user: WechatUser, reason: str, by: Actor) -> Sequence[int]:
    """Erase everything personal of a person behind every door, and return the numbers of the users that stay.

    Bindings and log-ins end. Orders, the ledger and the audit trail keep the number; WeChat knows nobody by it.
    Contacts with a telephone number that WeChat told of this person go as well.
    """
    numbers = [each.id for each in person_of(session, user=user)]
    now = session.clock.now()
    mine = Registration.wechat_user_id.in_(numbers)
    proved = session.scalars(select(Registration.phone).where(mine, Registration.phone_proved)).all()
    own = Contact.organisation_id == user.organisation_id
    session.execute(delete(Contact).where(own, Contact.phone.in_([phone for phone in proved if phone])))
    _set(session, Registration, mine & (Registration.state == RegistrationState.WAITING), state="withdrawn")
    _set(session, Registration, mine, **BLANK)
    _set(session, Binding, Binding.wechat_user_id.in_(numbers), name="")
    _set(session, Binding, Binding.wechat_user_id.in_(numbers) & Binding.ended_at.is_(None), ended_at=now)
    _set(session, Invite, or_(Invite.used_by.in_(numbers), Invite.made_by.in_(numbers)), name="")
    revoke_invites_of(session, users=numbers)
    _set(session, LoginToken, LoginToken.wechat_user_id.in_(numbers) & LoginToken.revoked_at.is_(None), revoked_at=now)
    session.execute(delete(Preference).where(Preference.wechat_user_id.in_(numbers)))
    for each in session.scalars(select(WechatUser).where(WechatUser.id.in_(numbers))):
        each.openid, each.unionid = f"erased {each.id}", None
        record(session, by=by, action=PeopleAction.USER_ERASED, subject=each, reason=reason)
    session.flush()
    return numbers


def _set(session: Session, table: type[Base], which: Any, **values: Any) -> None:
    changed = update(table).where(which).values(**values)
    session.execute(changed, execution_options={"synchronize_session": False})
