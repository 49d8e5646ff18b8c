"""Staff, what they were granted, how they prove who they are, and where they are logged in."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.db import Base, OwnedRow, owned, same_owner, word
from backend.staff.roles import StaffRole


class Staff(OwnedRow, Base):
    """Somebody who works for the organisation. Without a password they were invited and have not come yet."""

    __tablename__ = "staff"
    __table_args__ = owned(
        UniqueConstraint("login"),
        UniqueConstraint("setup_fingerprint"),
        CheckConstraint("login = lower(login)", name="login"),
    )

    login: Mapped[str]
    name: Mapped[str]
    phone: Mapped[str | None]
    password_hash: Mapped[str | None]
    sealed_totp: Mapped[bytes | None]
    totp_step: Mapped[int] = mapped_column(default=0)  # the newest one used: none is good twice
    setup_fingerprint: Mapped[str | None]
    setup_expires_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class StaffGrant(OwnedRow, Base):
    """Somebody has a role in one park, or with none named in the whole organisation, until it ends."""

    __tablename__ = "staff_grant"
    __table_args__ = owned(
        same_owner("staff_id", "staff"),
        same_owner("park_id", "park"),
        Index(
            "uq_staff_grant_open",
            "staff_id",
            "role",
            "park_id",
            unique=True,
            postgresql_where="ended_at IS NULL",
            postgresql_nulls_not_distinct=True,
        ),
    )

    staff_id: Mapped[int]
    role: Mapped[StaffRole] = mapped_column(word(StaffRole))
    park_id: Mapped[int | None]
    granted_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
