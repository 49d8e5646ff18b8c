"""What stands against taking a meter down now."""

from datetime import timedelta

from sqlalchemy import select

from backend.kernel.db import Session
from backend.metering.command_models import UNSETTLED, MeterCommand
from backend.metering.commands.transitions import cancel
from backend.metering.exchange_errors import (
    CommandsOpenError,
    LockedByOtherError,
    MoneyHeldError,
    MoneyInDoubtError,
    MoneyOnItsWayError,
    SwitchingUnderWayError,
)
from backend.metering.lock_queries import locks_of
from backend.metering.locking import FRESH
from backend.metering.models import Meter
from meter_bridge.protocol import CommandKind, CommandState, Order

READINGS = (CommandKind.READ_NOW, CommandKind.READ_PARAMETERS)
WIRES = timedelta(seconds=45)  # a frame travels and waits no longer than this after the end of its permission


def refuse_foreign_locks(session: Session, *, meter: Meter, staff_id: int) -> None:
    """Take no meter down behind which somebody else works. Raises LockedByOtherError."""
    for hung in locks_of(session, meter_ids=[meter.id]).get(meter.id, ()):
        if hung.lock.hung_by != staff_id:
            raise LockedByOtherError(who=hung.who, reason=hung.lock.reason)


def waiting_commands(session: Session, *, meter: Meter) -> list[MeterCommand]:
    """Return what waits for a meter, locked, none of which anybody may write any more; its line must be locked.

    Raises MoneyOnItsWayError, MoneyInDoubtError, MoneyHeldError, SwitchingUnderWayError.
    """
    commands = _unsettled(session, meter)
    for command in commands:
        if command.kind is CommandKind.TOP_UP:
            _refuse_begun(command)
        elif _may_be_written(session, command):
            raise SwitchingUnderWayError
    return sorted(commands, key=lambda command: command.seq)


def end_readings(session: Session, *, meter: Meter, why: str) -> None:
    """Cancel what waits for a meter if it is only to be read. Raises CommandsOpenError where there is more."""
    commands = _unsettled(session, meter)
    more = [command for command in commands if command.kind not in READINGS]
    if more:
        raise CommandsOpenError(n=len(more))
    for command in commands:
        cancel(session, command, why=why)


def _unsettled(session: Session, meter: Meter) -> list[MeterCommand]:
    unsettled = select(MeterCommand).filter_by(meter_id=meter.id).where(MeterCommand.state.in_(UNSETTLED))
    locked = unsettled.order_by(MeterCommand.id).with_for_update(key_share=True)
    return list(session.scalars(locked.execution_options(**FRESH)))


def _refuse_begun(command: MeterCommand) -> None:
    """Let only money go that nobody was ever permitted to write."""
    if command.state in (CommandState.LEASED, CommandState.SENDING):
        raise MoneyOnItsWayError
    if command.state is CommandState.HELD:
        raise MoneyHeldError
    if command.signed is not None or command.permitted_until is not None:
        raise MoneyInDoubtError


def _may_be_written(session: Session, command: MeterCommand) -> bool:
    """Whether a permission to switch is still good, or a frame of it may still be on the wires."""
    if command.signed is None:
        return False
    ends = Order.model_validate_json(command.signed["payload"]).expires_at
    return session.database_now() <= max(ends, command.permitted_until or ends) + session.span(WIRES.total_seconds())
