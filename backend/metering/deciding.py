"""What a person decides about money that no reading can prove, and about a frozen meter."""

from backend.kernel.db import Session
from backend.metering import freezing, transitions
from backend.metering.command_models import MeterCommand
from backend.metering.errors import AlreadySettledError, StillPermittedError
from backend.metering.locking import lock_command, lock_meter
from backend.metering.models import Meter
from meter_bridge.protocol import CommandState, Order


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
        _refuse_while_permitted(session, command)
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


def _refuse_while_permitted(session: Session, command: MeterCommand) -> None:
    """Wait for the end of an order that one run was given and another read back: its holder may only be asleep.

    A run that told the outcome of its own order writes no more, so then nobody has to wait.
    """
    if command.signed is None:
        return
    order = Order.model_validate_json(command.signed["payload"])
    if order.fence != command.fence and order.expires_at > session.database_now():
        raise StillPermittedError(until=f"{order.expires_at:%H:%M:%S} UTC")


def unfreeze(session: Session, *, meter: Meter, reason: str, by: str, new_epoch: bool) -> Meter:
    """Let money go to a frozen meter again; a new epoch accepts whatever count the meter shows now.

    by: the public reference of who decides. A meter that is not frozen is left as it is.
    """
    meter = lock_meter(session, meter.id)
    if meter.frozen_reason is None:
        return meter
    facts = {"frozen_reason": meter.frozen_reason, "reason": reason, "by": by, "new_epoch": new_epoch}
    freezing.tell(session, meter=meter, topic="meter_unfrozen", facts=facts, request_id="")
    meter.frozen_reason = None
    if new_epoch:
        meter.epoch += 1
    return meter
