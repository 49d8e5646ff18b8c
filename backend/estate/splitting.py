"""Walls built and torn down: one room becomes several, several become one; the old ones keep their history."""

from collections.abc import Sequence
from datetime import date

from backend.audit.recording import Actor, record
from backend.estate.actions import EstateAction
from backend.estate.errors import PartsDoNotFitError
from backend.estate.models import Building, Rebuilding, Room, RoomOrigin, Tenancy
from backend.estate.rooms import RoomWords, described, lasting_tenancies, live_room, new_room
from backend.kernel.db import Session
from backend.kernel.scope import Scope

TWO = 2


def split_room(
    session: Session, *, scope: Scope, room_id: int, parts: Sequence[RoomWords], on: date, by: Actor
) -> list[Room]:
    """Make at least two rooms of one; who holds it holds the parts from that day on.

    A part may keep the number. Raises NotFoundError, RoomRetiredError, RoomTakenError, and PartsDoNotFitError unless
    the areas, where they are known, add up.
    """
    room, building = live_room(session, scope=scope, room_id=room_id)
    if len(parts) < TWO:
        raise PartsDoNotFitError(why_zh="至少拆为两间", why_en="there must be two parts at least")
    if room.area_dm2 is not None and sum(part.area_dm2 or 0 for part in parts) != room.area_dm2:
        raise PartsDoNotFitError(why_zh="各间面积之和与原面积不符", why_en="the areas do not add up")
    return _rebuild(session, building, [room], parts, how=Rebuilding.SPLIT, on=on, by=by)


def merge_rooms(
    session: Session, *, scope: Scope, room_ids: Sequence[int], whole: RoomWords, on: date, by: Actor
) -> Room:
    """Make one room of several of one building, all empty or all held by the same.

    Raises NotFoundError, RoomRetiredError, RoomTakenError, PartsDoNotFitError.
    """
    found = [live_room(session, scope=scope, room_id=room_id) for room_id in sorted(set(room_ids))]
    if len(found) < TWO or len({building.id for _, building in found}) != 1:
        raise PartsDoNotFitError(why_zh="须为同一楼栋的至少两间", why_en="take two rooms of one building at least")
    rooms, building = [room for room, _ in found], found[0][1]
    areas = [room.area_dm2 for room in rooms]
    if None not in areas and whole.area_dm2 != sum(area or 0 for area in areas):
        raise PartsDoNotFitError(why_zh="合并后面积与各间之和不符", why_en="the areas do not add up")
    return _rebuild(session, building, rooms, [whole], how=Rebuilding.MERGED, on=on, by=by)[0]


def _rebuild(
    session: Session,
    building: Building,
    old: Sequence[Room],
    words: Sequence[RoomWords],
    *,
    how: Rebuilding,
    on: date,
    by: Actor,
) -> list[Room]:
    lasting = [lasting_tenancies(session, room=room, on=on) for room in old]
    held = {tuple(_from(each, on) for each in tenancies) for tenancies in lasting}
    if len(held) != 1:
        raise PartsDoNotFitError(
            why_zh="各间的租户或租期不同", why_en="the rooms are not let to the same until the same day"
        )
    now = session.clock.now()
    for room, tenancies in zip(old, lasting, strict=True):
        room.retired_at = now
        for each in tenancies:
            _end(session, each, on)
    session.flush()
    new = [new_room(session, building=building, words=each) for each in words]
    session.add_all(
        RoomOrigin(organisation_id=room.organisation_id, room_id=room.id, from_id=source.id, how=how, happened_at=now)
        for room in new
        for source in old
    )
    for holder_id, starts_on, ends_on in held.pop():
        term = {"holder_id": holder_id, "starts_on": starts_on, "ends_on": ends_on}
        session.add_all(Tenancy(organisation_id=room.organisation_id, room_id=room.id, **term) for room in new)
    session.flush()
    _note(session, building, old, new, how=how, by=by)
    return new


def _from(tenancy: Tenancy, on: date) -> tuple[int, date, date | None]:
    """Return who holds the new rooms, from when until when: a tenancy that begins later begins later there, too."""
    return tenancy.holder_id, max(tenancy.starts_on, on), tenancy.ends_on


def _end(session: Session, tenancy: Tenancy, on: date) -> None:
    if tenancy.starts_on < on:
        tenancy.ends_on = on
    else:  # it would have lasted no day
        session.delete(tenancy)


def _note(
    session: Session, building: Building, old: Sequence[Room], new: Sequence[Room], *, how: Rebuilding, by: Actor
) -> None:
    action = EstateAction.ROOM_SPLIT if how is Rebuilding.SPLIT else EstateAction.ROOM_MERGED
    becomes = {"rooms": [room.id for room in new], "numbers": [room.number for room in new]}
    for room in old:
        before = described(room)
        record(session, by=by, action=action, subject=room, before=before, after=becomes, park_id=building.park_id)
    for room in new:
        after = {**described(room), "from": [source.id for source in old]}
        record(session, by=by, action=EstateAction.ROOM_ADDED, subject=room, after=after, park_id=building.park_id)
