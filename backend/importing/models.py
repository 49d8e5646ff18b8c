"""Workbooks that were looked at, and those that were taken over."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.db import Base, OwnedRow, owned


class ImportRun(OwnedRow, Base):
    """A workbook that was looked at; its bytes are kept until it is taken over, once, or looked at again."""

    __tablename__ = "import_run"
    __table_args__ = owned(
        Index(
            "uq_import_run_applied",
            "organisation_id",
            "digest",
            unique=True,
            postgresql_where="applied_at IS NOT NULL",
        ),
        Index("ix_import_run_recent", "organisation_id", "id"),
    )

    digest: Mapped[str]  # SHA-256 of the file
    plan_digest: Mapped[str]  # of what was shown: something else is not taken over
    file_name: Mapped[str]
    content: Mapped[bytes | None]
    counts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    checked_at: Mapped[datetime]
    checked_by: Mapped[str]
    applied_at: Mapped[datetime | None]
    applied_by: Mapped[str | None]
