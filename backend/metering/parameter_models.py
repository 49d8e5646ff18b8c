"""What each meter is to hold, what it holds, and when it is asked."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.db import Base, OwnedRow, owned, same_owner, word
from meter_bridge.protocol import ParameterCode

NONE = JSONB(none_as_null=True)


class MeterParameter(OwnedRow, Base):
    """What one meter is to hold under one code, and what it said it holds.

    command_id: the last order to write it. unfit: why this meter, hung for another one, cannot hold what is wanted.
    actual is None with read_at where the meter did not tell it, or told what is no value.
    drift_since: since when the meter is known to hold something else than is wanted, with no order under way.
    """

    __tablename__ = "meter_parameter"
    __table_args__ = owned(
        same_owner("meter_id", "meter"),
        same_owner("change_id", "parameter_change"),
        same_owner("command_id", "meter_command"),
        UniqueConstraint("meter_id", "code"),
        CheckConstraint("actual IS NULL OR read_at IS NOT NULL", name="read"),
        Index("ix_meter_parameter_drift", "organisation_id", postgresql_where="drift_since IS NOT NULL"),
        Index("ix_meter_parameter_command", "command_id"),
    )

    meter_id: Mapped[int]
    code: Mapped[ParameterCode] = mapped_column(word(ParameterCode))
    wanted: Mapped[Any | None] = mapped_column(NONE)
    change_id: Mapped[int | None]
    command_id: Mapped[int | None]
    unfit: Mapped[dict[str, Any] | None] = mapped_column(NONE)
    actual: Mapped[Any | None] = mapped_column(NONE)
    read_at: Mapped[datetime | None]  # by the bridge's clock
    drift_since: Mapped[datetime | None]


class ParameterCheck(Base):
    """When a meter is to be asked next what it holds, and when it was asked last."""

    __tablename__ = "parameter_check"

    meter_id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int]
    due_at: Mapped[datetime] = mapped_column(index=True)
    asked_at: Mapped[datetime | None]

    __table_args__ = (same_owner("meter_id", "meter"),)
