"""Meters that were exchanged in the field or restated at the desk, and what the old one showed."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.db import Base, OwnedRow, owned, same_owner, word


class Succession(StrEnum):
    """Why the registers of one row of a meter end and those of another begin."""

    EXCHANGED = "exchanged"  # another meter hangs there
    RATIO = "ratio"  # the same one, read behind other transformers
    PROFILE = "profile"  # the same one, read as another model


class MeterExchange(OwnedRow, Base):
    """A meter was taken down and another hung in its place, or it is read in another way: registers end and begin.

    closing_*: what the old one showed at the end, credit in its own unit; typed: off its display, else it was read.
    credit_left is still to be settled with who pays for the meter; of one that was restated the credit stays in it.
    """

    __tablename__ = "meter_exchange"
    __table_args__ = owned(
        same_owner("old_meter_id", "meter"),
        same_owner("new_meter_id", "meter"),
        same_owner("exchanged_by", "staff"),
        UniqueConstraint("old_meter_id"),
        UniqueConstraint("new_meter_id"),
        CheckConstraint("old_meter_id <> new_meter_id", name="two_meters"),
        CheckConstraint("closing_energy_wh >= 0", name="energy"),
    )

    succession: Mapped[Succession] = mapped_column(word(Succession), default=Succession.EXCHANGED)
    old_meter_id: Mapped[int]
    new_meter_id: Mapped[int]
    closing_energy_wh: Mapped[int]
    closing_count: Mapped[int | None]
    credit_left: Mapped[int | None]  # None: the old meter holds no credit
    closing_read_at: Mapped[datetime]
    typed: Mapped[bool]
    reason: Mapped[str]
    exchanged_by: Mapped[int]
    exchanged_at: Mapped[datetime]


class ExchangePhoto(OwnedRow, Base):
    """The display of the old meter, as it was photographed."""

    __tablename__ = "exchange_photo"
    __table_args__ = owned(same_owner("exchange_id", "meter_exchange"), UniqueConstraint("exchange_id"))

    exchange_id: Mapped[int]
    media_type: Mapped[str]
    content: Mapped[bytes]
