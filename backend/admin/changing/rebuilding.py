"""Walls built and torn down: split a room, merge rooms, retire one."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from flask import Response, request
from sqlalchemy import select

from backend.admin.changing.describing import room_above, room_to_change
from backend.admin.changing.room_fields import part_fields, room_fields, words_of
from backend.admin.forms.field import Field, day_field, number_of, numbers_of
from backend.admin.forms.form import Form, ask, ask_again, take
from backend.admin.kit.page import BASE, acting, blueprint, for_staff, office, scope, t
from backend.estate.models import Room
from backend.estate.queries import RoomSight
from backend.estate.rooms import RoomWords, lasting_tenancies
from backend.kernel.db import Session
from backend.kernel.entropy import CHINA
from backend.lifecycle.rebuilding import merge_with_meters, retire_empty, split_with_meters
from backend.metering.models import Meter
from backend.metering.rehanging import meters_of_room
from backend.runtime import runtime
from backend.staff.roles import Permission

CHANGE = Permission.CHANGE_ESTATE
FEWEST, MOST = 2, 20
TAKES_METERS = "电表归入"


@blueprint.get("/rooms/<int:number>/split")
@for_staff(CHANGE)
def split_page(number: int) -> Response:
    """Ask into which parts. Raises NotFoundError."""
    return ask(_split_form(number, FEWEST))


@blueprint.post("/rooms/<int:number>/split")
@for_staff(CHANGE)
def split(number: int) -> Response:
    """Split a room with its meters, or ask for one part more. Raises NotFoundError."""
    parts, more = _parts(), bool(request.form.get("more"))
    form = _split_form(number, min(parts + more, MOST))
    if more:
        return ask_again(form, {})
    room = room_to_change(number).room

    def done(session: Session, told: dict[str, Any]) -> str:
        words = [
            RoomWords(room.floor, told[f"number{n}"], told[f"area{n}"], told[f"kind{n}"], room.phase)
            for n in range(parts)
        ]
        meters = {int(key.removeprefix("meter")): part for key, part in told.items() if key.startswith("meter")}
        made = split_with_meters(
            session, scope=scope(CHANGE), room_id=number, parts=words, meters=meters, on=told["on"], by=acting()
        )
        return f"{BASE}/rooms/{made[0].id}"

    return take(form, done, "房间已拆分。")


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


@blueprint.get("/rooms/<int:number>/retire")
@for_staff(CHANGE)
def retire_page(number: int) -> Response:
    """Say what still stands in the room, and ask why it is to go. Raises NotFoundError."""
    return ask(_retire_form(number))


@blueprint.post("/rooms/<int:number>/retire")
@for_staff(CHANGE)
def retire(number: int) -> Response:
    """Retire an empty room. Raises NotFoundError."""

    def done(session: Session, told: dict[str, Any]) -> str:
        retire_empty(session, scope=scope(CHANGE), room_id=number, reason=told["reason"], by=acting())
        return f"{BASE}/rooms/{number}"

    return take(_retire_form(number), done, "房间已停用，历史仍可查看。")


def _parts() -> int:
    told = request.form.get("parts", "")
    known = told.isascii() and told.isdecimal() and len(told) <= len(str(MOST))
    return min(max(int(told), FEWEST), MOST) if known else FEWEST


def _split_form(number: int, parts: int) -> Form:
    sight = room_to_change(number)
    names = [t("第 {n} 间", n=n + 1) for n in range(parts)]
    fields = [_today_field()]
    for n, name in enumerate(names):
        fields += part_fields(n, name, RoomWords("", sight.room.number if n == 0 else "", kind=sight.room.kind))
    places = [(str(n), name) for n, name in enumerate(names)]
    for meter in _meters(sight):
        taken = Field(f"meter{meter.id}", meter.number, "choice", number_of, choices=places)
        fields.append(replace(taken, value="0", group=TAKES_METERS))
    told = "现在的租户继续租用每一间。原房间停用，历史保留；各间面积之和须等于原面积。"
    more = "再加一间" if parts < MOST else ""
    above, hidden = room_above(sight), (("parts", str(parts)),)
    return Form("拆分房间", tuple(fields), "拆分", above, told=(told,), danger=True, more=more, hidden=hidden)


def _merge_form(number: int) -> Form:
    sight = room_to_change(number)
    with office().reading() as session:
        beside = select(Room).filter_by(building_id=sight.building.id, retired_at=None).where(Room.id != number)
        others = [(str(each.id), each.number) for each in session.scalars(beside.order_by(Room.level, Room.number))]
    whole = RoomWords(sight.room.floor, sight.room.number, None, sight.room.kind, sight.room.phase, sight.room.remark)
    rooms = Field("rooms", "与这些房间合并", "checks", numbers_of, choices=others)
    told = "只能合并同一租户（或都空置）的房间。原房间停用，电表都归入新房间，历史保留。"
    fields = (rooms, *room_fields(whole), _today_field())
    return Form("合并房间", fields, "合并", room_above(sight), told=(told,), danger=True)


def _retire_form(number: int) -> Form:
    sight = room_to_change(number)
    with office().reading() as session:
        room = session.get_one(Room, number)
        let = bool(lasting_tenancies(session, room=room, on=_today()))
        meters = [meter.number for meter in meters_of_room(session, room_id=number)]
    told = ["停用后房号可以重新使用，房间的历史仍然保留。"]
    if let:
        told.append("房间还有未结束的租约，请先退租。")
    if meters:
        told.append(t("房间里还有电表：{meters}，请先移走。", meters="、".join(meters)))
    reason = Field("reason", "理由（会永久保存）", longest=200)
    return Form("停用房间", (reason,), "停用", room_above(sight), told=tuple(told), danger=True)


def _meters(sight: RoomSight) -> Sequence[Meter]:
    with office().reading() as session:
        return meters_of_room(session, room_id=sight.room.id)


def _today_field() -> Field:
    return day_field("on", "生效日", value=_today().isoformat())


def _today() -> date:
    return runtime().clock.now().astimezone(CHINA).date()
