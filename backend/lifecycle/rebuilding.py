"""Rooms that are split, merged or retired together with the meters in them."""

from collections.abc import Mapping, Sequence
from datetime import date

from backend.audit.recording import Actor
from backend.estate.errors import PartsDoNotFitError, RoomInUseError
from backend.estate.models import Building, Room
from backend.estate.rooms import RoomWords, live_room, retire_room
from backend.estate.splitting import merge_rooms, split_room
from backend.kernel.db import Session
from backend.kernel.scope import Scope
from backend.metering.field.rehanging import meters_of_room, rehang


def split_with_meters(
    session: Session,
    *,
    scope: Scope,
    room_id: int,
    parts: Sequence[RoomWords],
    meters: Mapping[int, int],
    on: date,
    by: Actor,
) -> list[Room]:
    """Split a room and hang each of its meters into a part; meters: number of the row -> place among the parts.

    Raises what `split_room` raises, and PartsDoNotFitError unless every meter is given a part.
    """
    live_room(session, scope=scope, room_id=room_id)
    present = meters_of_room(session, room_id=room_id)
    if {meter.id for meter in present} != set(meters) or not all(0 <= at < len(parts) for at in meters.values()):
        raise PartsDoNotFitError(why_zh="每块电表都须指定归入哪一间", why_en="each meter must be given a part")
    rooms = split_room(session, scope=scope, room_id=room_id, parts=parts, on=on, by=by)
    for meter in present:
        rehang(session, meter=meter, room=rooms[meters[meter.id]], park_id=_park(session, rooms[0]), by=by)
    return rooms


def merge_with_meters(
    session: Session, *, scope: Scope, room_ids: Sequence[int], whole: RoomWords, on: date, by: Actor
) -> Room:
    """Merge rooms and hang all their meters into the new one. Raises what `merge_rooms` raises."""
    for room_id in sorted(set(room_ids)):
        live_room(session, scope=scope, room_id=room_id)
    present = [meter for room_id in sorted(set(room_ids)) for meter in meters_of_room(session, room_id=room_id)]
    room = merge_rooms(session, scope=scope, room_ids=room_ids, whole=whole, on=on, by=by)
    for meter in present:
        rehang(session, meter=meter, room=room, park_id=_park(session, room), by=by)
    return room


def retire_empty(session: Session, *, scope: Scope, room_id: int, reason: str, by: Actor) -> Room:
    """Retire a room without tenant and meter. Raises what `retire_room` raises, RoomInUseError with a meter."""
    room, _ = live_room(session, scope=scope, room_id=room_id)
    if meters_of_room(session, room_id=room_id):
        raise RoomInUseError(number=room.number)
    return retire_room(session, scope=scope, room_id=room_id, reason=reason, by=by)


def _park(session: Session, room: Room) -> int:
    return session.get_one(Building, room.building_id).park_id
