"""The inbox of a person: filed once for each event, the newest first, read or not."""

from collections.abc import Sequence

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError
from backend.notices.channel import Letter
from backend.notices.models import InboxMessage
from backend.people.joining import belongs_to_person
from backend.people.models import WechatUser


def file_away(session: Session, *, letter: Letter) -> str:
    """Put a letter into its user's inbox, once; returns the proof of it."""
    new = insert(InboxMessage).values(
        organisation_id=letter.organisation_id,
        event_id=letter.event_id,
        wechat_user_id=letter.to.user_id,
        kind=letter.kind,
        facts=dict(letter.facts),
        posted_at=session.clock.now(),
    )
    session.execute(new.on_conflict_do_nothing(index_elements=["wechat_user_id", "event_id"]))
    return "filed"


def messages_of(session: Session, *, user: WechatUser, before: int | None, limit: int) -> Sequence[InboxMessage]:
    """Return up to so many messages of a person, the newest first, older than the one named."""
    page = select(InboxMessage).where(belongs_to_person(InboxMessage.wechat_user_id, user))
    if before is not None:
        page = page.where(InboxMessage.id < before)
    return session.scalars(page.order_by(InboxMessage.id.desc()).limit(limit)).all()


def unread(session: Session, *, user: WechatUser) -> int:
    """Return how many messages of a person nobody opened yet."""
    own = belongs_to_person(InboxMessage.wechat_user_id, user)
    return session.scalar(select(func.count()).where(own, InboxMessage.read_at.is_(None))) or 0


def mark_read(session: Session, *, user: WechatUser, message_id: int) -> None:
    """Note that a person read a message, the first time. Raises NotFoundError for one that is not theirs."""
    own = belongs_to_person(InboxMessage.wechat_user_id, user)
    found = update(InboxMessage).where(InboxMessage.id == message_id, own)
    first = found.values(read_at=func.coalesce(InboxMessage.read_at, session.clock.now()))
    done = session.scalar(first.returning(InboxMessage.id), execution_options={"synchronize_session": False})
    if done is None:
        raise NotFoundError
