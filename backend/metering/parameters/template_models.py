"""Templates of parameters."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.db import Base, OwnedRow, owned, same_owner, word
from meter_bridge.protocol import CreditUnit


class ParameterTemplate(OwnedRow, Base):
    """A named set of values, of one park or of the whole organisation; each change of them is a version.

    credit_unit: what its amounts of credit are counted in.
    """

    __tablename__ = "parameter_template"
    __table_args__ = owned(
        same_owner("park_id", "park"),
        Index(
            "uq_parameter_template_name", "organisation_id", "name", unique=True, postgresql_where="ended_at IS NULL"
        ),
    )

    park_id: Mapped[int | None]
    name: Mapped[str]
    remark: Mapped[str] = mapped_column(default="")
    credit_unit: Mapped[CreditUnit] = mapped_column(word(CreditUnit))
    values: Mapped[dict[str, Any]] = mapped_column(JSONB)
    version: Mapped[int] = mapped_column(default=1)
    ended_at: Mapped[datetime | None]
