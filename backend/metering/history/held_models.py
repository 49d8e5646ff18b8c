"""Readings that are held until a person has looked."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.db import Base, OwnedRow, owned, same_owner, word
from backend.metering.history.doubt import Doubt


class Settlement(StrEnum):
    """What became of a held reading."""

    ACCEPTED = "accepted"
    REPLACED = "replaced"
    DROPPED = "dropped"


class HeldReading(OwnedRow, Base):
    """A reading whose registers are doubted: not counted, never silently zero, until staff settle it with a reason."""

    __tablename__ = "held_reading"
    __table_args__ = owned(
        same_owner("meter_id", "meter"),
        UniqueConstraint("meter_id", "read_at"),
        Index("ix_held_reading_open", "organisation_id", "meter_id", postgresql_where="settlement IS NULL"),
    )

    meter_id: Mapped[int]
    read_at: Mapped[datetime]
    doubt: Mapped[Doubt] = mapped_column(word(Doubt))
    evidence: Mapped[dict[str, Any]] = mapped_column(JSONB)
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB)  # the last sound registers, and when
    held_at: Mapped[datetime]
    settlement: Mapped[Settlement | None] = mapped_column(word(Settlement))
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[str | None]
    reason: Mapped[str | None]
