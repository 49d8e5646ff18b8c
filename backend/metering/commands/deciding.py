"""What a person decides about money that no reading can prove, and about a frozen meter."""

from datetime import datetime

from sqlalchemy import func, select

from backend.kernel.db import Session
from backend.metering.command_models import UNSETTLED, MeterCommand
from backend.metering.commands import freezing, transitions
from backend.metering.errors import AlreadySettledError, StillPermittedError
from backend.metering.locking import lock_command, lock_meter
from backend.metering.models import Meter
from meter_bridge.protocol import CommandKind, CommandState


def decide(
    session: Session, *, command: MeterCommand, taken: bool, reason: str, by: str, again: bool = False
) -> MeterCommand:
    """End the doubt about a held command: the meter took it, or it did not, and then it may be sent again.

    by: the public reference of who decides. The caller then settles the order. Raises AlreadySettledError, and
    StillPermittedError while "not taken" could come untrue.
    """
    command = lock_command(session, command.id)
    if command.state is not CommandState.HELD:
        raise AlreadySettledError
    if not taken:
        _refuse_while_permitted(session, command.permitted_until)
    facts = {"taken": taken, "again": again, "reason": reason, "by": by}
    key = f"{command.reference}:{command.attempts}"
    transitions.tell(session, command, "command_decided", key=key, **facts)
    if taken:
        command.note = reason
        command.epoch = command.epoch or session.get_one(Meter, command.meter_id).epoch
        transitions.confirm(session, command)
    elif again:
        transitions.send_anew(command)
    else:
        transitions.refuse(session, command, why=reason)
    return command


def hold(session: Session, *, command: MeterCommand, reason: str, by: str) -> MeterCommand:
    """Set money aside that was permitted once and that its meter can no longer tell about, so that a person decides.

    Raises AlreadySettledError for what is settled, held, or was never permitted, and StillPermittedError.
    """
    command = lock_command(session, command.id)
    begun = command.state is CommandState.UNKNOWN or (command.state is CommandState.QUEUED and command.signed)
    if not begun or command.kind is not CommandKind.TOP_UP:
        raise AlreadySettledError
    _refuse_while_permitted(session, command.permitted_until)
    transitions.set_aside(session, command, why=f"{reason} ({by})")
    return command


def unfreeze(session: Session, *, meter: Meter, reason: str, by: str, new_epoch: bool) -> Meter:
    """Let money go to a frozen meter again; a new epoch accepts whatever count the meter shows now.

    by: the public reference of who decides. A meter that is not frozen is left as it is. Raises StillPermittedError
    while a new count could come untrue.
    """
    meter = lock_meter(session, meter.id)
    if meter.frozen_reason is None:
        return meter
    if new_epoch:
        _refuse_while_permitted(session, _permitted_until(session, meter))
    facts = {"frozen_reason": meter.frozen_reason, "reason": reason, "by": by, "new_epoch": new_epoch}
    freezing.tell(session, meter=meter, topic="meter_unfrozen", facts=facts, request_id="")
    meter.frozen_reason = None
    if new_epoch:
        meter.epoch, meter.first_count = meter.epoch + 1, None
    return meter


def _permitted_until(session: Session, meter: Meter) -> datetime | None:
    open_ones = select(func.max(MeterCommand.permitted_until)).where(
        MeterCommand.meter_id == meter.id, MeterCommand.state.in_(UNSETTLED)
    )
    return session.scalars(open_ones).one()


def _refuse_while_permitted(session: Session, until: datetime | None) -> None:
    """Wait for the end of an order whose holder fell silent: it may only be asleep."""
    if until is not None and until > session.database_now():
        raise StillPermittedError(until=f"{until:%H:%M:%S} UTC")
