"""The form by which a meter that was described wrongly is read in another way."""

from typing import Any

from flask import Response, request

from backend.admin.details.seeing_meters import MeterSight, meter_sight
from backend.admin.exchanging.fields import profile_field, ratio_fields, register
from backend.admin.forms.field import Field
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
from backend.lifecycle.restatement import Restatement
from backend.lifecycle.restating import restate_meter
from backend.metering.field.closing import FRESH, Shown
from backend.metering.models import MeterState
from backend.runtime import runtime
from backend.staff.roles import Permission

INSTALL = Permission.INSTALL_METERS


@blueprint.get("/meters/<int:number>/restate")
@for_staff(INSTALL)
def restate_page(number: int) -> Response:
    """Ask which model a meter really is and behind which transformers it hangs. Raises NotFoundError."""
    sight, form = _asked(number)
    if sight.meter.state is MeterState.RETIRED:
        return go(f"{BASE}/meters/{number}")
    return ask(form) if is_proved() else prove_first()


@blueprint.post("/meters/<int:number>/restate")
@for_staff(INSTALL)
def restate(number: int) -> Response:
    """Read a meter in another way from now on; the same form sent twice does it once.

    Needs the password told again: a ratio multiplies what a tenant pays. Raises NotFoundError.
    """
    current().require_proof(runtime().clock.now())

    def restated(session: Session, told: dict[str, Any]) -> str:
        wish = Restatement(
            profile=runtime().profiles[told["profile"]],
            ct_ratio=told["ct_ratio"],
            pt_ratio=told["pt_ratio"],
            shown=Shown(told["energy"]),
            reason=told["reason"],
        )
        made = restate_meter(session, who=current(), meter_id=number, told=wish, request_id=visitor().request_id)
        return f"{BASE}/meters/{made.new_meter_id}"

    answer = take(_asked(number)[1], restated, "已更正。此后的读数按新的登记计量，与此前的不相比较。")
    runtime().bell.ring("commands")
    return answer


def _asked(number: int) -> tuple[MeterSight, Form]:
    with office().reading() as session:
        sight = meter_sight(session, scope=scope(INSTALL), meter_id=number)
    meter, view = sight.meter, sight.view
    told = [
        "表没有换，只是登记与现场不符，或更换了互感器：从提交起按新的登记计量，此前的用量不会重算。",
        "换了另一只表请用“换表”。",
    ]
    if view.age_seconds is not None and view.age_seconds <= FRESH.total_seconds():
        at = {"energy": kwh(meter.displayed(view.energy_wh or 0)), "ago": moment(view.read_at)}
        told.append(t("{ago}抄到表显 {energy}：与显示一致时，示数可以留空。", **at))
    else:
        told.append("最近十分钟没有抄到。改倍率前请先点“立即抄表”，或照显示填写示数。")
    shown: dict[str, Any] = {"required": False, "nothing": None, "read": register}
    fields = (
        profile_field(meter.profile, runtime().profiles),
        *ratio_fields(meter.ct_ratio, meter.pt_ratio),
        Field("energy", "现在表上显示的电能（kWh）", hint="不乘倍率，照显示填写。", **shown),
        Field("reason", "更正原因（会永久保存）", longest=200),
    )
    above = (f"{BASE}/meters/{number}", meter.number)
    back = (("back", request.path),)
    return sight, Form("更正表型、倍率", fields, "更正", above, told=tuple(told), hidden=back, danger=True)
