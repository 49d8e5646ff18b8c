"""Open a breaker for a walk test, and close what was opened."""

from backend.audit.recording import Actor, record
from backend.kernel.db import Session
from backend.metering.actions import MeteringAction
from backend.metering.causes import CommandCause
from backend.metering.command_models import MeterCommand
from backend.metering.commands.commanding import queue_command
from backend.metering.models import Meter
from backend.metering.walk_models import WalkStep, WalkTest
from meter_bridge.protocol import CommandKind, CommandState

OPENS_WITHIN, CLOSES_WITHIN = 120, 86_400  # seconds
REASON = "走查"


def close_again(session: Session, *, walk: WalkTest, step: WalkStep, by: Actor) -> None:
    """Order the breaker closed that a step opened. Raises BreakerLockedError."""
    opened = session.get(MeterCommand, step.opened_by_command) if step.opened_by_command else None
    if opened is not None and opened.state is CommandState.CANCELLED:
        step.opened_by_command = None  # nobody wrote it
    elif opened is not None and step.closed_by_command is None:
        step.closed_by_command = switch(session, by, walk, step, CommandKind.CLOSE_BREAKER)


def switch(session: Session, by: Actor, walk: WalkTest, step: WalkStep, kind: CommandKind) -> int:
    """Order a breaker of a walk switched, with an entry in its trail; returns the number of the command."""
    meter = session.get_one(Meter, step.meter_id)
    within = OPENS_WITHIN if kind is CommandKind.OPEN_BREAKER else CLOSES_WITHIN
    command = queue_command(
        session, meter=meter, kind=kind, cause=CommandCause.STAFF, request_id=by.request_id, expires_in=within
    )
    after, action = {"kind": kind.value, "command": command.reference}, MeteringAction.COMMAND_ASKED
    reason = f"{REASON} {walk.id} {walk.cut_reason}".strip()
    record(session, by=by, action=action, subject=meter, after=after, reason=reason, park_id=walk.park_id)
    return command.id
