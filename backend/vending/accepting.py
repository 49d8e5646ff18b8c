"""Accept a payment: the order it is for becomes paid, and its credit starts on its way, in one transaction."""

from dataclasses import dataclass
from typing import Any, LiteralString

from sqlalchemy import Row

from backend.accounts import ledger
from backend.accounts.ledger import Name, Transfer
from backend.accounts.models import Billing, LedgerKind
from backend.kernel import outbox
from backend.kernel.db import Session
from backend.metering.commanding import queue_top_up
from backend.payments.models import Disposition, Receipt
from backend.vending.errors import UnfitReceiptError
from backend.vending.models import OrderState
from meter_bridge.protocol import MoneyCapability

LOCK: LiteralString = """
SELECT o.id, o.order_no, o.organisation_id, o.account_id, o.meter_id, o.amount_fen, o.currency, o.state, o.request_id,
       o.merchant_account_id, m.appid, m.mchid, a.billing, t.capability
FROM credit_order o
JOIN account a ON a.id = o.account_id
JOIN merchant_account m ON m.id = o.merchant_account_id
JOIN meter t ON t.id = o.meter_id
WHERE o.order_no = %(order_no)s AND o.organisation_id = %(organisation_id)s
FOR NO KEY UPDATE OF o, a
"""
SETTLE: LiteralString = """
UPDATE credit_order
SET state = %(state)s, paid_at = %(paid_at)s, credited_at = %(credited_at)s::timestamptz,
    command_id = %(command_id)s::bigint, next_query_at = NULL
WHERE id = %(id)s
"""

Order = Row[Any]  # of LOCK


@dataclass(frozen=True, slots=True)
class Accepted:
    """An order that was paid just now; on_platform: its credit is in the account's wallet already."""

    order_no: str
    account_id: int
    request_id: str
    on_platform: bool


def accept_payment(session: Session, *, receipt: Receipt, source: Name) -> Accepted:
    """Turn a receipt into a paid order once, taking the money from where it is. Raises UnfitReceiptError."""
    order = _fitting_order(session, receipt)
    on_platform = order.billing == Billing.PLATFORM
    if on_platform:
        _fill_wallet(session, order, receipt, source)
    else:
        _send_to_meter(session, order, receipt, source)
    _tell(session, order, receipt, "order_paid")
    if on_platform:
        _tell(session, order, receipt, "order_credited")
    return Accepted(order.order_no, order.account_id, order.request_id, on_platform)


def _fitting_order(session: Session, receipt: Receipt) -> Order:
    order = _locked(session, receipt)
    if order is None:
        raise UnfitReceiptError(Disposition.UNKNOWN_ORDER)
    paid_to = (receipt.merchant_account_id, receipt.appid, receipt.mchid)
    if (order.merchant_account_id, order.appid, order.mchid) != paid_to:
        raise UnfitReceiptError(Disposition.WRONG_MERCHANT)
    if order.state == OrderState.CLOSED:
        raise UnfitReceiptError(Disposition.LATE_PAYMENT)
    if order.state != OrderState.PLACED:
        raise UnfitReceiptError(Disposition.SECOND_PAYMENT)
    if (order.amount_fen, order.currency) != (receipt.amount_fen, receipt.currency):
        raise UnfitReceiptError(Disposition.WRONG_AMOUNT)
    return order


def _locked(session: Session, receipt: Receipt) -> Order | None:
    """Lock the order, then its account, and return what decides about them as it is now."""
    return session.run_sql(LOCK, order_no=receipt.order_no, organisation_id=receipt.organisation_id).one_or_none()


def _fill_wallet(session: Session, order: Order, receipt: Receipt, source: Name) -> None:
    _take(session, order, receipt, source, Name(LedgerKind.WALLET, order.account_id, order.account_id))
    _settle(session, order, receipt, OrderState.CREDITED)


def _send_to_meter(session: Session, order: Order, receipt: Receipt, source: Name) -> None:
    command_id = queue_top_up(
        session,
        meter_id=order.meter_id,
        capability=MoneyCapability(order.capability),
        amount=order.amount_fen,
        request_id=order.request_id,
    )
    _take(session, order, receipt, source, Name(LedgerKind.IN_TRANSIT, command_id, order.account_id))
    _settle(session, order, receipt, OrderState.PAID, command_id)


def _take(session: Session, order: Order, receipt: Receipt, source: Name, target: Name) -> None:
    ledger.move_between(
        session,
        organisation_id=order.organisation_id,
        debit=source,
        credit=target,
        transfer=Transfer(
            amount_fen=receipt.amount_fen,
            reason="top_up",
            key=f"receipt:{receipt.id}:applied",
            group=f"order:{order.order_no}",
            occurred_at=receipt.paid_at,
        ),
    )


def _settle(session: Session, order: Order, receipt: Receipt, state: OrderState, command_id: int | None = None) -> None:
    """Note on the order that it is paid, and where its credit is."""
    session.run_sql(
        SETTLE,
        id=order.id,
        state=state.value,
        paid_at=receipt.paid_at,
        credited_at=session.clock.now() if state is OrderState.CREDITED else None,
        command_id=command_id,
    )


def _tell(session: Session, order: Order, receipt: Receipt, topic: str) -> None:
    outbox.record(
        session,
        organisation_id=order.organisation_id,
        topic=topic,
        key=order.order_no,
        facts={"order_no": order.order_no, "amount_fen": order.amount_fen, "account_id": order.account_id},
        request_id=order.request_id,
        occurred_at=receipt.paid_at,
    )
