"""What people are told, over what, and what became of it."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.db import Base, OwnedRow, owned, same_owner, word


class NoticeKind(StrEnum):
    """What people are told of."""

    CREDITED = "credited"
    LOW_CREDIT = "low_credit"


class DeliveryState(StrEnum):
    """How far a delivery has come."""

    WAITING = "waiting"
    SENT = "sent"
    GIVEN_UP = "given_up"


class LowCreditWatch(OwnedRow, Base):
    """Whether a credit is below one threshold; armed again when it rises. meter_id: none for a wallet here."""

    __tablename__ = "low_credit_watch"
    __table_args__ = owned(
        same_owner("account_id", "account"),
        same_owner("meter_id", "meter"),
        UniqueConstraint(
            "account_id",
            "meter_id",
            "threshold_fen",
            name="uq_low_credit_watch_subject",
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("threshold_fen >= 0", name="threshold"),
    )

    account_id: Mapped[int]
    meter_id: Mapped[int | None]
    threshold_fen: Mapped[int]
    low: Mapped[bool]
    crossings: Mapped[int]
    credit_fen: Mapped[int]  # when it was last crossed


class MessageTemplate(OwnedRow, Base):
    """A template of a WeChat application: its id there, and which of our facts each of its fields shows."""

    __tablename__ = "message_template"
    __table_args__ = owned(
        ForeignKeyConstraint(["appid"], ["wechat_app.appid"]),
        UniqueConstraint("appid", "kind"),
    )

    appid: Mapped[str]
    kind: Mapped[NoticeKind] = mapped_column(word(NoticeKind))
    template_id: Mapped[str]
    fields: Mapped[dict[str, str]] = mapped_column(JSONB)


class Unreachable(OwnedRow, Base):
    """A user whom a channel cannot reach, by its own word, until they come again."""

    __tablename__ = "unreachable"
    __table_args__ = owned(same_owner("wechat_user_id", "wechat_user"), UniqueConstraint("wechat_user_id", "channel"))

    wechat_user_id: Mapped[int]
    channel: Mapped[str]
    why: Mapped[str]
    since: Mapped[datetime]


class Delivery(OwnedRow, Base):
    """One event to one user over one channel, once; proof: what the channel said last."""

    __tablename__ = "delivery"
    __table_args__ = owned(
        ForeignKeyConstraint(["event_id"], ["event.id"]),
        same_owner("wechat_user_id", "wechat_user"),
        UniqueConstraint("event_id", "wechat_user_id", "channel"),
        Index("ix_delivery_due", "next_attempt_at", postgresql_where="state = 'waiting'"),
    )

    event_id: Mapped[int]
    wechat_user_id: Mapped[int]
    channel: Mapped[str]
    kind: Mapped[NoticeKind] = mapped_column(word(NoticeKind))
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    request_id: Mapped[str]
    state: Mapped[DeliveryState] = mapped_column(word(DeliveryState), default=DeliveryState.WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime]
    give_up_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    proof: Mapped[str | None]


class InboxMessage(OwnedRow, Base):
    """A message in the inbox of the pages; kept as facts and said in the reader's language."""

    __tablename__ = "inbox_message"
    __table_args__ = owned(
        ForeignKeyConstraint(["event_id"], ["event.id"]),
        same_owner("wechat_user_id", "wechat_user"),
        UniqueConstraint("wechat_user_id", "event_id"),
        Index("ix_inbox_message_unread", "wechat_user_id", postgresql_where="read_at IS NULL"),
    )

    event_id: Mapped[int]
    wechat_user_id: Mapped[int]
    kind: Mapped[NoticeKind] = mapped_column(word(NoticeKind))
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    posted_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
