"""Queue commands to meters, and take them out again as long as nobody wrote them."""

import json
from typing import LiteralString

from sqlalchemy import bindparam, select

from backend.kernel.db import Session
from backend.kernel.entropy import CHINA
from backend.metering.causes import CLOSING, WAITING, CommandCause
from backend.metering.command_models import MeterCommand
from backend.metering.commands.transitions import cancel
from backend.metering.errors import (
    AlreadySettledError,
    IntentExistsError,
    KeptSuppliedError,
    UnknownCommandError,
)
from backend.metering.install_errors import MeterRetiredError, NoWalletInMeterError
from backend.metering.lock_errors import BreakerLockedError
from backend.metering.lock_queries import locks_of
from backend.metering.locking import lock_command, lock_meter
from backend.metering.models import Meter, MeterStatus
from meter_bridge.protocol import CommandKind, CommandState, MoneyCapability, ParameterSetting

PAID_FOR = CommandCause.PAYMENT.value
NAMED = select(MeterCommand).filter_by(organisation_id=bindparam("organisation"), reference=bindparam("reference"))
# Steps of a statement that a caller may complete: take the meter's next number, which locks its row, and queue a
# command under it. `queued` holds its id, or nothing when the meter is retired.
QUEUE: LiteralString = """
counted AS (
    UPDATE meter SET next_seq = next_seq + 1
    WHERE id = %(meter_id)s AND state = 'active'
    RETURNING organisation_id, id, next_seq - 1 AS seq),
queued AS (
    INSERT INTO meter_command
        (organisation_id, reference, meter_id, seq, kind, cause, amount, parameter, state, request_id, queued_at,
         expires_at, attempts, refusals)
    SELECT organisation_id, %(reference)s, id, seq, %(kind)s, %(cause)s, %(amount)s, %(parameter)s::jsonb, 'queued',
           %(request_id)s, %(now)s, %(expires_at)s::timestamptz, 0, 0
    FROM counted
    RETURNING id)
"""
APPEND: LiteralString = f"WITH {QUEUE} SELECT id FROM queued"  # noqa: S608 only what stands above


def queue_command(
    session: Session,
    *,
    meter: Meter,
    kind: CommandKind,
    cause: CommandCause,
    amount: int = 0,
    request_id: str,
    expires_in: float | None = None,
    parameter: ParameterSetting | None = None,
) -> MeterCommand:
    """Queue a command behind those of its meter; amount is in the meter's credit unit.

    parameter: what WRITE_PARAMETER, and no other kind, is to set. expires_in: seconds of the rules after which a relay,
    a setting or a reading is cancelled; money never expires. Locks the meter's row. Raises MeterRetiredError,
    NoWalletInMeterError, for a closing that would not wait BreakerLockedError, and for an opening of what is kept
    supplied KeptSuppliedError.
    """
    if kind is CommandKind.TOP_UP:
        require_wallet(meter.capability)
    if kind is CommandKind.OPEN_BREAKER:
        refuse_while_kept(session, meter_id=meter.id)
    if kind in CLOSING and cause not in WAITING:
        refuse_under_lock(session, meter_id=meter.id)
    expires = expires_in is not None and kind is not CommandKind.TOP_UP
    expires_at = session.database_now() + session.span(expires_in or 0) if expires else None
    queued = session.run_sql(
        APPEND,
        meter_id=meter.id,
        reference=session.entropy.reference(),
        kind=kind.value,
        cause=cause.value,
        amount=amount,
        parameter=None if parameter is None else json.dumps(parameter.model_dump(mode="json")),
        request_id=request_id,
        now=session.clock.now(),
        expires_at=expires_at,
    )
    return session.get_one(MeterCommand, number_of(queued.scalar()))


def refuse_under_lock(session: Session, *, meter_id: int) -> None:
    """Refuse to close a breaker behind which somebody works. Raises BreakerLockedError, which says who."""
    lock_meter(session, meter_id)
    for hung in locks_of(session, meter_ids=[meter_id]).get(meter_id, ()):
        since = hung.lock.hung_at.astimezone(CHINA)
        raise BreakerLockedError(who=hung.who, since=f"{since:%Y-%m-%d %H:%M}", reason=hung.lock.reason)


def refuse_while_kept(session: Session, *, meter_id: int) -> None:
    """Refuse to cut off what is kept supplied, as the meter itself said last. Raises KeptSuppliedError."""
    if session.scalar(select(MeterStatus.kept_supplied).filter_by(meter_id=meter_id)):
        raise KeptSuppliedError


def require_wallet(capability: MoneyCapability) -> None:
    """Refuse money for a meter that holds none. Raises NoWalletInMeterError."""
    if capability is MoneyCapability.PLATFORM_WALLET:
        raise NoWalletInMeterError


def number_of(queued: int | None) -> int:
    """Return the number of the command that QUEUE queued. Raises MeterRetiredError when it queued none."""
    if queued is None:
        raise MeterRetiredError
    return queued


def find_command(session: Session, *, organisation_id: int, reference: str) -> MeterCommand:
    """Return a command of this organisation. Raises UnknownCommandError."""
    command = session.scalars(NAMED, {"organisation": organisation_id, "reference": reference}).one_or_none()
    if command is None:
        raise UnknownCommandError
    return command


def cancel_queued(session: Session, *, command: MeterCommand, reason: str) -> MeterCommand:
    """Take out of the queue what is surely not in the meter. Raises IntentExistsError, AlreadySettledError."""
    command = lock_command(session, command.id)
    if command.settled_at is not None:
        raise AlreadySettledError
    if command.state is not CommandState.QUEUED or command.permitted_until is not None:
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
