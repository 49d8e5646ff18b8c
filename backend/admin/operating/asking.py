"""Ask a meter to do something, and take it back as long as nobody wrote it."""

from flask import Response, request

from backend.admin.details.forms import required
from backend.admin.details.seeing_meters import meter_sight
from backend.admin.kit.page import BASE, back, blueprint, current, flash, for_staff, office, scope, t, visitor
from backend.admin.operating.operations import OPERATIONS
from backend.audit.recording import record
from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError
from backend.metering.actions import MeteringAction
from backend.metering.commands.commanding import cancel_queued, find_command
from backend.metering.commands.operating import order_operation
from backend.metering.lines.silence import Medium
from backend.runtime import runtime
from backend.staff.roles import Permission
from meter_bridge.protocol import CommandKind

OPERATE = Permission.OPERATE_BREAKERS
# Money is refunded; a parameter taken back makes wanted what was wanted before, and takes who may set it.
ELSEWHERE = (CommandKind.TOP_UP, CommandKind.WRITE_PARAMETER)


@blueprint.post("/meters/<int:number>/ask")
@for_staff(OPERATE)
def ask(number: int) -> Response:
    """Queue a command; a dangerous one needs the password told again and a reason that is kept for ever."""
    asked = next((each for each in OPERATIONS if each.what == request.form.get("do")), None)
    if asked is None:
        raise NotFoundError
    who, reason = current(), None
    if asked.dangerous:
        who.require_proof(runtime().clock.now())
        reason = required("reason")

    def queued(session: Session) -> Medium:
        sight = meter_sight(session, scope=scope(OPERATE), meter_id=number)
        order_operation(
            session,
            meter=sight.meter,
            kind=asked.kind,
            profiles=runtime().profiles,
            by=who.actor(visitor().request_id),
            reason=reason,
            park_id=sight.park.id,
        )
        return sight.medium

    medium = office().run(queued)
    runtime().bell.ring("commands")
    flash(t("指令已提交，等待电表回读确认。", medium))
    return back(f"{BASE}/meters/{number}")


@blueprint.post("/meters/<int:number>/cancel/<reference>")
@for_staff(OPERATE)
def cancel(number: int, reference: str) -> Response:
    """Take a command back that nobody wrote yet; a parameter is taken back as one. Raises NotFoundError."""

    def taken(session: Session) -> None:
        reach, who = scope(OPERATE), current()
        sight = meter_sight(session, scope=reach, meter_id=number)
        command = find_command(session, organisation_id=who.organisation_id, reference=reference)
        if command.meter_id != sight.meter.id or command.kind in ELSEWHERE:
            raise NotFoundError
        cancel_queued(session, command=command, reason=who.login)
        by, before = who.actor(visitor().request_id), {"command": reference, "kind": command.kind.value}
        action = MeteringAction.COMMAND_WITHDRAWN
        record(session, by=by, action=action, subject=sight.meter, before=before, park_id=sight.park.id)

    office().run(taken)
    flash(t("指令已取消。"))
    return back(f"{BASE}/meters/{number}")
