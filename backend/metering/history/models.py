"""Readings, the registers frozen at borders of hours and days, and when the supply changed."""

from datetime import date, datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.db import Base, same_owner, word
from backend.metering.models import Registers
from meter_bridge.protocol import SupplyState

# Tables in partitions by time, and the column that says when.
PARTED = {"reading": "read_at", "hour_register": "at"}


class Reading(Registers, Base):
    """What one poll brought; told twice it is stored once."""

    __tablename__ = "reading"

    meter_id: Mapped[int] = mapped_column(primary_key=True)
    read_at: Mapped[datetime] = mapped_column(primary_key=True)
    organisation_id: Mapped[int]
    balance: Mapped[int | None]
    purchase_count: Mapped[int | None]
    supply: Mapped[SupplyState | None] = mapped_column(word(SupplyState))

    __table_args__ = (same_owner("meter_id", "meter"), {"postgresql_partition_by": "RANGE (read_at)"})


class HourRegister(Registers, Base):
    """What a meter had counted when an hour began, drawn between two readings that are gap_s seconds apart."""

    __tablename__ = "hour_register"

    meter_id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    organisation_id: Mapped[int]
    gap_s: Mapped[int]  # 0: read at this very second

    __table_args__ = (same_owner("meter_id", "meter"), {"postgresql_partition_by": "RANGE (at)"})


class DayRegister(Registers, Base):
    """What a meter had counted when a day of its park began: frozen, and kept for ever."""

    __tablename__ = "day_register"

    meter_id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    organisation_id: Mapped[int]
    at: Mapped[datetime]
    gap_s: Mapped[int]

    __table_args__ = (same_owner("meter_id", "meter"), Index("ix_day_register_owner", "organisation_id", "day"))


class MonthUsage(Registers, Base):
    """What a meter used in a month of its park, added up from its days; the registers hold differences here.

    known_days: days between borders that are there; measured_days: those of them that were not estimated.
    """

    __tablename__ = "month_usage"

    month: Mapped[date] = mapped_column(primary_key=True)  # its first day
    meter_id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int]
    measured_days: Mapped[int]
    known_days: Mapped[int]

    __table_args__ = (same_owner("meter_id", "meter"),)


class SupplyChange(Base):
    """From this reading on a breaker or valve was in this state, until the next change."""

    __tablename__ = "supply_change"

    meter_id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    organisation_id: Mapped[int]
    supply: Mapped[SupplyState] = mapped_column(word(SupplyState))

    __table_args__ = (same_owner("meter_id", "meter"),)


class RegisterDue(Base):
    """Readings came in this span whose borders are not frozen yet."""

    __tablename__ = "register_due"

    meter_id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int]
    since: Mapped[datetime]
    until: Mapped[datetime]

    __table_args__ = (same_owner("meter_id", "meter"),)
