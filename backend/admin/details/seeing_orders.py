"""An order with everything that happened to its money, inside a scope."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from backend.accounts.models import Account
from backend.estate.models import Building, Holder, Park, Room
from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError
from backend.kernel.scope import Scope
from backend.metering.command_models import MeterCommand
from backend.metering.models import Meter
from backend.payments.models import Notification, Receipt, ReceiptFate
from backend.vending.models import CreditOrder


@dataclass(frozen=True, slots=True)
class Arrival:
    """Money that arrived under the order's number, and what became of it."""

    receipt: Receipt
    fate: ReceiptFate | None


@dataclass(frozen=True, slots=True)
class OrderSight:
    """An order, for whom and where, its command, its receipts, and what the provider told, as it came."""

    order: CreditOrder
    meter: Meter
    room: Room
    building: Building
    park: Park
    holder: Holder
    command: MeterCommand | None
    arrivals: Sequence[Arrival]
    told: Sequence[Notification]


def order_sight(session: Session, *, scope: Scope, order_no: str) -> OrderSight:
    """Return an order of the scope. Raises NotFoundError."""
    found = (
        select(CreditOrder, Meter, Room, Building, Park, Holder, MeterCommand)
        .join(Meter, Meter.id == CreditOrder.meter_id)
        .join(Room, Room.id == Meter.room_id)
        .join(Building, Building.id == Room.building_id)
        .join(Park, Park.id == Building.park_id)
        .join(Account, Account.id == CreditOrder.account_id)
        .join(Holder, Holder.id == Account.holder_id)
        .outerjoin(MeterCommand, MeterCommand.id == CreditOrder.command_id)
        .where(CreditOrder.order_no == order_no, scope.within(Building.organisation_id, Building.park_id))
    )
    row = session.execute(found).one_or_none()
    if row is None:
        raise NotFoundError
    money = (
        select(Receipt, ReceiptFate)
        .outerjoin(ReceiptFate, ReceiptFate.receipt_id == Receipt.id)
        .where(Receipt.organisation_id == scope.organisation_id, Receipt.order_no == order_no)
        .order_by(Receipt.id)
    )
    arrivals = [Arrival(each[0], each[1]) for each in session.execute(money)]
    requests = {each.receipt.request_id for each in arrivals}
    whole = Notification.organisation_id == scope.organisation_id
    told = select(Notification).where(whole, Notification.request_id.in_(requests)).order_by(Notification.id)
    return OrderSight(*row, arrivals, session.scalars(told).all())
