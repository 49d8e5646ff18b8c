"""The settings of a user: read, changed, and the same behind every door a person comes through."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from backend.kernel.db import Session
from backend.kernel.entropy import fingerprint
from backend.kernel.errors import Language, language_of
from backend.people.models import LoginToken, WechatUser
from backend.people.preference_models import Preference

USUAL_LOW_CREDIT_FEN = 2_000


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a user may set: from which credit on they are warned (None: the usual), the language, large text."""

    low_credit_fen: int | None
    language: Language
    large_text: bool


USUAL = Preferences(low_credit_fen=None, language="zh", large_text=False)


def preferences_of(session: Session, *, user: WechatUser) -> Preferences | None:
    """Return what a user set; None before the first time."""
    found = session.scalars(select(Preference).filter_by(wechat_user_id=user.id)).one_or_none()
    return _told(found) if found else None


def language_of_token(session: Session, *, token: str) -> Language | None:
    """Return the language that the user of a token set; None where there is none."""
    holder = select(LoginToken.wechat_user_id).filter_by(fingerprint=fingerprint(token)).scalar_subquery()
    found = session.scalar(select(Preference.language).where(Preference.wechat_user_id == holder))
    return language_of(found) if found else None


def prefer(session: Session, *, person: Sequence[WechatUser], preferences: Preferences) -> None:
    """Keep the settings of a person, for every user they are."""
    for user in person:
        _store(session, user, preferences)


def bring_preferences(session: Session, *, user: WechatUser, person: Sequence[WechatUser]) -> None:
    """Give a user without settings what the same person set last behind another door."""
    numbers = [each.id for each in person]
    known = select(Preference).where(Preference.wechat_user_id.in_(numbers)).order_by(Preference.changed_at.desc())
    found = session.scalars(known).all()
    if found and user.id not in [each.wechat_user_id for each in found]:
        _store(session, user, _told(found[0]))


def _told(found: Preference) -> Preferences:
    return Preferences(found.low_credit_fen, language_of(found.language), found.large_text)


def _store(session: Session, user: WechatUser, preferences: Preferences) -> None:
    values = {
        "low_credit_fen": preferences.low_credit_fen,
        "language": preferences.language,
        "large_text": preferences.large_text,
        "changed_at": session.clock.now(),
    }
    new = insert(Preference).values(organisation_id=user.organisation_id, wechat_user_id=user.id, **values)
    session.execute(
        new.on_conflict_do_update(index_elements=["wechat_user_id"], set_=values),
        execution_options={"populate_existing": True},
    )
