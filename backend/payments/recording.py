"""Keep what providers tell: the raw body as evidence, the money as a receipt, each once."""

from datetime import timedelta
from hashlib import sha256
from typing import LiteralString

from sqlalchemy import bindparam, select, update

from backend.kernel.db import Session
from backend.payments.models import (
    Disposition,
    MerchantAccount,
    Receipt,
    ReceiptFate,
    ReceiptKind,
)
from backend.payments.provider import Payment

RETRY_FIRST = 30.0
RETRY_LONGEST = 3600.0

DUE = (
    select(Receipt)
    .join(ReceiptFate, ReceiptFate.receipt_id == Receipt.id)
    .where(ReceiptFate.applied_at.is_(None), ReceiptFate.next_attempt_at <= bindparam("now"))
    .order_by(Receipt.id)
    .limit(bindparam("most"))
    .with_for_update(of=ReceiptFate, skip_locked=True)
)
WAITING: LiteralString = """
SELECT 1 FROM receipt_fate f JOIN receipt r ON r.id = f.receipt_id
WHERE r.order_no = %(order_no)s AND f.disposition = 'pending' LIMIT 1
"""
IS_ANY_DUE: LiteralString = """
SELECT EXISTS (SELECT FROM receipt_fate WHERE applied_at IS NULL AND next_attempt_at <= %(now)s)
"""
KEEP: LiteralString = """
WITH kept AS (
    INSERT INTO notification
        (organisation_id, merchant_account_id, fingerprint, body, source, request_id, received_at)
    VALUES (%(organisation_id)s, %(merchant_account_id)s, %(fingerprint)s, %(body)s, %(source)s, %(request_id)s,
            %(recorded_at)s)
    ON CONFLICT DO NOTHING)
INSERT INTO receipt
    (organisation_id, merchant_account_id, provider, kind, transaction_no, order_no, amount_fen, currency, appid,
     mchid, paid_at, request_id, recorded_at)
VALUES (%(organisation_id)s, %(merchant_account_id)s, %(provider)s, %(kind)s, %(transaction_no)s, %(order_no)s,
        %(amount_fen)s, %(currency)s, %(appid)s, %(mchid)s, %(paid_at)s, %(request_id)s, %(recorded_at)s)
ON CONFLICT DO NOTHING
RETURNING id
"""
# A statement, or a step of one: say finally what became of a receipt.
SETTLE: LiteralString = """
INSERT INTO receipt_fate (organisation_id, receipt_id, disposition, attempts, applied_at)
VALUES (%(organisation_id)s, %(receipt_id)s, %(disposition)s, 1, %(now)s)
ON CONFLICT (receipt_id) DO UPDATE
SET disposition = excluded.disposition, applied_at = excluded.applied_at, next_attempt_at = NULL
"""


def record(
    session: Session, *, merchant: MerchantAccount, payment: Payment, body: bytes, source: str, request_id: str
) -> Receipt | None:
    """Store a notification and its receipt; None when this transaction of the provider was received before."""
    receipt = Receipt(
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
        recorded_at=session.clock.now(),
    )
    number = _keep(session, receipt, body, source)
    if number is None:
        return None
    receipt.id = number
    return receipt


def _keep(session: Session, receipt: Receipt, body: bytes, source: str) -> int | None:
    """Keep the raw body once, and the receipt once; return the receipt's number if it is new."""
    columns = {name: value for name, value in vars(receipt).items() if name != "_sa_instance_state"}
    kept = session.run_sql(KEEP, **columns, fingerprint=sha256(body).hexdigest(), body=body, source=source)
    number: int | None = kept.scalar()
    return number


def settle_fate(session: Session, *, receipt: Receipt, disposition: Disposition) -> None:
    """Say finally what became of a receipt."""
    session.run_sql(
        SETTLE,
        organisation_id=receipt.organisation_id,
        receipt_id=receipt.id,
        disposition=disposition.value,
        now=session.clock.now(),
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


def has_pending(session: Session, *, order_no: str) -> bool:
    """Say whether money for this order was received but could not be applied yet."""
    return session.run_sql(WAITING, order_no=order_no).first() is not None


def is_any_due(session: Session) -> bool:
    """Say whether the applying of a receipt that failed is due again."""
    return bool(session.run_sql(IS_ANY_DUE, now=session.clock.now()).scalar())


def pending(session: Session, *, most: int) -> list[Receipt]:
    """Lock and return receipts whose applying failed and is due again, leaving out what others hold."""
    return list(session.scalars(DUE, {"now": session.clock.now(), "most": most}))
