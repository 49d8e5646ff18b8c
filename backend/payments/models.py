"""Merchant accounts, what providers told us, and the money they say arrived."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.db import Base, OwnedRow, owned, same_owner, word


class MerchantMode(StrEnum):
    """Whether the organisation is the provider's merchant itself."""

    DIRECT = "direct"
    PARTNER = "partner"


class ReceiptKind(StrEnum):
    """What a receipt says happened."""

    PAYMENT = "payment"


class Disposition(StrEnum):
    """What became of a receipt."""

    PENDING = "pending"  # recorded, but applying it failed: tried again
    APPLIED = "applied"
    UNKNOWN_ORDER = "unknown_order"
    WRONG_AMOUNT = "wrong_amount"
    WRONG_MERCHANT = "wrong_merchant"
    SECOND_PAYMENT = "second_payment"
    LATE_PAYMENT = "late_payment"
    REFUNDED_ELSEWHERE = "refunded_elsewhere"  # by hand in the provider's console, before we heard of it


class MerchantAccount(OwnedRow, Base):
    """Where the organisation receives money; keys are sealed, callbacks come to a path nobody can guess."""

    __tablename__ = "merchant_account"
    __table_args__ = owned(
        same_owner("park_id", "park"),
        UniqueConstraint("callback_key"),
        UniqueConstraint("organisation_id", "provider", "mchid", "appid"),
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="order"),
    )

    provider: Mapped[str]
    mode: Mapped[MerchantMode] = mapped_column(word(MerchantMode))
    mchid: Mapped[str]
    sub_mchid: Mapped[str | None]
    appid: Mapped[str]
    sub_appid: Mapped[str | None]
    park_id: Mapped[int | None]  # serves this park only
    callback_key: Mapped[str]
    sealed_keys: Mapped[bytes]
    valid_from: Mapped[datetime]
    valid_to: Mapped[datetime | None]


class Notification(OwnedRow, Base):
    """A distinct authentic body a provider sent or answered, kept as it came. Append-only."""

    __tablename__ = "notification"
    __table_args__ = owned(
        same_owner("merchant_account_id", "merchant_account"), UniqueConstraint("merchant_account_id", "fingerprint")
    )

    merchant_account_id: Mapped[int]
    fingerprint: Mapped[str]
    body: Mapped[bytes]
    source: Mapped[str]  # callback or query
    request_id: Mapped[str]
    received_at: Mapped[datetime]


class Receipt(OwnedRow, Base):
    """Money that arrived, once for each of the provider's transactions."""

    __tablename__ = "receipt"
    __table_args__ = owned(
        same_owner("merchant_account_id", "merchant_account"),
        UniqueConstraint("provider", "merchant_account_id", "kind", "transaction_no"),
        CheckConstraint("amount_fen > 0", name="positive"),
    )

    merchant_account_id: Mapped[int]
    provider: Mapped[str]
    kind: Mapped[ReceiptKind] = mapped_column(word(ReceiptKind))
    transaction_no: Mapped[str]
    order_no: Mapped[str] = mapped_column(index=True)
    amount_fen: Mapped[int]
    currency: Mapped[str]
    appid: Mapped[str]
    mchid: Mapped[str]
    paid_at: Mapped[datetime]
    request_id: Mapped[str]
    recorded_at: Mapped[datetime]


class ReceiptFate(OwnedRow, Base):
    """What became of a receipt; the receipt itself, once written, is never changed."""

    __tablename__ = "receipt_fate"
    __table_args__ = owned(
        same_owner("receipt_id", "receipt"),
        UniqueConstraint("receipt_id"),
        Index("ix_receipt_fate_pending", "receipt_id", postgresql_where="applied_at IS NULL"),
    )

    receipt_id: Mapped[int]
    disposition: Mapped[Disposition] = mapped_column(word(Disposition))
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime | None]
    applied_at: Mapped[datetime | None]
