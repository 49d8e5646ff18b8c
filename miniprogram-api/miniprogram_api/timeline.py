"""How far an order's money has come, told from its rows: pure rules, no database."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from backend.accounts.models import Billing
from backend.metering.command_models import MeterCommand
from backend.metering.models import MeterStatus
from backend.vending.models import CreditOrder, OrderState
from meter_bridge.protocol import CommandState, SupplyState
from miniprogram_api.schemas.timeline import Message, Step, StepName

NOT_SENT = (CommandState.QUEUED, CommandState.LEASED)
NOT_TAKEN = (CommandState.REFUSED, CommandState.CANCELLED)
SUPPLY_WATCH = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Progress:
    """Everything by which an order's way is told; late_after is how long a payment may wait for its meter."""

    order: CreditOrder
    command: MeterCommand | None
    status: MeterStatus | None
    billing: Billing
    frozen: bool
    now: datetime
    late_after: timedelta


def steps_of(progress: Progress) -> list[Step]:
    """Return the way of the payment; "sent" is missing where the credit lives on the platform."""
    order = progress.order
    placed = _step(StepName.PLACED, order.placed_at)
    if order.state is OrderState.CLOSED:
        return _in_order([placed, _step(StepName.CLOSED, order.closed_at)], order.placed_at)
    sent = [_step(StepName.SENT, _sent_at(progress))] if progress.billing is Billing.METER else []
    confirmed = _step(StepName.CONFIRMED, order.credited_at)
    paid, on = _step(StepName.PAID, order.paid_at), _step(StepName.SUPPLY_ON, _on_at(progress))
    return _in_order([placed, paid, *sent, confirmed, on], order.placed_at)


def message_of(progress: Progress) -> Message:
    """Return what there is to say about an order now, and never more than is known."""
    order = progress.order
    if order.state is OrderState.CLOSED:
        return Message.CLOSED
    if order.state is OrderState.PLACED:
        return Message.EXPIRED if order.expires_at <= progress.now else Message.WAITING_FOR_PAYMENT
    if order.state is OrderState.CREDITED:
        return Message.SUPPLY_OFF if _reads_off(progress) else Message.CREDITED
    return _paid_message(progress)


def can_pay(progress: Progress) -> bool:
    """Say whether the order may still be paid."""
    return message_of(progress) is Message.WAITING_FOR_PAYMENT


def _paid_message(progress: Progress) -> Message:
    state = progress.command.state if progress.command else None
    if state in NOT_TAKEN:
        return Message.REFUSED
    if progress.frozen or state is CommandState.HELD:
        return Message.HELD
    if progress.order.paid_at is not None and progress.now - progress.order.paid_at > progress.late_after:
        return Message.LATE
    return Message.CHECKING if state is CommandState.UNKNOWN else Message.ON_THE_WAY


def _sent_at(progress: Progress) -> datetime | None:
    command = progress.command
    return None if command is None or command.state in NOT_SENT else command.sent_at


def _on_at(progress: Progress) -> datetime | None:
    """Return when the meter itself said, after the credit, that current flows."""
    told = _supply_after(progress)
    return told[0] if told and told[1] is SupplyState.CLOSED else None


def _reads_off(progress: Progress) -> bool:
    told = _supply_after(progress)
    return told is not None and told[1] is SupplyState.OPEN


def _supply_after(progress: Progress) -> tuple[datetime, SupplyState] | None:
    """Return what is known of the supply since the credit: when it was first seen on, or that it reads off.

    Off counts for a while only: credit that was used up long ago says nothing about how it arrived.
    """
    credited_at, status = progress.order.credited_at, progress.status
    if credited_at is None:
        return None
    after = (progress.command.after if progress.command else None) or {}
    known = bool(after.get("supply") and after.get("read_at"))
    told = (datetime.fromisoformat(after["read_at"]), SupplyState(after["supply"])) if known else None
    if status is None or status.supply is None or status.read_at < credited_at:
        return told
    if status.supply is SupplyState.OPEN:
        return (status.read_at, status.supply) if status.read_at - credited_at <= SUPPLY_WATCH else told
    return told if told and told[1] is SupplyState.CLOSED else (status.read_at, status.supply)


def _step(name: StepName, at: datetime | None) -> Step:
    return Step(step=name, at=at, done=at is not None)


def _in_order(steps: list[Step], latest: datetime) -> list[Step]:
    """Tell no step earlier than the one before: providers tell whole seconds, and a read-back precedes its verdict."""
    for step in steps:
        if step.at is not None:
            step.at = latest = max(step.at, latest)
    return steps
