"""Queue commands to meters, and take them out again as long as nobody wrote them."""

from sqlalchemy import select, update

from backend.kernel.db import Session
from backend.metering.command_models import MeterCommand
from backend.metering.errors import AlreadySettledError, IntentExistsError, UnknownCommandError
from backend.metering.install_errors import MeterRetiredError, NoWalletInMeterError
from backend.metering.locking import lock_command
from backend.metering.models import Meter, MeterState
from backend.metering.transitions import cancel
from meter_bridge.protocol import CommandKind, CommandState, MoneyCapability


def queue_command(
    session: Session,
    *,
    meter: Meter,
    kind: CommandKind,
    amount: int = 0,
    request_id: str,
    expires_in: float | None = None,
) -> MeterCommand:
    """Queue a command behind those of its meter; amount is in the meter's credit unit.

    expires_in: seconds of the rules after which a relay or reading is cancelled; money never expires. Locks the meter's
    row. Raises MeterRetiredError and NoWalletInMeterError.
    """
    if kind is CommandKind.TOP_UP and meter.capability is MoneyCapability.PLATFORM_WALLET:
        raise NoWalletInMeterError
    expires = expires_in is not None and kind is not CommandKind.TOP_UP
    command = MeterCommand(
        organisation_id=meter.organisation_id,
        reference=session.entropy.reference(),
        meter_id=meter.id,
        seq=_next_seq(session, meter),
        kind=kind,
        amount=amount,
        request_id=request_id,
        queued_at=session.clock.now(),
        expires_at=session.database_now() + session.span(expires_in or 0) if expires else None,
        next_attempt_at=None,
    )
    session.add(command)
    session.flush()
    return command


def find_command(session: Session, *, organisation_id: int, reference: str) -> MeterCommand:
    """Return a command of this organisation. Raises UnknownCommandError."""
    known = select(MeterCommand).filter_by(organisation_id=organisation_id, reference=reference)
    command = session.scalars(known).one_or_none()
    if command is None:
        raise UnknownCommandError
    return command


def cancel_queued(session: Session, *, command: MeterCommand, reason: str) -> MeterCommand:
    """Take a command out of the queue, if nobody was given it. Raises IntentExistsError, AlreadySettledError."""
    command = lock_command(session, command.id)
    if command.settled_at is not None:
        raise AlreadySettledError
    if command.state is not CommandState.QUEUED:
        raise IntentExistsError
    cancel(session, command, why=reason)
    return command


def requeue(session: Session, *, command: MeterCommand) -> MeterCommand:
    """Try a queued command, or ask about an unknown one, at once instead of after its wait.

    Raises AlreadySettledError.
    """
    command = lock_command(session, command.id)
    if command.settled_at is not None:
        raise AlreadySettledError
    if command.state in (CommandState.QUEUED, CommandState.UNKNOWN):
        command.next_attempt_at = None
    return command


def _next_seq(session: Session, meter: Meter) -> int:
    """Take the meter's next number in one statement, which also locks its row. Raises MeterRetiredError."""
    counted = (
        update(Meter)
        .where(Meter.id == meter.id, Meter.state == MeterState.ACTIVE)
        .values(next_seq=Meter.next_seq + 1)
        .returning(Meter.next_seq)
        .execution_options(synchronize_session=False)
    )
    following = session.scalars(counted).one_or_none()
    if following is None:
        raise MeterRetiredError
    return following - 1
