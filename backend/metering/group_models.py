"""Groups of meters, by which staff set prices, limits and times for many at once."""

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.db import Base, OwnedRow, owned, same_owner


class MeterGroup(OwnedRow, Base):
    """A name for some meters, of one park or of several."""

    __tablename__ = "meter_group"
    __table_args__ = owned(same_owner("park_id", "park"), UniqueConstraint("organisation_id", "name"))

    name: Mapped[str]
    park_id: Mapped[int | None]
    remark: Mapped[str] = mapped_column(default="")


class MeterGroupMember(OwnedRow, Base):
    """A meter is in a group; it may be in several."""

    __tablename__ = "meter_group_member"
    __table_args__ = owned(
        same_owner("group_id", "meter_group"),
        same_owner("meter_id", "meter"),
        UniqueConstraint("group_id", "meter_id"),
    )

    group_id: Mapped[int]
    meter_id: Mapped[int] = mapped_column(index=True)
