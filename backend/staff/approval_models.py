"""What two persons must agree on."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.db import Base, OwnedRow, owned, same_owner, word
from backend.staff.roles import ApprovalKind


class ApprovalState(StrEnum):
    """How far a request for approval has come."""

    WAITING = "waiting"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    USED = "used"


class Approval(OwnedRow, Base):
    """Somebody asks to do something; another agrees or not; what was agreed is done once, exactly as it was asked."""

    __tablename__ = "approval"
    __table_args__ = owned(
        same_owner("park_id", "park"),
        same_owner("asked_by", "staff"),
        same_owner("decided_by", "staff"),
        CheckConstraint("state IN ('withdrawn', 'expired') OR decided_by <> asked_by", name="two_persons"),
        CheckConstraint("state NOT IN ('approved', 'rejected', 'used') OR decided_by IS NOT NULL", name="decided"),
        Index("ix_approval_open", "expires_at", postgresql_where="state IN ('waiting', 'approved')"),
    )

    park_id: Mapped[int | None]
    kind: Mapped[ApprovalKind] = mapped_column(word(ApprovalKind))
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    reason: Mapped[str]
    state: Mapped[ApprovalState] = mapped_column(word(ApprovalState), default=ApprovalState.WAITING)
    asked_by: Mapped[int]
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    decided_by: Mapped[int | None]
    decided_at: Mapped[datetime | None]
    answer: Mapped[str | None]
    used_at: Mapped[datetime | None]
