"""The audit trail: entries, those that wait to be sealed, and the chain of seals."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.db import Base, OwnedRow, owned, same_owner, word


class ActorKind(StrEnum):
    """Who can do something."""

    STAFF = "staff"
    USER = "user"
    OPERATOR = "operator"
    SYSTEM = "system"


class AuditEntry(OwnedRow, Base):
    """Somebody did something to one thing. Holds no personal data, so that erasing a person touches none."""

    __tablename__ = "audit_entry"
    __table_args__ = owned(
        Index("ix_audit_entry_subject", "organisation_id", "subject_kind", "subject_id"),
        Index("ix_audit_entry_actor", "organisation_id", "actor_kind", "actor_id"),
    )

    occurred_at: Mapped[datetime]
    actor_kind: Mapped[ActorKind] = mapped_column(word(ActorKind))
    actor_id: Mapped[int | None]
    actor_name: Mapped[str]  # a log-in name or a role of the machine, never a tenant's name
    park_id: Mapped[int | None]
    action: Mapped[str]
    subject_kind: Mapped[str]  # the table of the thing
    subject_id: Mapped[int]
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    reason: Mapped[str | None]
    request_id: Mapped[str]


class AuditPending(Base):
    """An entry that is not sealed yet; written with it, removed with the seal."""

    __tablename__ = "audit_pending"

    entry_id: Mapped[int] = mapped_column(ForeignKey("audit_entry.id"), primary_key=True, autoincrement=False)


class AuditSeal(OwnedRow, Base):
    """One link of an organisation's chain; digest covers the link before it and the whole entry."""

    __tablename__ = "audit_seal"
    __table_args__ = owned(
        same_owner("entry_id", "audit_entry"),
        UniqueConstraint("entry_id"),
        UniqueConstraint("organisation_id", "position"),
    )

    entry_id: Mapped[int]
    position: Mapped[int]  # 1, 2, 3 … without a gap
    digest: Mapped[str]
    sealed_at: Mapped[datetime]
