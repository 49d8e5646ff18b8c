"""Rooms, as staff add, describe, move and retire them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import or_, select

from backend.audit.recording import Actor, record
from backend.estate.actions import EstateAction
from backend.estate.errors import RoomInUseError, RoomRetiredError, RoomTakenError
from backend.estate.models import Building, Room, RoomKind, RoomPhase, Tenancy
from backend.estate.places import building_inside
from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError
from backend.kernel.inserting import insert, refusing
from backend.kernel.scope import Scope

ROOM_NUMBER = "uq_room_number"


@dataclass(frozen=True, slots=True)
class RoomWords:
    """What is said of a room; area in hundredths of a square metre."""

    floor: str
    number: str
    area_dm2: int | None = None
    kind: RoomKind = RoomKind.OFFICE
    phase: RoomPhase | None = None
    remark: str = ""


def furnish_room(session: Session, *, scope: Scope, building_id: int, words: RoomWords, by: Actor) -> Room:
    """Add a room to a building. Raises NotFoundError, RoomTakenError."""
    building = building_inside(session, scope=scope, building_id=building_id)
    room = new_room(session, building=building, words=words)
    after = described(room)
    record(session, by=by, action=EstateAction.ROOM_ADDED, subject=room, after=after, park_id=building.park_id)
    return room


def new_room(session: Session, *, building: Building, words: RoomWords) -> Room:
    """Insert a room, which whoever asked for it records. Raises RoomTakenError."""
    room = Room(organisation_id=building.organisation_id, building_id=building.id, **_columns(words))
    insert(session, room, **{ROOM_NUMBER: RoomTakenError(number=words.number)})
    return room


def change_room(session: Session, *, scope: Scope, room_id: int, words: RoomWords, by: Actor) -> Room:
    """Describe or number a room anew. Raises NotFoundError, RoomRetiredError, RoomTakenError."""
    room, building = live_room(session, scope=scope, room_id=room_id)
    before = described(room)
    with refusing(session, **{ROOM_NUMBER: RoomTakenError(number=words.number)}):
        for name, value in _columns(words).items():
            setattr(room, name, value)
    after = described(room)
    if after != before:
        _note(session, room, building, EstateAction.ROOM_CHANGED, before=before, after=after, by=by)
    return room


def move_room(session: Session, *, scope: Scope, room_id: int, building_id: int, floor: str, by: Actor) -> Room:
    """Put a room that was entered wrongly into another building of the same park, with all that hangs on it.

    Raises NotFoundError, RoomRetiredError, RoomTakenError.
    """
    room, old = live_room(session, scope=scope, room_id=room_id)
    new = building_inside(session, scope=scope, building_id=building_id)
    if new.park_id != old.park_id:  # its gateway, prices and staff are those of its park
        raise NotFoundError
    before = {"building": old.name, "floor": room.floor}
    with refusing(session, **{ROOM_NUMBER: RoomTakenError(number=room.number)}):
        room.building_id, room.floor = new.id, floor
    after = {"building": new.name, "floor": floor}
    _note(session, room, new, EstateAction.ROOM_MOVED, before=before, after=after, by=by)
    return room


def retire_room(session: Session, *, scope: Scope, room_id: int, reason: str, by: Actor) -> Room:
    """Close a room that is no more; it keeps its history, and its number becomes free.

    Who knows of meters asks for them first (`lifecycle.rebuilding`). Raises NotFoundError, RoomRetiredError,
    RoomInUseError while somebody holds it, or will.
    """
    room, building = live_room(session, scope=scope, room_id=room_id)
    if lasting_tenancies(session, room=room, on=session.clock.now().date()):
        raise RoomInUseError(number=room.number)
    room.retired_at = session.clock.now()
    _note(session, room, building, EstateAction.ROOM_RETIRED, before=described(room), by=by, reason=reason)
    return room


def live_room(session: Session, *, scope: Scope, room_id: int) -> tuple[Room, Building]:
    """Lock and return a room in use, with its building. Raises NotFoundError, RoomRetiredError."""
    room = session.get(Room, room_id, with_for_update=True, populate_existing=True)
    if room is None:
        raise NotFoundError
    building = building_inside(session, scope=scope, building_id=room.building_id)
    if room.retired_at is not None:
        raise RoomRetiredError(number=room.number)
    return room, building


def lasting_tenancies(session: Session, *, room: Room, on: date) -> Sequence[Tenancy]:
    """Return the tenancies of a room that have not ended on a day, the first to begin first."""
    lasting = select(Tenancy).where(Tenancy.room_id == room.id, or_(Tenancy.ends_on.is_(None), Tenancy.ends_on > on))
    return session.scalars(lasting.order_by(Tenancy.starts_on)).all()


def described(room: Room) -> dict[str, Any]:
    """Return what is said of a room, for the audit trail."""
    words = {name: getattr(room, name) for name in ("floor", "number", "area_dm2", "remark")}
    return {**words, "kind": room.kind.value, "phase": room.phase.value if room.phase else None}


def _columns(words: RoomWords) -> dict[str, Any]:
    return {name: getattr(words, name) for name in ("floor", "number", "area_dm2", "kind", "phase", "remark")}


def _note(session: Session, room: Room, building: Building, action: EstateAction, *, by: Actor, **more: Any) -> None:
    record(session, by=by, action=action, subject=room, park_id=building.park_id, **more)
