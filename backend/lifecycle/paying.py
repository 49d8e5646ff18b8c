"""The story of money that arrives: kept as a receipt first, then applied; what does not fit is set aside."""

from sqlalchemy.exc import OperationalError

from backend.accounts import ledger
from backend.accounts.ledger import Movement, Place
from backend.accounts.models import Account, LedgerKind
from backend.kernel import outbox
from backend.kernel.db import Session
from backend.kernel.logs import log
from backend.payments import recording
from backend.payments.models import Disposition, MerchantAccount, Receipt
from backend.payments.provider import Payment
from backend.supply.restoring import restore_supply
from backend.vending.accepting import accept_payment
from backend.vending.asking import close_order
from backend.vending.errors import UnfitReceiptError

# The provider took money for this order and will take no more, yet it cannot be credited: the order is over.
PAID_FOR_NOTHING = frozenset({Disposition.WRONG_AMOUNT, Disposition.REFUNDED_ELSEWHERE})


def take_payment(
    session: Session, *, merchant: MerchantAccount, payment: Payment, body: bytes, source: str, request_id: str
) -> bool:
    """Take a payment a provider told of, however often it is told; False when it was taken before.

    Authentic money is always kept: if applying it fails, only the applying is rolled back.
    """
    receipt = recording.record(
        session, merchant=merchant, payment=payment, body=body, source=source, request_id=request_id
    )
    if receipt is None:
        return False
    if payment.refunded:
        _settle_unfit(session, receipt, LedgerKind.CLEARING, Disposition.REFUNDED_ELSEWHERE)
    else:
        _apply(session, receipt, LedgerKind.CLEARING)
    return True


def apply_again(session: Session, *, most: int) -> int:
    """Apply receipts whose applying failed before and is due again; returns how many were tried."""
    receipts = recording.pending(session, most=most)
    for receipt in receipts:
        _apply(session, receipt, LedgerKind.UNAPPLIED)
    return len(receipts)


def _apply(session: Session, receipt: Receipt, source: LedgerKind) -> None:
    try:
        with session.begin_nested():
            order = accept_payment(session, receipt=receipt, source=source)
            if order.on_platform:
                account = session.get_one(Account, order.account_id, populate_existing=True)
                restore_supply(session, account=account, request_id=order.request_id)
            log().info("payment applied", order_no=order.order_no, order_request_id=order.request_id)
    except UnfitReceiptError as unfit:
        _settle_unfit(session, receipt, source, unfit.disposition)
    except OperationalError:
        raise  # a deadlock or a lost connection: the whole transaction is done again
    except Exception:  # noqa: BLE001 whatever is wrong with the order, the money was received and must be kept
        log().exception("applying a receipt failed", receipt=receipt.id, order_no=receipt.order_no)
        _set_aside(session, receipt, source)
        recording.postpone(session, receipt=receipt)
        _tell(session, receipt, Disposition.PENDING)


def _settle_unfit(session: Session, receipt: Receipt, source: LedgerKind, disposition: Disposition) -> None:
    _set_aside(session, receipt, source)
    recording.settle_fate(session, receipt=receipt, disposition=disposition)
    if disposition in PAID_FOR_NOTHING:
        close_order(session, organisation_id=receipt.organisation_id, order_no=receipt.order_no)
    _tell(session, receipt, disposition)


def _set_aside(session: Session, receipt: Receipt, source: LedgerKind) -> None:
    """Put money that cannot be applied now into the unapplied account, where finance sees it."""
    if source is LedgerKind.UNAPPLIED:
        return
    movement = Movement(
        debit=_place(session, receipt, source),
        credit=_place(session, receipt, LedgerKind.UNAPPLIED),
        amount_fen=receipt.amount_fen,
        reason="unapplied",
        key=f"receipt:{receipt.id}:unapplied",
        group=f"receipt:{receipt.id}",
        occurred_at=receipt.paid_at,
    )
    ledger.move(session, organisation_id=receipt.organisation_id, movement=movement)


def _place(session: Session, receipt: Receipt, kind: LedgerKind) -> Place:
    return ledger.place(
        session, organisation_id=receipt.organisation_id, kind=kind, subject_id=receipt.merchant_account_id
    )


def _tell(session: Session, receipt: Receipt, disposition: Disposition) -> None:
    outbox.record(
        session,
        organisation_id=receipt.organisation_id,
        topic="receipt_unapplied",
        key=str(receipt.id),
        facts={
            "receipt_id": receipt.id,
            "order_no": receipt.order_no,
            "amount_fen": receipt.amount_fen,
            "disposition": disposition.value,
        },
        request_id=receipt.request_id,
        occurred_at=receipt.paid_at,
    )
