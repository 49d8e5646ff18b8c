"""A wall built: a room becomes several, with its meters shared out."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import Response, request

from backend.admin.changing.describing import room_above, room_to_change
from backend.admin.changing.room_fields import part_fields
from backend.admin.changing.today import on_field
from backend.admin.forms.field import Field, number_of
from backend.admin.forms.form import Form, ask, ask_again, take
from backend.admin.kit.page import BASE, acting, blueprint, for_staff, office, scope, t
from backend.estate.queries import RoomSight
from backend.estate.rooms import RoomWords
from backend.kernel.db import Session
from backend.lifecycle.rebuilding import split_with_meters
from backend.metering.field.rehanging import meters_of_room
from backend.metering.models import Meter
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


def _parts() -> int:
    told = request.form.get("parts", "")
    known = told.isascii() and told.isdecimal() and len(told) <= len(str(MOST))
    return min(max(int(told), FEWEST), MOST) if known else FEWEST


def _split_form(number: int, parts: int) -> Form:
    sight = room_to_change(number)
    names = [t("第 {n} 间", n=n + 1) for n in range(parts)]
    fields = [on_field()]
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


def _meters(sight: RoomSight) -> Sequence[Meter]:
    with office().reading() as session:
        return meters_of_room(session, room_id=sight.room.id)
