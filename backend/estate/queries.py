"""Read the estate, inside a scope."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Date, Select, cast, func, literal, or_, select

from backend.estate.archive_models import Contact, Enterprise
from backend.estate.floors import floor_rank
from backend.estate.holders import holder_inside
from backend.estate.models import Building, Holder, Park, Room, RoomKind, RoomOrigin, Tenancy
from backend.estate.places import building_inside
from backend.estate.tenancies import tenancies_of_room
from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError
from backend.kernel.scope import Scope


@dataclass(frozen=True, slots=True)
class RoomFilter:
    """Which rooms; what is None does not matter. text: part of a number or of the holder's name."""

    park_id: int | None = None
    building_id: int | None = None
    floor: str | None = None
    kind: RoomKind | None = None
    holder_id: int | None = None
    held: bool | None = None
    retired: bool = False
    text: str | None = None


@dataclass(frozen=True, slots=True)
class RoomSight:
    """A room with where it is and who holds it now."""

    room: Room
    building: Building
    park: Park
    holder: Holder | None


@dataclass(frozen=True, slots=True)
class RoomStory:
    """A room with all who held it, and what it came from and became."""

    sight: RoomSight
    tenancies: Sequence[Tenancy]
    came_from: Sequence[Room]
    became: Sequence[Room]


@dataclass(frozen=True, slots=True)
class HolderStory:
    """A holder with papers, contacts and rooms held now."""

    holder: Holder
    papers: Enterprise | None
    contacts: Sequence[Contact]
    rooms: Sequence[RoomSight]


def parks_seen(session: Session, *, scope: Scope) -> Sequence[Park]:
    """Return the parks of a scope by name."""
    inside = scope.within(Park.organisation_id, Park.id)
    return session.scalars(select(Park).where(inside).order_by(Park.name)).all()


def buildings_seen(session: Session, *, scope: Scope, park_id: int | None = None) -> Sequence[Building]:
    """Return the buildings of a scope by name, of one park where it is named."""
    buildings = select(Building).where(scope.within(Building.organisation_id, Building.park_id))
    if park_id is not None:
        buildings = buildings.where(Building.park_id == park_id)
    return session.scalars(buildings.order_by(Building.park_id, Building.name)).all()


def floors_of(session: Session, *, scope: Scope, building_id: int) -> list[str]:
    """Return the floors of a building, the lowest first. Raises NotFoundError."""
    building = building_inside(session, scope=scope, building_id=building_id)
    floors = select(Room.floor).filter_by(building_id=building.id, retired_at=None).distinct()
    return sorted(session.scalars(floors), key=floor_rank)


def rooms_seen(
    session: Session, *, scope: Scope, wanted: RoomFilter, most: int = 100, offset: int = 0
) -> list[RoomSight]:
    """Return rooms that fit, by park, building, floor and number."""
    found = _fitting(_rooms(session, scope), wanted)
    ordered = found.order_by(Park.name, Building.name, Room.level, Room.floor, Room.number, Room.id)
    return [_sight(row) for row in session.execute(ordered.limit(most).offset(offset))]


def count_rooms(session: Session, *, scope: Scope, wanted: RoomFilter) -> tuple[int, int]:
    """Return how many rooms fit, and the sum of their areas in hundredths of a square metre."""
    rooms = _fitting(_rooms(session, scope), wanted).subquery()
    count, area = session.execute(select(func.count(), func.coalesce(func.sum(rooms.c.area_dm2), 0))).one()
    return int(count), int(area)


def room_story(session: Session, *, scope: Scope, room_id: int) -> RoomStory:
    """Return a room with its history. Raises NotFoundError."""
    row = session.execute(_rooms(session, scope).where(Room.id == room_id)).one_or_none()
    if row is None:
        raise NotFoundError
    origin = select(Room).join(RoomOrigin, RoomOrigin.from_id == Room.id).where(RoomOrigin.room_id == room_id)
    fate = select(Room).join(RoomOrigin, RoomOrigin.room_id == Room.id).where(RoomOrigin.from_id == room_id)
    return RoomStory(
        _sight(row),
        tenancies_of_room(session, room_id=room_id),
        session.scalars(origin.order_by(Room.id)).all(),
        session.scalars(fate.order_by(Room.id)).all(),
    )


def holders_seen(
    session: Session, *, scope: Scope, text: str = "", most: int = 100, offset: int = 0
) -> Sequence[Holder]:
    """Return holders by name: of the organisation, or who holds or held a room in the scope's parks."""
    holders = select(Holder).where(Holder.organisation_id == scope.organisation_id)
    if scope.park_ids is not None:
        held = select(Tenancy.holder_id).join(Room, Room.id == Tenancy.room_id)
        here = held.join(Building, Building.id == Room.building_id).where(
            scope.within(Building.organisation_id, Building.park_id)
        )
        holders = holders.where(Holder.id.in_(here))
    if text:
        code = select(Enterprise.holder_id).where(Enterprise.credit_code == text.strip().upper())
        holders = holders.where(or_(Holder.name.contains(text.strip(), autoescape=True), Holder.id.in_(code)))
    return session.scalars(holders.order_by(Holder.name, Holder.id).limit(most).offset(offset)).all()


def holder_story(session: Session, *, scope: Scope, holder_id: int) -> HolderStory:
    """Return a holder with its archive. Raises NotFoundError."""
    holder = holder_inside(session, scope=scope, holder_id=holder_id)
    papers = session.scalars(select(Enterprise).filter_by(holder_id=holder.id)).one_or_none()
    contacts = select(Contact).filter_by(holder_id=holder.id).order_by(Contact.rank, Contact.id)
    rooms = rooms_seen(session, scope=scope, wanted=RoomFilter(holder_id=holder.id), most=1000)
    return HolderStory(holder, papers, session.scalars(contacts).all(), rooms)


def _rooms(session: Session, scope: Scope) -> Select[Room, Building, Park, Holder]:
    today = cast(func.timezone(Park.time_zone, literal(session.clock.now())), Date)
    now = (Tenancy.starts_on <= today) & (Tenancy.ends_on.is_(None) | (Tenancy.ends_on > today))
    return (
        select(Room, Building, Park, Holder)
        .join(Building, Building.id == Room.building_id)
        .join(Park, Park.id == Building.park_id)
        .outerjoin(Tenancy, (Tenancy.room_id == Room.id) & now)
        .outerjoin(Holder, Holder.id == Tenancy.holder_id)
        .where(scope.within(Building.organisation_id, Building.park_id))
    )


def _fitting(rooms: Select[Room, Building, Park, Holder], wanted: RoomFilter) -> Select[Room, Building, Park, Holder]:
    rooms = rooms.where(Room.retired_at.is_not(None) if wanted.retired else Room.retired_at.is_(None))
    columns = {
        Building.park_id: wanted.park_id,
        Room.building_id: wanted.building_id,
        Room.floor: wanted.floor,
        Room.kind: wanted.kind,
        Holder.id: wanted.holder_id,
    }
    for column, value in columns.items():
        if value is not None:
            rooms = rooms.where(column == value)
    if wanted.held is not None:
        rooms = rooms.where(Holder.id.is_not(None) if wanted.held else Holder.id.is_(None))
    if wanted.text:
        text = wanted.text.strip()
        rooms = rooms.where(
            or_(Room.number.contains(text, autoescape=True), Holder.name.contains(text, autoescape=True))
        )
    return rooms


def _sight(row: Any) -> RoomSight:
    return RoomSight(row[0], row[1], row[2], row[3])
