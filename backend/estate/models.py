"""Who owns what where: organisation, park, building, room, holder and tenancy."""

from datetime import date
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.db import Base, OwnedRow, Row, owned, same_owner, word


class HolderKind(StrEnum):
    """Who can hold rooms and accounts."""

    ENTERPRISE = "enterprise"
    PERSON = "person"
    ROOM_GROUP = "room_group"


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
    """A room that can be held and metered; floor is as people say it, "3" or "B1"."""

    __tablename__ = "room"
    __table_args__ = owned(same_owner("building_id", "building"), UniqueConstraint("building_id", "number"))

    building_id: Mapped[int]
    floor: Mapped[str]
    number: Mapped[str]


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
    )

    room_id: Mapped[int]
    holder_id: Mapped[int]
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
