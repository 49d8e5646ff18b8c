"""Rooms: a new one, another description, another building."""

from typing import Any

from flask import Response, request

from backend.admin.changing.room_fields import room_fields, words_of
from backend.admin.forms.field import Field, number_of
from backend.admin.forms.form import Form, ask, take
from backend.admin.kit.page import BASE, acting, blueprint, chosen_park, for_staff, office, scope
from backend.estate.queries import RoomSight, buildings_seen, parks_seen, room_story
from backend.estate.rooms import RoomWords, change_room, furnish_room, move_room
from backend.kernel.db import Session
from backend.staff.roles import Permission

CHANGE = Permission.CHANGE_ESTATE
LIST = (f"{BASE}/rooms", "房间")


@blueprint.get("/rooms/new")
@for_staff(CHANGE)
def new_room_page() -> Response:
    """Ask what a new room is like, in the building that the address names."""
    return ask(_new_form())


@blueprint.post("/rooms/new")
@for_staff(CHANGE)
def new_room() -> Response:
    """Add a room to a building."""

    def furnished(session: Session, told: dict[str, Any]) -> str:
        words = words_of(told)
        made = furnish_room(session, scope=scope(CHANGE), building_id=told["building"], words=words, by=acting())
        return f"{BASE}/rooms/{made.id}"

    return take(_new_form(), furnished, "房间已新增。")


@blueprint.get("/rooms/<int:number>/change")
@for_staff(CHANGE)
def room_words_page(number: int) -> Response:
    """Ask for another description. Raises NotFoundError."""
    return ask(_change_form(number))


@blueprint.post("/rooms/<int:number>/change")
@for_staff(CHANGE)
def room_words(number: int) -> Response:
    """Describe or number a room anew. Raises NotFoundError."""

    def changed(session: Session, told: dict[str, Any]) -> str:
        change_room(session, scope=scope(CHANGE), room_id=number, words=words_of(told), by=acting())
        return f"{BASE}/rooms/{number}"

    return take(_change_form(number), changed, "房间已修改。")


@blueprint.get("/rooms/<int:number>/move")
@for_staff(CHANGE)
def room_place_page(number: int) -> Response:
    """Ask into which building. Raises NotFoundError."""
    return ask(_move_form(number))


@blueprint.post("/rooms/<int:number>/move")
@for_staff(CHANGE)
def room_place(number: int) -> Response:
    """Put a room into another building of its park. Raises NotFoundError."""

    def moved(session: Session, told: dict[str, Any]) -> str:
        place = {"building_id": told["building"], "floor": told["floor"]}
        move_room(session, scope=scope(CHANGE), room_id=number, **place, by=acting())
        return f"{BASE}/rooms/{number}"

    return take(_move_form(number), moved, "房间已移动。")


def room_to_change(number: int) -> RoomSight:
    """Return a room that somebody may change. Raises NotFoundError."""
    with office().reading() as session:
        return room_story(session, scope=scope(CHANGE), room_id=number).sight


def room_above(sight: RoomSight) -> tuple[str, str]:
    """Return where the forms of a room belong."""
    return f"{BASE}/rooms/{sight.room.id}", f"{sight.building.name} {sight.room.number}"


def building_field(park_id: int | None, value: str = "") -> Field:
    """Return the field for a building of a park, or of all parks one may change."""
    with office().reading() as session:
        parks = {each.id: each.name for each in parks_seen(session, scope=scope(CHANGE))}
        buildings = buildings_seen(session, scope=scope(CHANGE), park_id=park_id)
    several = len({each.park_id for each in buildings}) > 1
    choices = [(str(b.id), f"{parks[b.park_id]} · {b.name}" if several else b.name) for b in buildings]
    return Field("building", "楼栋", "choice", number_of, value=value, choices=choices)


def _new_form() -> Form:
    building = building_field(chosen_park(), request.args.get("building", ""))
    return Form("新增房间", (building, *room_fields()), "新增", LIST)


def _change_form(number: int) -> Form:
    sight = room_to_change(number)
    room = sight.room
    words = RoomWords(room.floor, room.number, room.area_dm2, room.kind, room.phase, room.remark)
    told = ("改号后，租约、电表和历史都留在这个房间。",)
    return Form("修改房间", room_fields(words), "保存", room_above(sight), told=told)


def _move_form(number: int) -> Form:
    sight = room_to_change(number)
    fields = (
        building_field(sight.park.id, str(sight.building.id)),
        Field("floor", "楼层", value=sight.room.floor, longest=20),
    )
    told = ("房间带着租约、电表和历史一起移到同一园区的另一栋楼。",)
    return Form("移到其他楼栋", fields, "移动", room_above(sight), told=told)
