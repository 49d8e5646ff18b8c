"""Accept a payment: the order it is for becomes paid, and its credit starts on its way, in one transaction."""

from sqlalchemy import select

from backend.accounts import ledger
from backend.accounts.ledger import Movement, Place
from backend.accounts.models import Account, Billing, LedgerKind
from backend.kernel import outbox
from backend.kernel.db import Session
from backend.metering.commanding import queue_command
from backend.metering.models import Meter
from backend.payments.models import Disposition, MerchantAccount, Receipt
from backend.vending.errors import UnfitReceiptError
from backend.vending.models import CreditOrder, OrderState
from meter_bridge.protocol import CommandKind


def accept_payment(session: Session, *, receipt: Receipt, source: Place) -> CreditOrder:
    """Turn a receipt into a paid order once, taking the money from where it is. Raises UnfitReceiptError."""
    order = _fitting_order(session, receipt)
    order.paid_at = receipt.paid_at
    order.next_query_at = None
    account = session.scalars(select(Account).filter_by(id=order.account_id).with_for_update()).one()
    if account.billing is Billing.PLATFORM:
        _fill_wallet(session, order, receipt, source)
    else:
        _send_to_meter(session, order, receipt, source)
    _tell(session, order, "order_paid")
    if order.state is OrderState.CREDITED:
        _tell(session, order, "order_credited")
    return order


def _fitting_order(session: Session, receipt: Receipt) -> CreditOrder:
    order = session.scalars(
        select(CreditOrder)
        .filter_by(order_no=receipt.order_no, organisation_id=receipt.organisation_id)
        .with_for_update()
    ).one_or_none()
    if order is None:
        raise UnfitReceiptError(Disposition.UNKNOWN_ORDER)
    merchant = session.get_one(MerchantAccount, order.merchant_account_id)
    if (merchant.id, merchant.appid, merchant.mchid) != (receipt.merchant_account_id, receipt.appid, receipt.mchid):
        raise UnfitReceiptError(Disposition.WRONG_MERCHANT)
    if order.state is OrderState.CLOSED:
        raise UnfitReceiptError(Disposition.LATE_PAYMENT)
    if order.state is not OrderState.PLACED:
        raise UnfitReceiptError(Disposition.SECOND_PAYMENT)
    if (order.amount_fen, order.currency) != (receipt.amount_fen, receipt.currency):
        raise UnfitReceiptError(Disposition.WRONG_AMOUNT)
    return order


def _fill_wallet(session: Session, order: CreditOrder, receipt: Receipt, source: Place) -> None:
    wallet = ledger.place(
        session,
        organisation_id=order.organisation_id,
        kind=LedgerKind.WALLET,
        subject_id=order.account_id,
        account_id=order.account_id,
    )
    _take(session, order, receipt, source, wallet)
    order.state = OrderState.CREDITED
    order.credited_at = session.clock.now()


def _send_to_meter(session: Session, order: CreditOrder, receipt: Receipt, source: Place) -> None:
    command = queue_command(
        session,
        meter=session.get_one(Meter, order.meter_id),
        kind=CommandKind.TOP_UP,
        amount=order.amount_fen,
        request_id=order.request_id,
    )
    way = ledger.place(
        session,
        organisation_id=order.organisation_id,
        kind=LedgerKind.IN_TRANSIT,
        subject_id=command.id,
        account_id=order.account_id,
    )
    _take(session, order, receipt, source, way)
    order.state = OrderState.PAID
    order.command_id = command.id


def _take(session: Session, order: CreditOrder, receipt: Receipt, source: Place, target: Place) -> None:
    movement = Movement(
        debit=source,
        credit=target,
        amount_fen=receipt.amount_fen,
        reason="top_up",
        key=f"receipt:{receipt.id}:applied",
        group=f"order:{order.order_no}",
        occurred_at=receipt.paid_at,
    )
    ledger.move(session, organisation_id=order.organisation_id, movement=movement)


def _tell(session: Session, order: CreditOrder, topic: str) -> None:
    outbox.record(
        session,
        organisation_id=order.organisation_id,
        topic=topic,
        key=order.order_no,
        facts={"order_no": order.order_no, "amount_fen": order.amount_fen, "account_id": order.account_id},
        request_id=order.request_id,
        occurred_at=order.paid_at,
    )
