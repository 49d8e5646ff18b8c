"""Walls built and torn down: one room becomes several, several become one; the old ones keep their history."""

from collections.abc import Sequence
from datetime import date

from backend.audit.recording import Actor, record
from backend.estate.actions import EstateAction
from backend.estate.errors import PartsDoNotFitError
from backend.estate.models import Building, Rebuilding, Room, RoomOrigin, Tenancy
from backend.estate.rooms import RoomWords, described, live_room, new_room, open_tenancy
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
    tenancies = [open_tenancy(session, room=room) for room in old]
    holders = {tenancy.holder_id if tenancy else None for tenancy in tenancies}
    if len(holders) != 1:
        raise PartsDoNotFitError(why_zh="各间租户不同", why_en="the rooms have different tenants")
    now = session.clock.now()
    for room, tenancy in zip(old, tenancies, strict=True):
        room.retired_at = now
        _end(session, tenancy, on)
    session.flush()
    new = [new_room(session, building=building, words=each) for each in words]
    session.add_all(
        RoomOrigin(organisation_id=room.organisation_id, room_id=room.id, from_id=source.id, how=how, happened_at=now)
        for room in new
        for source in old
    )
    for holder_id in holders - {None}:
        session.add_all(
            Tenancy(organisation_id=room.organisation_id, room_id=room.id, holder_id=holder_id, starts_on=on)
            for room in new
        )
    session.flush()
    _note(session, building, old, new, how=how, by=by)
    return new


def _end(session: Session, tenancy: Tenancy | None, on: date) -> None:
    if tenancy is None:
        return
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
