"""A meter: live values, what it was asked to do, and asking it to do something."""

from flask import Response, request

from backend.admin.details.forms import required
from backend.admin.details.seeing_meters import MeterSight, meter_sight
from backend.admin.kit.page import BASE, back, blueprint, current, flash, for_staff, office, scope, show, t, visitor
from backend.audit.queries import entries_of
from backend.audit.recording import record
from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError
from backend.metering.actions import MeteringAction
from backend.metering.causes import CommandCause
from backend.metering.commanding import cancel_queued, find_command, queue_command
from backend.runtime import runtime
from backend.staff.roles import Permission
from meter_bridge.protocol import CommandKind

ASKED = {"open": CommandKind.OPEN_BREAKER, "close": CommandKind.CLOSE_BREAKER, "read": CommandKind.READ_NOW}
PATIENCE = 120.0  # seconds: who stands before the meter does not wait longer, and nothing shall switch after they left


@blueprint.get("/meters/<int:number>")
@for_staff(Permission.VIEW_ESTATE)
def meter(number: int) -> Response:
    """Show a meter. Raises NotFoundError."""
    reach = scope(Permission.VIEW_ESTATE)
    with office().reading() as session:
        sight = meter_sight(session, scope=reach, meter_id=number)
        entries = entries_of(session, scope=reach, subject=sight.meter)
    return show("meter.html", sight=sight, entries=entries, may_operate=_may_operate(sight), may_lock=may_lock(sight))


@blueprint.get("/meters/<int:number>/live")
@for_staff(Permission.VIEW_ESTATE)
def live(number: int) -> Response:
    """Show what a meter said last and what it was asked to do: the part of its page that is asked for again."""
    with office().reading() as session:
        sight = meter_sight(session, scope=scope(Permission.VIEW_ESTATE), meter_id=number)
    return show("live.html", sight=sight, may_operate=_may_operate(sight))


@blueprint.post("/meters/<int:number>/ask")
@for_staff(Permission.OPERATE_BREAKERS)
def ask(number: int) -> Response:
    """Queue a command; opening and closing need the password told again and a reason that is kept for ever."""
    kind = ASKED.get(request.form.get("do", ""))
    if kind is None:
        raise NotFoundError
    who, reason = current(), None
    if kind is not CommandKind.READ_NOW:
        who.require_proof(runtime().clock.now())
        reason = required("reason")

    def queued(session: Session) -> None:
        reach, request_id = scope(Permission.OPERATE_BREAKERS), visitor().request_id
        sight = meter_sight(session, scope=reach, meter_id=number)
        asked, cause = sight.meter, CommandCause.STAFF
        command = queue_command(
            session, meter=asked, kind=kind, cause=cause, request_id=request_id, expires_in=PATIENCE
        )
        record(
            session,
            by=who.actor(request_id),
            action=MeteringAction.COMMAND_ASKED,
            subject=sight.meter,
            after={"kind": kind.value, "command": command.reference},
            reason=reason,
            park_id=sight.park.id,
        )

    office().run(queued)
    runtime().bell.ring("commands")
    flash(t("指令已提交，等待电表回读确认。"))
    return back(f"{BASE}/meters/{number}")


@blueprint.post("/meters/<int:number>/cancel/<reference>")
@for_staff(Permission.OPERATE_BREAKERS)
def cancel(number: int, reference: str) -> Response:
    """Take a command back that nobody wrote yet. Raises NotFoundError."""

    def taken(session: Session) -> None:
        reach, who = scope(Permission.OPERATE_BREAKERS), current()
        sight = meter_sight(session, scope=reach, meter_id=number)
        command = find_command(session, organisation_id=who.organisation_id, reference=reference)
        if command.meter_id != sight.meter.id or command.kind is CommandKind.TOP_UP:
            raise NotFoundError
        cancel_queued(session, command=command, reason=who.login)
        by, before = who.actor(visitor().request_id), {"command": reference, "kind": command.kind.value}
        action = MeteringAction.COMMAND_WITHDRAWN
        record(session, by=by, action=action, subject=sight.meter, before=before, park_id=sight.park.id)

    office().run(taken)
    flash(t("指令已取消。"))
    return back(f"{BASE}/meters/{number}")


def may_lock(sight: MeterSight) -> bool:
    """Say whether who asks may hang locks here."""
    return current().may(Permission.LOCK_FOR_MAINTENANCE, sight.park.id)


def may_install(sight: MeterSight) -> bool:
    """Say whether who asks may hang another meter here."""
    return current().may(Permission.INSTALL_METERS, sight.park.id)


def _may_operate(sight: MeterSight) -> bool:
    return current().may(Permission.OPERATE_BREAKERS, sight.park.id)
