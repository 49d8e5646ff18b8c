"""A room that is no more."""

from typing import Any

from flask import Response

from backend.admin.changing.describing import room_above, room_to_change
from backend.admin.changing.today import today
from backend.admin.forms.field import Field
from backend.admin.forms.form import Form, ask, take
from backend.admin.kit.page import BASE, acting, blueprint, for_staff, office, scope, t
from backend.estate.models import Room
from backend.estate.rooms import lasting_tenancies
from backend.kernel.db import Session
from backend.lifecycle.rebuilding import retire_empty
from backend.metering.field.rehanging import meters_of_room
from backend.staff.roles import Permission

CHANGE = Permission.CHANGE_ESTATE


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


def _retire_form(number: int) -> Form:
    sight = room_to_change(number)
    with office().reading() as session:
        room = session.get_one(Room, number)
        let = bool(lasting_tenancies(session, room=room, on=today()))
        meters = [meter.number for meter in meters_of_room(session, room_id=number)]
    told = ["停用后房号可以重新使用，房间的历史仍然保留。"]
    if let:
        told.append("房间还有未结束的租约，请先退租。")
    if meters:
        told.append(t("房间里还有电表：{meters}，请先移走。", meters="、".join(meters)))
    reason = Field("reason", "理由（会永久保存）", longest=200)
    return Form("停用房间", (reason,), "停用", room_above(sight), told=tuple(told), danger=True)
