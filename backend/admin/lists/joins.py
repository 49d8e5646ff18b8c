"""Where things are and who holds them now: conditions that several lists share."""

from sqlalchemy import ColumnElement, Date, cast, func, literal, select
from sqlalchemy.sql.selectable import ScalarSelect, Select

from backend.estate.models import Building, Park, Room, Tenancy
from backend.kernel.db import Session
from backend.kernel.scope import Scope


def held_now(session: Session) -> ColumnElement[bool]:
    """Say that a tenancy is of a room, and of today by the clock of its park; both have to be joined."""
    today = cast(func.timezone(Park.time_zone, literal(session.clock.now())), Date)
    current = (Tenancy.starts_on <= today) & (Tenancy.ends_on.is_(None) | (Tenancy.ends_on > today))
    return (Tenancy.room_id == Room.id) & current


def inside(scope: Scope) -> ColumnElement[bool]:
    """Say that a building lies inside the scope."""
    return scope.within(Building.organisation_id, Building.park_id)


def holders_inside(scope: Scope) -> Select[int]:
    """Return the holders who hold or held a room in the parks of the scope."""
    held = select(Tenancy.holder_id).join(Room, Room.id == Tenancy.room_id)
    return held.join(Building, Building.id == Room.building_id).where(inside(scope))


def counted(rows: Select[int]) -> ScalarSelect[int]:
    """Return how many rows there are, as a column."""
    return select(func.count()).select_from(rows.subquery()).scalar_subquery()
