"""Maintenance locks: while one hangs on a breaker, nothing of ours closes it."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped

from backend.kernel.db import Base, OwnedRow, owned, same_owner

HANGS = "taken_off_at IS NULL"


class MaintenanceLock(OwnedRow, Base):
    """Somebody works behind a breaker, or behind all breakers of a meter group (a feeder); several locks may hang.

    expected_until is for people: a lock never ends by itself.
    """

    __tablename__ = "maintenance_lock"
    __table_args__ = owned(
        same_owner("park_id", "park"),
        same_owner("meter_id", "meter"),
        same_owner("group_id", "meter_group"),
        same_owner("hung_by", "staff"),
        same_owner("taken_off_by", "staff"),
        same_owner("approval_id", "approval"),
        CheckConstraint("num_nonnulls(meter_id, group_id) = 1", name="target"),
        CheckConstraint("num_nulls(taken_off_at, taken_off_by) IN (0, 2)", name="taken_off"),
        CheckConstraint(
            "taken_off_by IS NULL OR taken_off_by = hung_by OR approval_id IS NOT NULL", name="by_whom_or_by_two"
        ),
        Index("uq_maintenance_lock_meter", "meter_id", "hung_by", unique=True, postgresql_where=HANGS),
        Index("uq_maintenance_lock_group", "group_id", "hung_by", unique=True, postgresql_where=HANGS),
    )

    park_id: Mapped[int | None]
    meter_id: Mapped[int | None]
    group_id: Mapped[int | None]
    reason: Mapped[str]
    hung_by: Mapped[int]
    hung_at: Mapped[datetime]
    expected_until: Mapped[datetime | None]
    taken_off_by: Mapped[int | None]
    taken_off_at: Mapped[datetime | None]
    approval_id: Mapped[int | None]
