"""The list of orders for credit."""

from typing import Any

from sqlalchemy import Select, func, select

from backend.accounts.models import Account
from backend.admin.lists.column import Column, Listing
from backend.admin.lists.joins import inside
from backend.admin.lists.sieves import since, text_in, until, word_of
from backend.admin.lists.views import hang
from backend.estate.models import Building, Holder, Park, Room
from backend.kernel.db import Session
from backend.kernel.scope import Scope
from backend.metering.models import Meter
from backend.payments.models import Receipt
from backend.staff.roles import Permission
from backend.vending.models import CreditOrder, OrderState

COLOURS = {
    OrderState.PLACED.value: "secondary",
    OrderState.PAID.value: "amber",
    OrderState.CREDITED.value: "green",
    OrderState.CLOSED.value: "secondary",
}
_TRANSACTION = (
    select(func.min(Receipt.transaction_no))
    .where(Receipt.order_no == CreditOrder.order_no, Receipt.organisation_id == CreditOrder.organisation_id)
    .scalar_subquery()
)


def _orders(_: Session, scope: Scope) -> Select[*tuple[Any, ...]]:
    return (
        select(
            CreditOrder.id.label("id"),
            CreditOrder.order_no.label("order_no"),
            CreditOrder.placed_at.label("placed_at"),
            CreditOrder.amount_fen.label("amount"),
            CreditOrder.state.label("state"),
            Park.name.label("park"),
            Building.name.label("building"),
            Room.number.label("room"),
            Room.id.label("room_id"),
            Holder.name.label("holder"),
            Holder.id.label("holder_id"),
            Meter.number.label("meter"),
            Meter.id.label("meter_id"),
            CreditOrder.paid_at.label("paid_at"),
            CreditOrder.credited_at.label("credited_at"),
            _TRANSACTION.label("transaction"),
        )
        .join(Meter, Meter.id == CreditOrder.meter_id)
        .join(Room, Room.id == Meter.room_id)
        .join(Building, Building.id == Room.building_id)
        .join(Park, Park.id == Building.park_id)
        .join(Account, Account.id == CreditOrder.account_id)
        .join(Holder, Holder.id == Account.holder_id)
        .where(inside(scope))
    )


ORDERS = Listing(
    name="orders",
    title="订单",
    permission=Permission.VIEW_MONEY,
    columns=(
        Column("order_no", "订单号", link="orders/{order_no}"),
        Column("placed_at", "下单时间", "time"),
        Column("holder", "企业", link="enterprises/{holder_id}"),
        Column("room", "房间", link="rooms/{room_id}"),
        Column("meter", "表号", link="meters/{meter_id}"),
        Column("amount", "金额", "money", total=True),
        Column("state", "状态", "word", enum="OrderState", colours=COLOURS),
        Column("credited_at", "到账时间", "time"),
        Column("paid_at", "支付时间", "time", shown=False),
        Column("transaction", "支付流水号", shown=False),
        Column("park", "园区", shown=False),
        Column("building", "楼栋", shown=False),
    ),
    sieves=(
        text_in(
            CreditOrder.order_no,
            Holder.name,
            Room.number,
            Meter.number,
            _TRANSACTION,
            title="订单号、流水号、企业、房号",
        ),
        word_of("state", "状态", CreditOrder.state, OrderState),
        since(CreditOrder.placed_at),
        until(CreditOrder.placed_at),
    ),
    statement=_orders,
    order=("-placed_at",),
    empty="没有符合条件的订单。",
)
hang(ORDERS)
