"""What is known of holders: the enterprise's papers, and whom to call."""

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.db import Base, OwnedRow, owned, same_owner


class Enterprise(OwnedRow, Base):
    """The papers of a holder that is an enterprise, as an invoice needs them."""

    __tablename__ = "enterprise"
    __table_args__ = owned(
        same_owner("holder_id", "holder"),
        UniqueConstraint("holder_id"),
        UniqueConstraint("organisation_id", "credit_code"),
        CheckConstraint("length(credit_code) = 18", name="credit_code"),
    )

    holder_id: Mapped[int]
    credit_code: Mapped[str | None]  # unified social credit code, GB 32100-2015
    invoice_title: Mapped[str] = mapped_column(default="")
    registered_address: Mapped[str] = mapped_column(default="")
    registered_phone: Mapped[str] = mapped_column(default="")
    bank: Mapped[str] = mapped_column(default="")
    bank_account: Mapped[str] = mapped_column(default="")


class Contact(OwnedRow, Base):
    """Somebody to call about a holder; whose telephone this is may be bound to it without asking staff."""

    __tablename__ = "contact"
    __table_args__ = owned(
        same_owner("holder_id", "holder"),
        UniqueConstraint("holder_id", "phone"),
        Index("ix_contact_phone", "organisation_id", "phone"),
    )

    holder_id: Mapped[int]
    name: Mapped[str]
    phone: Mapped[str]
    duty: Mapped[str] = mapped_column(default="")
    rank: Mapped[int] = mapped_column(default=1)  # who is called first
