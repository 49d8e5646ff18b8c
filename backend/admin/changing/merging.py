"""A wall torn down: rooms become one."""

from typing import Any

from flask import Response
from sqlalchemy import select

from backend.admin.changing.describing import room_above, room_to_change
from backend.admin.changing.room_fields import room_fields, words_of
from backend.admin.changing.today import on_field
from backend.admin.forms.field import Field, numbers_of
from backend.admin.forms.form import Form, ask, take
from backend.admin.kit.page import BASE, acting, blueprint, for_staff, office, scope
from backend.estate.models import Room
from backend.estate.rooms import RoomWords
from backend.kernel.db import Session
from backend.lifecycle.rebuilding import merge_with_meters
from backend.staff.roles import Permission

CHANGE = Permission.CHANGE_ESTATE


@blueprint.get("/rooms/<int:number>/merge")
@for_staff(CHANGE)
def merge_page(number: int) -> Response:
    """Ask with which rooms. Raises NotFoundError."""
    return ask(_merge_form(number))


@blueprint.post("/rooms/<int:number>/merge")
@for_staff(CHANGE)
def merge(number: int) -> Response:
    """Merge a room with others of its building. Raises NotFoundError."""

    def done(session: Session, told: dict[str, Any]) -> str:
        rooms, whole = [number, *told["rooms"]], words_of(told)
        made = merge_with_meters(session, scope=scope(CHANGE), room_ids=rooms, whole=whole, on=told["on"], by=acting())
        return f"{BASE}/rooms/{made.id}"

    return take(_merge_form(number), done, "房间已合并。")


def _merge_form(number: int) -> Form:
    sight = room_to_change(number)
    with office().reading() as session:
        beside = select(Room).filter_by(building_id=sight.building.id, retired_at=None).where(Room.id != number)
        others = [(str(each.id), each.number) for each in session.scalars(beside.order_by(Room.level, Room.number))]
    whole = RoomWords(sight.room.floor, sight.room.number, None, sight.room.kind, sight.room.phase, sight.room.remark)
    rooms = Field("rooms", "与这些房间合并", "checks", numbers_of, choices=others)
    told = "只能合并同一租户（或都空置）的房间。原房间停用，电表都归入新房间，历史保留。"
    fields = (rooms, *room_fields(whole), on_field())
    return Form("合并房间", fields, "合并", room_above(sight), told=(told,), danger=True)
