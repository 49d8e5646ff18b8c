"""Money that waits for a meter follows when another one hangs in its place."""

from sqlalchemy import select

from backend.accounts import ledger
from backend.accounts.ledger import Movement
from backend.kernel.db import Session
from backend.metering.command_models import MeterCommand
from backend.metering.commands.commanding import cancel_queued, queue_command
from backend.metering.models import Meter
from backend.vending.crediting import on_the_way
from backend.vending.models import CreditOrder

EXCHANGED = "meter_exchanged"


def carry_over(session: Session, *, command: MeterCommand, meter: Meter) -> MeterCommand:
    """Queue what surely nobody wrote for another meter instead; its order and its money go along in one movement.

    Raises IntentExistsError when somebody may have written it.
    """
    order = session.scalars(select(CreditOrder).filter_by(command_id=command.id).with_for_update()).one_or_none()
    old = cancel_queued(session, command=command, reason=EXCHANGED)
    fresh = queue_command(
        session, meter=meter, kind=old.kind, cause=old.cause, amount=old.amount, request_id=old.request_id
    )
    if order is not None:
        _move(session, order, old, fresh)
        order.command_id, order.meter_id = fresh.id, meter.id
    return fresh


def _move(session: Session, order: CreditOrder, old: MeterCommand, fresh: MeterCommand) -> None:
    movement = Movement(
        debit=on_the_way(session, order, old.id),
        credit=on_the_way(session, order, fresh.id),
        amount_fen=order.amount_fen,
        reason="carried",
        key=f"command:carried:{fresh.id}",
        group=f"order:{order.order_no}",
        occurred_at=session.clock.now(),
    )
    ledger.move(session, organisation_id=order.organisation_id, movement=movement)
