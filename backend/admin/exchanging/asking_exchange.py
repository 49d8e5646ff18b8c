"""The form by which a meter is exchanged, and the photo that was taken."""

from typing import Any

from flask import Response, make_response, request

from backend.admin.details.seeing_exchanges import lines_of_park, photo_inside
from backend.admin.details.seeing_meters import MeterSight, meter_sight
from backend.admin.exchanging.fields import details_of, fields_of
from backend.admin.forms.form import Form, ask, take
from backend.admin.kit.page import (
    BASE,
    blueprint,
    current,
    for_staff,
    go,
    is_proved,
    office,
    prove_first,
    scope,
    t,
    visitor,
)
from backend.admin.kit.writing import kwh, moment
from backend.kernel.db import Session
from backend.lifecycle.exchange_wish import Wish
from backend.lifecycle.exchanging import exchange_meter
from backend.metering.field.closing import FRESH, Shown
from backend.metering.models import MeterState
from backend.runtime import runtime
from backend.staff.roles import Permission

INSTALL = Permission.INSTALL_METERS


@blueprint.get("/field/<int:number>/exchange")
@for_staff(INSTALL)
def exchange_page(number: int) -> Response:
    """Ask what the old meter shows and which one hangs there now. Raises NotFoundError."""
    sight, form = _asked(number)
    if sight.meter.state is MeterState.RETIRED:
        return go(f"{BASE}/field/{number}")
    return ask(form) if is_proved() else prove_first()


@blueprint.post("/field/<int:number>/exchange")
@for_staff(INSTALL)
def exchange(number: int) -> Response:
    """Exchange a meter; the same form sent twice is one exchange.

    Needs the password told again: registers close and credit moves for good. Raises NotFoundError.
    """
    current().require_proof(runtime().clock.now())

    def exchanged(session: Session, told: dict[str, Any]) -> str:
        who, request_id, wish = current(), visitor().request_id, _wish(told)
        made = exchange_meter(session, who=who, meter_id=number, wish=wish, request_id=request_id)
        return f"{BASE}/field/{made.new_meter_id}"

    answer = take(_asked(number)[1], exchanged, "换表已登记。新表第一次应答且出厂编号相符后才算完成。")
    runtime().bell.ring("commands")
    return answer


@blueprint.get("/exchanges/<int:number>/photo")
@for_staff(Permission.VIEW_ESTATE)
def exchange_photo(number: int) -> Response:
    """Show the display of the old meter to who may see the meter. Raises NotFoundError."""
    with office().reading() as session:
        photo = photo_inside(session, scope=scope(Permission.VIEW_ESTATE), exchange_id=number)
    answer = make_response(photo.content)
    answer.headers["Content-Type"] = photo.media_type
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


def _asked(number: int) -> tuple[MeterSight, Form]:
    with office().reading() as session:
        sight = meter_sight(session, scope=scope(INSTALL), meter_id=number)
        lines = lines_of_park(session, park_id=sight.park.id)
    view = sight.view
    read = view.age_seconds is not None and view.age_seconds <= FRESH.total_seconds()
    told = ["先换好新表并送电，再提交。尚未下发的充值会转到新表；旧表里剩余的钱记为待结清。"]
    if read:
        at = {"energy": kwh(sight.meter.displayed(view.energy_wh or 0)), "ago": moment(view.read_at)}
        told.append(t("旧表{ago}抄到 {energy}：与显示一致时，示数可以留空。", **at))
    else:
        told.append("旧表最近十分钟没有抄到。先回上一页点“立即抄表”；它不应答时，照显示填写。")
    fields = fields_of(sight.meter, lines=lines, profiles=runtime().profiles, read=read)
    above = (f"{BASE}/field/{number}", f"{sight.building.name} {sight.room.number}")
    back = (("back", request.path),)
    return sight, Form("换表", fields, "登记换表", above, told=tuple(told), hidden=back, danger=True)


def _wish(told: dict[str, Any]) -> Wish:
    return Wish(
        number=told["number"],
        serial=told["serial"],
        line_id=int(told["line"]),
        unit=told["unit"],
        profile=runtime().profiles[told["profile"]],
        shown=Shown(told["energy"], told.get("credit"), told.get("count")),
        photo=told["photo"],
        reason=told["reason"],
        details=details_of(told),
    )
