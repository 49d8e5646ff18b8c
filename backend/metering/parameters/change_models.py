"""Who asked for which parameters of which meters, and what came of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.db import Base, OwnedRow, owned, same_owner, word
from meter_bridge.protocol import CreditUnit, ParameterCode

NONE = JSONB(none_as_null=True)


class ParameterChange(OwnedRow, Base):
    """Somebody asks that meters hold these values; with an approval it waits until another agreed.

    values: by code, as the protocol tells them. found_by: the filter of the list that found the meters.
    """

    __tablename__ = "parameter_change"
    __table_args__ = owned(
        same_owner("park_id", "park"),
        same_owner("template_id", "parameter_template"),
        same_owner("asked_by", "staff"),
        same_owner("approval_id", "approval"),
        CheckConstraint("(template_id IS NULL) = (template_version IS NULL)", name="version"),
    )

    park_id: Mapped[int | None]
    template_id: Mapped[int | None] = mapped_column(index=True)
    template_version: Mapped[int | None]
    credit_unit: Mapped[CreditUnit] = mapped_column(word(CreditUnit))
    values: Mapped[dict[str, Any]] = mapped_column(JSONB)
    found_by: Mapped[str] = mapped_column(default="")
    reason: Mapped[str]
    asked_by: Mapped[int | None]
    asked_at: Mapped[datetime]
    approval_id: Mapped[int | None]
    carried_out_at: Mapped[datetime | None]


class ParameterChangeItem(OwnedRow, Base):
    """One value for one meter of a change: the command that brings it, or why there is none.

    before: what was wanted until then. unfit: why this meter cannot hold it, as unfit.Unfit tells it.
    """

    __tablename__ = "parameter_change_item"
    __table_args__ = owned(
        same_owner("change_id", "parameter_change"),
        same_owner("meter_id", "meter"),
        same_owner("command_id", "meter_command"),
        UniqueConstraint("change_id", "meter_id", "code"),
    )

    change_id: Mapped[int]
    meter_id: Mapped[int] = mapped_column(index=True)
    code: Mapped[ParameterCode] = mapped_column(word(ParameterCode))
    before: Mapped[Any | None] = mapped_column(NONE)
    unfit: Mapped[dict[str, Any] | None] = mapped_column(NONE)
    command_id: Mapped[int | None] = mapped_column(index=True)
