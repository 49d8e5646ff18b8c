"""The form by which a meter is hung in a room."""

from typing import Any

from flask import Response

from backend.admin.details.seeing_exchanges import lines_of_park
from backend.admin.exchanging.fields import details_of, new_fields
from backend.admin.forms.form import Form, ask, take
from backend.admin.kit.page import BASE, acting, blueprint, for_staff, office, scope
from backend.estate.queries import room_story
from backend.kernel.db import Session
from backend.metering.field.installing import NewMeter, install_meter
from backend.runtime import runtime
from backend.staff.roles import Permission

INSTALL = Permission.INSTALL_METERS


@blueprint.get("/rooms/<int:number>/meters/new")
@for_staff(INSTALL)
def new_meter_page(number: int) -> Response:
    """Ask which meter hangs in a room, and how it is read. Raises NotFoundError."""
    return ask(_form(number))


@blueprint.post("/rooms/<int:number>/meters/new")
@for_staff(INSTALL)
def new_meter(number: int) -> Response:
    """Hang a meter in a room. Raises NotFoundError."""

    def installed(session: Session, told: dict[str, Any]) -> str:
        wish = NewMeter(
            number=told["number"],
            serial=told["serial"],
            line_id=int(told["line"]),
            unit=told["unit"],
            profile=runtime().profiles[told["profile"]],
            details=details_of(told),
        )
        made = install_meter(session, scope=scope(INSTALL), room_id=number, wish=wish, by=acting())
        return f"{BASE}/meters/{made.id}"

    answer = take(_form(number), installed, "电表已登记，正在第一次抄表。")
    runtime().bell.ring("commands")
    return answer


def _form(number: int) -> Form:
    with office().reading() as session:
        sight = room_story(session, scope=scope(INSTALL), room_id=number).sight
        lines = lines_of_park(session, park_id=sight.park.id)
    told: tuple[str, ...] = ("先在现场装好并送电，再登记；登记后立即抄表，抄到的出厂编号与登记不符时会提示。",)
    if not lines:
        told = (*told, "这个园区还没有线路：请先登记网关和线路。")
    above = (f"{BASE}/rooms/{number}", f"{sight.building.name} {sight.room.number}")
    return Form("安装电表", new_fields(lines, runtime().profiles), "登记", above, told=told)
