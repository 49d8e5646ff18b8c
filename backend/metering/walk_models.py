"""Walk tests: a breaker is opened, and somebody on site says which room went dark."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.db import Base, OwnedRow, owned, same_owner, word


class WalkResult(StrEnum):
    """What a walk test found at a meter."""

    RIGHT = "right"
    CROSSED = "crossed"
    NONE = "none"
    SKIPPED = "skipped"


class WalkTest(OwnedRow, Base):
    """A walk through a building or along a line. cut_reason: why tenants may be cut for it; empty: they may not."""

    __tablename__ = "walk_test"
    __table_args__ = owned(
        same_owner("park_id", "park"),
        same_owner("building_id", "building"),
        same_owner("line_id", "line"),
        same_owner("started_by", "staff"),
        CheckConstraint("num_nonnulls(building_id, line_id) = 1", name="place"),
    )

    park_id: Mapped[int]
    building_id: Mapped[int | None]
    line_id: Mapped[int | None]
    cut_reason: Mapped[str] = mapped_column(default="")
    started_by: Mapped[int]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class WalkStep(OwnedRow, Base):
    """One meter of a walk: the commands that opened and closed its breaker, which room went dark, and who saw it."""

    __tablename__ = "walk_step"
    __table_args__ = owned(
        same_owner("walk_id", "walk_test"),
        same_owner("meter_id", "meter"),
        same_owner("dark_room_id", "room"),
        same_owner("opened_by_command", "meter_command"),
        same_owner("closed_by_command", "meter_command"),
        same_owner("judged_by", "staff"),
        UniqueConstraint("walk_id", "meter_id"),
    )

    walk_id: Mapped[int]
    meter_id: Mapped[int]
    result: Mapped[WalkResult | None] = mapped_column(word(WalkResult))
    why: Mapped[str] = mapped_column(default="")  # the code of what stood against it, where it was skipped
    dark_room_id: Mapped[int | None]
    opened_by_command: Mapped[int | None]
    closed_by_command: Mapped[int | None]
    judged_by: Mapped[int | None]
    judged_at: Mapped[datetime | None]
