"""The steps a command can take. Each is taken under the command's row lock; the ends of its life are events."""

from datetime import datetime, timedelta
from typing import Any

from backend.kernel import outbox
from backend.kernel.db import Session
from backend.kernel.metrics import COMMANDS_SETTLED
from backend.metering.causes import WAITING
from backend.metering.command_models import MeterCommand
from backend.metering.lines.runs import Caller
from backend.metering.models import Line
from meter_bridge.protocol import CommandKind, CommandState, Order

FIRST_WAIT = 5.0
LONGEST_WAIT = 300.0
VERIFY_WITHIN = 10.0
LOCKED = "locked"


def wait_after(attempts: int) -> float:
    """Return the seconds of the rules to wait after so many attempts: 5, doubling up to 300."""
    doublings = min(max(attempts, 1) - 1, 6)
    return min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)


def lease(command: MeterCommand, *, line: Line, bridge: Caller, now: datetime) -> None:
    """Hand a command to the bridge that holds its line; it may not write yet."""
    command.state = CommandState.LEASED
    command.fence, command.bridge_id, command.handed_out_at = line.fence, bridge.id, now


def put_back(command: MeterCommand) -> None:
    """Return a command without an intent to the queue: nobody wrote it."""
    command.state = CommandState.QUEUED
    command.fence = command.bridge_id = None


def lose_sight(command: MeterCommand) -> None:
    """Make a command whose writer fell silent unknown; it is read back as soon as somebody holds the line."""
    _remember_permission(command)
    command.state = CommandState.UNKNOWN
    command.next_attempt_at = None


def verify(session: Session, command: MeterCommand, *, line: Line, bridge: Caller, now: datetime) -> None:
    """Hand a command over to be read back, and bind it to this lease: what an earlier one tells counts no more."""
    _remember_permission(command)
    command.state = CommandState.UNKNOWN
    command.fence, command.bridge_id, command.handed_out_at = line.fence, bridge.id, now
    command.next_attempt_at = now + session.span(VERIFY_WITHIN)


def try_later(session: Session, command: MeterCommand) -> None:
    """Put a command back into the queue for another try; a number bound to it stays bound."""
    put_back(command)
    _wait(session, command)


def wait_out(command: MeterCommand, *, until: datetime) -> None:
    """Put a command back into the queue until nobody else may write it any more."""
    put_back(command)
    command.next_attempt_at = until


def disbelieve_silent_runs(command: MeterCommand) -> None:
    """Note that the meter did not take it, read after the end of whatever silent runs were permitted."""
    ended, read_after = command.permitted_until, command.handed_out_at
    if ended is not None and read_after is not None and ended <= read_after:
        command.permitted_until = None


def send_anew(command: MeterCommand) -> None:
    """Put money back into the queue at once, because a person found that the meter did not take it."""
    put_back(command)
    command.purchase_no = None
    command.next_attempt_at = None


def ask_again(session: Session, command: MeterCommand) -> None:
    """Keep a command unknown and have the meter read again later."""
    command.state = CommandState.UNKNOWN
    _wait(session, command)


def confirm(session: Session, command: MeterCommand) -> None:
    """End a command: the meter holds what was ordered."""
    _end(session, command, CommandState.CONFIRMED)
    tell(session, command, "command_confirmed")


def refuse(session: Session, command: MeterCommand, *, why: str) -> None:
    """End a command that the meter did not take and will not be asked to take again."""
    command.purchase_no = None
    command.note = why
    _end(session, command, CommandState.REFUSED)
    tell(session, command, "command_refused")


def cancel(session: Session, command: MeterCommand, *, why: str) -> None:
    """End a command that the meter did not take."""
    command.purchase_no = None
    command.note = why
    _end(session, command, CommandState.CANCELLED)
    tell(session, command, "command_cancelled")


def keep_locked_out(session: Session, command: MeterCommand) -> None:
    """Put what was paid for back until the lock is off; end what somebody else ordered: it would be asked for anew."""
    if command.kind is CommandKind.TOP_UP:
        try_later(session, command)  # the meter may be found closed at the next reading
    elif command.cause in WAITING:
        put_back(command)
    else:
        cancel(session, command, why=LOCKED)


def set_aside(session: Session, command: MeterCommand, *, why: str) -> None:
    """Hold money for a person to decide. A relay or reading is refused instead: what is wanted is asked for anew."""
    if command.kind is not CommandKind.TOP_UP:
        refuse(session, command, why=why)
        return
    command.attempts += 1
    command.note = why
    command.state = CommandState.HELD
    COMMANDS_SETTLED.labels(command.kind, command.state).inc()
    tell(session, command, "command_held", key=f"{command.reference}:{command.attempts}")


def tell(session: Session, command: MeterCommand, topic: str, *, key: str = "", **more: object) -> None:
    """Record what became of a command, with the evidence for it."""
    outbox.record(
        session,
        organisation_id=command.organisation_id,
        topic=topic,
        key=key or command.reference,
        facts=_facts(command) | more,
        request_id=command.request_id,
    )


def _remember_permission(command: MeterCommand) -> None:
    """Note how long the run that got the order may write it. One that tells its own outcome writes no more."""
    if command.state is not CommandState.SENDING or command.signed is None:
        return
    until = Order.model_validate_json(command.signed["payload"]).expires_at
    command.permitted_until = max(until, command.permitted_until or until)


def _end(session: Session, command: MeterCommand, state: CommandState) -> None:
    command.state = state
    command.settled_at = session.clock.now()
    command.next_attempt_at = None
    COMMANDS_SETTLED.labels(command.kind, state).inc()


def _wait(session: Session, command: MeterCommand) -> None:
    command.attempts += 1
    wait: timedelta = session.span(wait_after(command.attempts))
    command.next_attempt_at = session.database_now() + wait


def _facts(command: MeterCommand) -> dict[str, Any]:
    return {
        "command": command.reference,
        "meter_id": command.meter_id,
        "kind": command.kind.value,
        "amount": command.amount,
        "parameter": command.parameter,
        "epoch": command.epoch,
        "purchase_no": command.purchase_no,
        "attempts": command.attempts,
        "before": command.before,
        "after": command.after,
        "note": command.note,
    }
