"""What is noted about a meter although each of its readings can be true, and what that is judged from."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.db import Base, OwnedRow, owned, same_owner, word


class Suspicion(StrEnum):
    """What is wrong with a meter whose readings are counted as always."""

    STANDS_STILL = "stands_still"
    CLOCK_DRIFT = "clock_drift"


class SuspectMeter(OwnedRow, Base):
    """A suspicion against a meter, raised once: until the meter itself shows that it is over, there is no second.

    evidence: for stands_still energy_wh, power_w and suggested_wh; for clock_drift the meter's clock and ahead_s.
    A register that stood still waits for staff even when it moves again: what was used meanwhile is missing.
    """

    __tablename__ = "suspect_meter"
    __table_args__ = owned(
        same_owner("meter_id", "meter"),
        Index("uq_suspect_meter_lasting", "meter_id", "suspicion", unique=True, postgresql_where="passed_at IS NULL"),
        Index("ix_suspect_meter_open", "organisation_id", "meter_id", postgresql_where="settled_at IS NULL"),
    )

    meter_id: Mapped[int]
    suspicion: Mapped[Suspicion] = mapped_column(word(Suspicion))
    since: Mapped[datetime]
    evidence: Mapped[dict[str, Any]] = mapped_column(JSONB)
    noted_at: Mapped[datetime]
    passed_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[str | None]
    reason: Mapped[str | None]


class LoadWatch(Base):
    """Since when a register has not moved, and how much energy the power measured meanwhile suggests."""

    __tablename__ = "load_watch"

    meter_id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int]
    since: Mapped[datetime]
    seen_at: Mapped[datetime]
    energy_wh: Mapped[int]
    power_w: Mapped[int]
    suggested_ws: Mapped[int]

    __table_args__ = (same_owner("meter_id", "meter"),)
