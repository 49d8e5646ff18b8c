"""Orders for credit."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.db import Base, OwnedRow, owned, same_owner, word


class OrderState(StrEnum):
    """How far an order for credit has come."""

    PLACED = "placed"
    PAID = "paid"
    CREDITED = "credited"
    CLOSED = "closed"


class CreditOrder(OwnedRow, Base):
    """An order for credit: what was to be paid, to whom, for which account and meter."""

    __tablename__ = "credit_order"
    __table_args__ = owned(
        same_owner("account_id", "account"),
        same_owner("meter_id", "meter"),
        same_owner("placed_by", "wechat_user"),
        same_owner("merchant_account_id", "merchant_account"),
        same_owner("command_id", "meter_command"),
        UniqueConstraint("order_no"),
        UniqueConstraint("placed_by", "tap"),
        UniqueConstraint("command_id"),
        CheckConstraint("amount_fen > 0", name="positive"),
        Index("ix_credit_order_due", "next_query_at", postgresql_where="state = 'placed'"),
    )

    order_no: Mapped[str]
    account_id: Mapped[int] = mapped_column(index=True)
    meter_id: Mapped[int]
    placed_by: Mapped[int]
    merchant_account_id: Mapped[int]
    tap: Mapped[str]  # the client's own key of one tap: told twice it is one order
    amount_fen: Mapped[int]
    currency: Mapped[str] = mapped_column(default="CNY")
    state: Mapped[OrderState] = mapped_column(word(OrderState), default=OrderState.PLACED)
    command_id: Mapped[int | None]
    request_id: Mapped[str]
    placed_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    paid_at: Mapped[datetime | None]
    credited_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    queries: Mapped[int] = mapped_column(default=0)
    next_query_at: Mapped[datetime | None]
