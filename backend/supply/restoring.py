"""Bring supply back after a payment, where the platform and not the meter switches it."""

from sqlalchemy import select

from backend.accounts.models import Account, AccountMeter, Billing
from backend.kernel.db import Session
from backend.metering.causes import CommandCause
from backend.metering.command_models import MeterCommand
from backend.metering.commands.commanding import queue_command
from backend.metering.models import Meter, MeterState, MeterStatus
from meter_bridge.protocol import CommandKind, CommandState, SupplyState

UNDER_WAY = (CommandState.QUEUED, CommandState.LEASED, CommandState.SENDING, CommandState.UNKNOWN)


def restore_supply(session: Session, *, account: Account, request_id: str) -> list[MeterCommand]:
    """Queue the closing of every open breaker of a platform-billed account that has credit again; each once."""
    if account.billing is not Billing.PLATFORM or account.wallet_fen <= 0:
        return []
    open_meters = session.scalars(
        select(Meter)
        .join(AccountMeter, AccountMeter.meter_id == Meter.id)
        .join(MeterStatus, MeterStatus.meter_id == Meter.id)
        .where(
            AccountMeter.account_id == account.id,
            AccountMeter.ended_at.is_(None),
            Meter.state == MeterState.ACTIVE,
            MeterStatus.supply == SupplyState.OPEN,
            ~select(MeterCommand.id)
            .where(
                MeterCommand.meter_id == Meter.id,
                MeterCommand.kind == CommandKind.CLOSE_BREAKER,
                MeterCommand.state.in_(UNDER_WAY),
            )
            .exists(),
        )
        .order_by(Meter.id)
    )
    return [
        queue_command(
            session, meter=meter, kind=CommandKind.CLOSE_BREAKER, cause=CommandCause.PAYMENT, request_id=request_id
        )
        for meter in open_meters.all()
    ]
