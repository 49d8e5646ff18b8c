"""Keep what providers tell: the raw body as evidence, the money as a receipt, each once."""

from datetime import timedelta
from hashlib import sha256

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from backend.kernel.db import Session
from backend.payments.models import (
    Disposition,
    MerchantAccount,
    Notification,
    Receipt,
    ReceiptFate,
    ReceiptKind,
)
from backend.payments.provider import Payment

RETRY_FIRST = 30.0
RETRY_LONGEST = 3600.0


def record(
    session: Session, *, merchant: MerchantAccount, payment: Payment, body: bytes, source: str, request_id: str
) -> Receipt | None:
    """Store a notification and its receipt; None when this transaction of the provider was received before."""
    now = session.clock.now()
    session.execute(
        insert(Notification)
        .values(
            organisation_id=merchant.organisation_id,
            merchant_account_id=merchant.id,
            fingerprint=sha256(body).hexdigest(),
            body=body,
            source=source,
            request_id=request_id,
            received_at=now,
        )
        .on_conflict_do_nothing()
    )
    return session.scalars(
        insert(Receipt)
        .values(
            organisation_id=merchant.organisation_id,
            merchant_account_id=merchant.id,
            provider=merchant.provider,
            kind=ReceiptKind.PAYMENT,
            transaction_no=payment.transaction_no,
            order_no=payment.order_no,
            amount_fen=payment.amount_fen,
            currency=payment.currency,
            appid=payment.appid,
            mchid=payment.mchid,
            paid_at=payment.paid_at,
            request_id=request_id,
            recorded_at=now,
        )
        .on_conflict_do_nothing()
        .returning(Receipt)
    ).one_or_none()


def settle_fate(session: Session, *, receipt: Receipt, disposition: Disposition) -> None:
    """Say finally what became of a receipt."""
    fate = {"organisation_id": receipt.organisation_id, "receipt_id": receipt.id}
    settled = {"disposition": disposition, "applied_at": session.clock.now(), "next_attempt_at": None}
    session.execute(
        insert(ReceiptFate)
        .values(**fate, **settled, attempts=1)
        .on_conflict_do_update(index_elements=["receipt_id"], set_=settled)
    )


def postpone(session: Session, *, receipt: Receipt) -> None:
    """Note that applying a receipt failed, to be tried again later and later."""
    fate = session.scalars(select(ReceiptFate).filter_by(receipt_id=receipt.id)).one_or_none()
    attempts = (fate.attempts if fate else 0) + 1
    wait: timedelta = session.span(min(RETRY_FIRST * 2 ** (attempts - 1), RETRY_LONGEST))
    again = {"attempts": attempts, "next_attempt_at": session.clock.now() + wait}
    if fate is None:
        session.add(
            ReceiptFate(
                organisation_id=receipt.organisation_id,
                receipt_id=receipt.id,
                disposition=Disposition.PENDING,
                **again,
            )
        )
    else:
        session.execute(update(ReceiptFate).where(ReceiptFate.id == fate.id).values(**again))


def pending(session: Session, *, most: int) -> list[Receipt]:
    """Lock and return receipts whose applying failed and is due again, leaving out what others hold."""
    due = (
        select(Receipt)
        .join(ReceiptFate, ReceiptFate.receipt_id == Receipt.id)
        .where(ReceiptFate.applied_at.is_(None), ReceiptFate.next_attempt_at <= session.clock.now())
        .order_by(Receipt.id)
        .limit(most)
    )
    return list(session.scalars(due.with_for_update(of=ReceiptFate, skip_locked=True)))
