"""Follow a top-up command to its end: credited, or refundable when the meter refused."""

from sqlalchemy import bindparam, select

from backend.accounts import ledger
from backend.accounts.ledger import Movement, Place
from backend.accounts.models import LedgerKind
from backend.kernel import outbox
from backend.kernel.db import Session
from backend.metering.causes import CommandCause
from backend.metering.command_models import MeterCommand
from backend.metering.commands.commanding import queue_command
from backend.metering.succession import successor
from backend.vending.errors import OrderNotPayableError
from backend.vending.models import CreditOrder, OrderState
from meter_bridge.protocol import CommandKind, CommandState

FOLLOWING = select(CreditOrder).filter_by(command_id=bindparam("command")).with_for_update()


def settle(session: Session, *, command: MeterCommand) -> None:
    """Let the order of a settled command follow it, once; commands without an order change nothing."""
    if command.state not in (CommandState.CONFIRMED, CommandState.REFUSED, CommandState.CANCELLED):
        return
    order = session.scalars(FOLLOWING, {"command": command.id}).one_or_none()
    if order is None:
        return
    if command.state is CommandState.CONFIRMED:
        _credit(session, order, command)
    else:
        _set_aside(session, order, command)


def send_again(session: Session, *, order: CreditOrder, request_id: str) -> MeterCommand:
    """Send a paid order whose command the meter refused once more, to the meter that hangs there now.

    Raises OrderNotPayableError if nothing waits.
    """
    old = session.get(MeterCommand, order.command_id) if order.command_id else None
    if (
        order.state is not OrderState.PAID
        or old is None
        or old.state
        not in (
            CommandState.REFUSED,
            CommandState.CANCELLED,
        )
    ):
        raise OrderNotPayableError
    meter = successor(session, meter_id=order.meter_id)
    command = queue_command(
        session,
        meter=meter,
        kind=CommandKind.TOP_UP,
        cause=CommandCause.PAYMENT,
        amount=order.amount_fen,
        request_id=request_id,
    )
    _move(session, order, _refundable(session, order), on_the_way(session, order, command.id), f"resent:{command.id}")
    order.command_id, order.meter_id = command.id, meter.id
    return command


def _credit(session: Session, order: CreditOrder, command: MeterCommand) -> None:
    held = ledger.place(
        session,
        organisation_id=order.organisation_id,
        kind=LedgerKind.IN_METER,
        subject_id=command.meter_id,
        epoch=command.epoch or 0,
        account_id=order.account_id,
    )
    _move(session, order, on_the_way(session, order, command.id), held, f"confirmed:{command.id}")
    order.state = OrderState.CREDITED
    order.credited_at = command.settled_at
    _tell(session, order, "order_credited")


def _set_aside(session: Session, order: CreditOrder, command: MeterCommand) -> None:
    way = on_the_way(session, order, command.id)
    _move(session, order, way, _refundable(session, order), f"refused:{command.id}")
    _tell(session, order, "order_refused")


def on_the_way(session: Session, order: CreditOrder, command_id: int) -> Place:
    """Return the place of money that a command carries."""
    return ledger.place(
        session,
        organisation_id=order.organisation_id,
        kind=LedgerKind.IN_TRANSIT,
        subject_id=command_id,
        account_id=order.account_id,
    )


def _refundable(session: Session, order: CreditOrder) -> Place:
    return ledger.place(
        session,
        organisation_id=order.organisation_id,
        kind=LedgerKind.REFUNDABLE,
        subject_id=order.id,
        account_id=order.account_id,
    )


def _move(session: Session, order: CreditOrder, debit: Place, credit: Place, step: str) -> None:
    movement = Movement(
        debit=debit,
        credit=credit,
        amount_fen=order.amount_fen,
        reason=step.partition(":")[0],
        key=f"command:{step}",
        group=f"order:{order.order_no}",
        occurred_at=session.clock.now(),
    )
    ledger.move(session, organisation_id=order.organisation_id, movement=movement)


def _tell(session: Session, order: CreditOrder, topic: str) -> None:
    outbox.record(
        session,
        organisation_id=order.organisation_id,
        topic=topic,
        key=f"{order.order_no}:{order.command_id}",
        facts={
            "order_no": order.order_no,
            "amount_fen": order.amount_fen,
            "account_id": order.account_id,
            "meter_id": order.meter_id,
        },
        request_id=order.request_id,
    )
