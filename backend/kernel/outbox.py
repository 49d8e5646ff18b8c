"""Events: facts stored in the transaction that made them true, told to others after commit."""

from collections.abc import Sequence
from datetime import datetime
from json import dumps
from typing import Any, LiteralString

from sqlalchemy import Index, bindparam, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.db import Base, Row, Session

# A statement, or a step of one: record an event once; the same topic and key told again change nothing.
RECORD: LiteralString = """
INSERT INTO event (organisation_id, topic, key, facts, request_id, occurred_at, learned_at)
VALUES (%(organisation_id)s, %(topic)s, %(topic)s || ':' || %(event_key)s, %(facts)s::jsonb, %(request_id)s,
        %(occurred_at)s, %(now)s)
ON CONFLICT (key) DO NOTHING
"""


class Event(Row, Base):
    """One fact, once."""

    __tablename__ = "event"

    organisation_id: Mapped[int]
    topic: Mapped[str]
    key: Mapped[str] = mapped_column(unique=True)
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    request_id: Mapped[str]
    occurred_at: Mapped[datetime]
    learned_at: Mapped[datetime]
    told_at: Mapped[datetime | None]

    __table_args__ = (Index("ix_event_untold", "id", postgresql_where="told_at IS NULL"),)


UNTOLD = (
    select(Event)
    .where(Event.told_at.is_(None))
    .order_by(Event.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)


def record(
    session: Session,
    *,
    organisation_id: int,
    topic: str,
    key: str,
    facts: dict[str, Any],
    request_id: str,
    occurred_at: datetime | None = None,
) -> None:
    """Record an event once; the same topic and key told again change nothing."""
    now = session.clock.now()
    session.run_sql(
        RECORD,
        organisation_id=organisation_id,
        topic=topic,
        event_key=key,
        facts=dumps(facts),
        request_id=request_id,
        occurred_at=occurred_at or now,
        now=now,
    )


def untold(session: Session, *, most: int) -> Sequence[Event]:
    """Lock and return the oldest events nobody was told of, leaving out what others are telling now."""
    return session.scalars(UNTOLD, {"most": most}).all()
