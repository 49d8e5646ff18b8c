"""Set the clocks of a whole line."""

from flask import Response
from sqlalchemy import select

from backend.admin.kit.page import BASE, back, blueprint, current, flash, for_staff, office, scope, t, visitor
from backend.admin.lines.seeing_lines import line_seen
from backend.kernel.db import Session
from backend.metering.commands.operating import order_clocks
from backend.metering.models import Meter, MeterState
from backend.runtime import runtime
from backend.staff.roles import Permission

OPERATE = Permission.OPERATE_BREAKERS


@blueprint.post("/lines/<int:number>/clocks")
@for_staff(OPERATE)
def set_line_clocks(number: int) -> Response:
    """Have the clocks of all meters of a line set, by the broadcast where they hear one. Raises NotFoundError."""
    profiles, by = runtime().profiles, current().actor(visitor().request_id)

    def ordered(session: Session) -> int:
        park_id = line_seen(session, scope=scope(OPERATE), line_id=number, profiles=profiles).park.id
        there = select(Meter).filter_by(line_id=number, state=MeterState.ACTIVE).order_by(Meter.id)
        meters = [(meter, park_id) for meter in session.scalars(there)]
        return order_clocks(session, meters=meters, profiles=profiles, by=by)

    asked = office().run(ordered)
    runtime().bell.ring("commands")
    flash(t("已为 {n} 只表下达校时，等待逐只回读确认。", n=asked) if asked else t("这条线路上没有能校时的表。"))
    return back(f"{BASE}/lines/{number}")
