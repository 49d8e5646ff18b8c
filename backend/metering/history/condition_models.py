"""What meters measure and warn of: the newest of each meter, and the extremes of each day."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.db import Base, same_owner


class MeterCondition(Base):
    """What a meter measured last and what it warned of last, each with its time: alarms are read more often.

    told: the values of meter_bridge.protocol.Condition without its alarms.
    """

    __tablename__ = "meter_condition"

    meter_id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int]
    read_at: Mapped[datetime | None]
    told: Mapped[dict[str, Any]] = mapped_column(JSONB)
    alarms: Mapped[list[str] | None] = mapped_column(JSONB)
    alarms_at: Mapped[datetime | None]

    __table_args__ = (same_owner("meter_id", "meter"),)


class ConditionDay(Base):
    """The extremes of what a meter told on a day of its park; None where it told no such thing.

    Of three phases the worst counts. Distortion and unbalance are in hundredths of a per cent, power factors in
    thousandths and only under load.
    """

    __tablename__ = "condition_day"

    meter_id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    organisation_id: Mapped[int]
    least_voltage_mv: Mapped[int | None]
    most_voltage_mv: Mapped[int | None]
    most_current_ma: Mapped[int | None]
    most_power_w: Mapped[int | None]
    least_power_factor: Mapped[int | None]
    most_voltage_thd: Mapped[int | None]
    most_current_thd: Mapped[int | None]
    most_voltage_unbalance: Mapped[int | None]
    most_current_unbalance: Mapped[int | None]

    __table_args__ = (same_owner("meter_id", "meter"), Index("ix_condition_day_owner", "organisation_id", "day"))
