"""Prepaid accounts and the ledger."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.db import Base, OwnedRow, owned, same_owner, word


class Billing(StrEnum):
    """Where the credit of an account lives."""

    METER = "meter"
    PLATFORM = "platform"


class LedgerKind(StrEnum):
    """Kinds of ledger account; what the subject number of each points at stands beside it."""

    CLEARING = "clearing"  # merchant account: money the provider holds for us
    WALLET = "wallet"  # prepaid account: credit that lives here
    IN_TRANSIT = "in_transit"  # meter command: credit on its way into a meter
    IN_METER = "in_meter"  # meter and epoch: credit confirmed by the meter
    REFUNDABLE = "refundable"  # order: paid, but refused by the meter
    UNAPPLIED = "unapplied"  # merchant account: received, but fitting no order
    OPENING = "opening"  # organisation: what tenants brought along from the system before this one


class Account(OwnedRow, Base):
    """A prepaid account of a holder; wallet_fen is a cache of its wallet in the ledger."""

    __tablename__ = "account"
    __table_args__ = owned(same_owner("holder_id", "holder"), UniqueConstraint("organisation_id", "number"))

    holder_id: Mapped[int] = mapped_column(index=True)
    number: Mapped[str]
    billing: Mapped[Billing] = mapped_column(word(Billing))
    wallet_fen: Mapped[int] = mapped_column(default=0)
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class AccountMeter(OwnedRow, Base):
    """An account pays for a meter, from one instant until another."""

    __tablename__ = "account_meter"
    __table_args__ = owned(
        same_owner("account_id", "account"),
        same_owner("meter_id", "meter"),
        Index("uq_account_meter_open", "meter_id", unique=True, postgresql_where="ended_at IS NULL"),
    )

    account_id: Mapped[int] = mapped_column(index=True)
    meter_id: Mapped[int]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class LedgerAccount(OwnedRow, Base):
    """One place where money can be, named by its kind, its subject and, in meters, the epoch."""

    __tablename__ = "ledger_account"
    __table_args__ = owned(
        same_owner("account_id", "account"),
        UniqueConstraint("organisation_id", "kind", "subject_id", "epoch"),
    )

    kind: Mapped[LedgerKind] = mapped_column(word(LedgerKind))
    subject_id: Mapped[int]
    epoch: Mapped[int] = mapped_column(default=0)
    account_id: Mapped[int | None]  # the prepaid account whose money it is, where it is somebody's


class LedgerTransfer(OwnedRow, Base):
    """One movement of money. Never updated, never deleted: a correction is another row that names this one."""

    __tablename__ = "ledger_transfer"
    __table_args__ = owned(
        same_owner("debit_id", "ledger_account"),
        same_owner("credit_id", "ledger_account"),
        same_owner("corrects_id", "ledger_transfer"),
        UniqueConstraint("organisation_id", "idempotency_key"),
        CheckConstraint("amount_fen > 0", name="positive"),
        CheckConstraint("debit_id <> credit_id", name="two_places"),
        Index("ix_ledger_transfer_group", "organisation_id", "group_key"),
    )

    debit_id: Mapped[int] = mapped_column(index=True)
    credit_id: Mapped[int] = mapped_column(index=True)
    amount_fen: Mapped[int]
    group_key: Mapped[str]
    reason: Mapped[str]
    idempotency_key: Mapped[str]
    corrects_id: Mapped[int | None]
    occurred_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    booked_on: Mapped[date] = mapped_column(index=True)
