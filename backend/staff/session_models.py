"""How staff prove who they are without their telephone, and where they are logged in."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.db import Base, OwnedRow, owned, same_owner


class RecoveryCode(OwnedRow, Base):
    """Stands in for the telephone once; only its fingerprint is stored."""

    __tablename__ = "recovery_code"
    __table_args__ = owned(same_owner("staff_id", "staff"), UniqueConstraint("staff_id", "fingerprint"))

    staff_id: Mapped[int]
    fingerprint: Mapped[str]
    used_at: Mapped[datetime | None]


class StaffSession(OwnedRow, Base):
    """A log-in of somebody at one browser: the token itself is never stored, only its fingerprint."""

    __tablename__ = "staff_session"
    __table_args__ = owned(same_owner("staff_id", "staff"), UniqueConstraint("fingerprint"))

    staff_id: Mapped[int] = mapped_column(index=True)
    fingerprint: Mapped[str]
    address: Mapped[str]
    browser: Mapped[str]
    issued_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    proved_at: Mapped[datetime]  # when the password was last told
    revoked_at: Mapped[datetime | None]
