"""Who owns what where: organisation, park, building, room, holder and tenancy."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column, validates

from backend.estate.floors import floor_rank
from backend.kernel.db import Base, OwnedRow, Row, owned, same_owner, word


class HolderKind(StrEnum):
    """Who can hold rooms and accounts."""

    ENTERPRISE = "enterprise"
    PERSON = "person"
    ROOM_GROUP = "room_group"


class RoomKind(StrEnum):
    """What a room is used as."""

    OFFICE = "office"
    SHOP = "shop"
    WORKSHOP = "workshop"
    WAREHOUSE = "warehouse"
    DORMITORY = "dormitory"
    PUBLIC = "public"
    OTHER = "other"


class RoomPhase(StrEnum):
    """Which phases of the supply a room is fed by."""

    PHASE_A = "phase_a"
    PHASE_B = "phase_b"
    PHASE_C = "phase_c"
    THREE_PHASE = "three_phase"


class Rebuilding(StrEnum):
    """How rooms become other rooms."""

    SPLIT = "split"
    MERGED = "merged"


class Organisation(Row, Base):
    """A property company: the owner of everything else."""

    __tablename__ = "organisation"

    name: Mapped[str] = mapped_column(unique=True)
    time_zone: Mapped[str] = mapped_column(default="Asia/Shanghai")
    closed_through: Mapped[date | None]  # no ledger row is booked on this day or before it


class Park(OwnedRow, Base):
    """A site of the organisation."""

    __tablename__ = "park"
    __table_args__ = owned(UniqueConstraint("organisation_id", "name"))

    name: Mapped[str]
    time_zone: Mapped[str] = mapped_column(default="Asia/Shanghai")


class Building(OwnedRow, Base):
    """A building of a park."""

    __tablename__ = "building"
    __table_args__ = owned(same_owner("park_id", "park"), UniqueConstraint("park_id", "name"))

    park_id: Mapped[int]
    name: Mapped[str]


class Room(OwnedRow, Base):
    """A room that can be held and metered; floor is as people say it, "3" or "B1". A retired one keeps its history."""

    __tablename__ = "room"
    __table_args__ = owned(
        same_owner("building_id", "building"),
        Index("uq_room_number", "building_id", "number", unique=True, postgresql_where="retired_at IS NULL"),
        CheckConstraint("area_dm2 > 0", name="area"),
    )

    building_id: Mapped[int] = mapped_column(index=True)
    floor: Mapped[str]
    level: Mapped[int]  # what to sort the floor by
    number: Mapped[str]
    area_dm2: Mapped[int | None]  # a hundredth of a square metre: areas add up exactly
    kind: Mapped[RoomKind] = mapped_column(word(RoomKind), default=RoomKind.OFFICE)
    phase: Mapped[RoomPhase | None] = mapped_column(word(RoomPhase))
    remark: Mapped[str] = mapped_column(default="")
    retired_at: Mapped[datetime | None]

    @validates("floor")
    def _rank(self, _: str, floor: str) -> str:
        self.level = floor_rank(floor)[0]
        return floor


class RoomOrigin(OwnedRow, Base):
    """A room came out of another, by a wall that was built or torn down."""

    __tablename__ = "room_origin"
    __table_args__ = owned(
        same_owner("room_id", "room"), same_owner("from_id", "room"), UniqueConstraint("room_id", "from_id")
    )

    room_id: Mapped[int]
    from_id: Mapped[int] = mapped_column(index=True)
    how: Mapped[Rebuilding] = mapped_column(word(Rebuilding))
    happened_at: Mapped[datetime]


class Holder(OwnedRow, Base):
    """An enterprise, a person or a room group that holds rooms and pays for what they use."""

    __tablename__ = "holder"
    __table_args__ = owned(UniqueConstraint("organisation_id", "name"))

    name: Mapped[str]
    kind: Mapped[HolderKind] = mapped_column(word(HolderKind))


class Tenancy(OwnedRow, Base):
    """Who holds a room from one day on, and until which day (not included)."""

    __tablename__ = "tenancy"
    __table_args__ = owned(
        same_owner("room_id", "room"),
        same_owner("holder_id", "holder"),
        CheckConstraint("ends_on IS NULL OR ends_on > starts_on", name="order"),
        Index("uq_tenancy_open", "room_id", unique=True, postgresql_where="ends_on IS NULL"),
        # Two ranges, so that no extension is needed for the equality of the room.
        ExcludeConstraint(
            (text("int8range(room_id, room_id, '[]')"), "&&"),
            (text("daterange(starts_on, ends_on)"), "&&"),
            name="ex_tenancy_overlap",
            using="gist",
        ),
    )

    room_id: Mapped[int] = mapped_column(index=True)
    holder_id: Mapped[int] = mapped_column(index=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
