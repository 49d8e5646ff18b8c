"""Accept a payment: the order it is for becomes paid, and its credit starts on its way, in one transaction."""

from dataclasses import dataclass
from json import dumps
from typing import Any, LiteralString

from sqlalchemy import Row

from backend.accounts import ledger
from backend.accounts.ledger import BOOK_INTO_NEW, Movement, Place
from backend.accounts.models import Billing, LedgerKind
from backend.kernel import outbox
from backend.kernel.db import Session
from backend.metering.commands.commanding import PAID_FOR, QUEUE, number_of, require_wallet
from backend.metering.models import MeterState
from backend.metering.succession import successor
from backend.payments import recording
from backend.payments.models import Disposition, Receipt
from backend.vending.errors import UnfitReceiptError
from backend.vending.models import OrderState
from meter_bridge.protocol import CommandKind, MoneyCapability

REASON = "top_up"

# Lock the order, then its account, and tell what decides about them; source_id: where the money is now.
LOCK: LiteralString = """
SELECT o.id, o.order_no, o.organisation_id, o.account_id, o.meter_id, o.amount_fen, o.currency, o.state, o.request_id,
       o.merchant_account_id, m.appid, m.mchid, a.billing, t.capability,
       t.state AS meter_state, s.id AS source_id
FROM credit_order o
JOIN account a ON a.id = o.account_id
JOIN merchant_account m ON m.id = o.merchant_account_id
JOIN meter t ON t.id = o.meter_id
LEFT JOIN ledger_account s ON s.organisation_id = o.organisation_id AND s.kind = %(source)s
                          AND s.subject_id = %(merchant_account_id)s AND s.epoch = 0
WHERE o.order_no = %(order_no)s AND o.organisation_id = %(organisation_id)s
FOR NO KEY UPDATE OF o, a
"""
# The whole way of money into a meter's queue. The command locks the meter, after the order and its account.
SEND: LiteralString = f"""
WITH {QUEUE},
subject AS (SELECT id FROM queued),
{BOOK_INTO_NEW},
paid AS (
    UPDATE credit_order SET state = 'paid', paid_at = %(occurred_at)s, command_id = queued.id, next_query_at = NULL,
                            meter_id = %(meter_id)s
    FROM queued
    WHERE credit_order.id = %(order_id)s),
told AS ({outbox.RECORD}),
settled AS ({recording.SETTLE})
SELECT id FROM queued
"""  # noqa: S608 only what stands in these modules
# The order of a wallet is credited as soon as it is paid.
CREDIT: LiteralString = """
UPDATE credit_order SET state = 'credited', paid_at = %(paid_at)s, credited_at = %(now)s, next_query_at = NULL
WHERE id = %(order_id)s
"""

Order = Row[Any]  # of LOCK


@dataclass(frozen=True, slots=True)
class Accepted:
    """An order that was paid just now; on_platform: its credit is in the account's wallet already."""

    order_no: str
    account_id: int
    request_id: str
    on_platform: bool


def accept_payment(session: Session, *, receipt: Receipt, source: LedgerKind) -> Accepted:
    """Turn a receipt into a paid order once, taking the money from where it is. Raises UnfitReceiptError.

    source: the place of the receipt's merchant account where the money is now.
    """
    order = _fitting_order(session, receipt, source)
    on_platform = order.billing == Billing.PLATFORM
    if on_platform:
        _fill_wallet(session, order, receipt, _source(session, order, receipt, source))
    else:
        _send_to_meter(session, order, receipt, _source(session, order, receipt, source))
    return Accepted(order.order_no, order.account_id, order.request_id, on_platform)


def _fitting_order(session: Session, receipt: Receipt, source: LedgerKind) -> Order:
    order = session.run_sql(
        LOCK,
        order_no=receipt.order_no,
        organisation_id=receipt.organisation_id,
        source=source.value,
        merchant_account_id=receipt.merchant_account_id,
    ).one_or_none()
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


def _source(session: Session, order: Order, receipt: Receipt, source: LedgerKind) -> Place:
    """Return the place the money is in, made when this is the first payment to its merchant account."""
    if order.source_id is not None:
        return Place(order.source_id, source, None)
    return ledger.place(
        session, organisation_id=order.organisation_id, kind=source, subject_id=receipt.merchant_account_id
    )


def _send_to_meter(session: Session, order: Order, receipt: Receipt, source: Place) -> None:
    """Queue the command, move the money to it, and note and tell that the order is paid: in one statement."""
    require_wallet(MoneyCapability(order.capability))
    meter_id = _meter_in_use(session, order)
    queued = session.run_sql(
        SEND,
        organisation_id=order.organisation_id,
        order_id=order.id,
        meter_id=meter_id,
        account_id=order.account_id,
        reference=session.entropy.reference(),
        kind=CommandKind.TOP_UP.value,
        cause=PAID_FOR,
        amount=order.amount_fen,
        parameter=None,
        expires_at=None,
        credit_kind=LedgerKind.IN_TRANSIT.value,
        debit_id=source.id,
        amount_fen=receipt.amount_fen,
        group=_group(order),
        reason=REASON,
        key=_key(receipt),
        topic="order_paid",
        event_key=order.order_no,
        facts=dumps({**_facts(order), "meter_id": meter_id}),
        receipt_id=receipt.id,
        disposition=Disposition.APPLIED.value,
        request_id=order.request_id,
        occurred_at=receipt.paid_at,
        now=session.clock.now(),
    )
    number_of(queued.scalar())


def _meter_in_use(session: Session, order: Order) -> int:
    """Return the meter that hangs where the order's hung. One exchanged at this moment fails, and is applied again."""
    if order.meter_state == MeterState.ACTIVE:
        return int(order.meter_id)
    return successor(session, meter_id=order.meter_id).id


def _fill_wallet(session: Session, order: Order, receipt: Receipt, source: Place) -> None:
    wallet = ledger.place(
        session,
        organisation_id=order.organisation_id,
        kind=LedgerKind.WALLET,
        subject_id=order.account_id,
        account_id=order.account_id,
    )
    movement = Movement(
        debit=source,
        credit=wallet,
        amount_fen=receipt.amount_fen,
        reason=REASON,
        key=_key(receipt),
        group=_group(order),
        occurred_at=receipt.paid_at,
    )
    ledger.move(session, organisation_id=order.organisation_id, movement=movement)
    session.run_sql(CREDIT, order_id=order.id, paid_at=receipt.paid_at, now=session.clock.now())
    for topic in ("order_paid", "order_credited"):
        outbox.record(
            session,
            organisation_id=order.organisation_id,
            topic=topic,
            key=order.order_no,
            facts=_facts(order),
            request_id=order.request_id,
            occurred_at=receipt.paid_at,
        )
    recording.settle_fate(session, receipt=receipt, disposition=Disposition.APPLIED)


def _facts(order: Order) -> dict[str, object]:
    return {
        "order_no": order.order_no,
        "amount_fen": order.amount_fen,
        "account_id": order.account_id,
        "meter_id": order.meter_id,
    }


def _group(order: Order) -> str:
    return f"order:{order.order_no}"


def _key(receipt: Receipt) -> str:
    return f"receipt:{receipt.id}:applied"
