"""Commands to meters and everything that happened to them."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.db import Base, OwnedRow, owned, same_owner, word
from backend.metering.causes import CommandCause
from meter_bridge.protocol import CommandKind, CommandState, ParameterSetting

IN_FLIGHT = (CommandState.LEASED, CommandState.SENDING, CommandState.UNKNOWN)
UNSETTLED = (CommandState.QUEUED, *IN_FLIGHT, CommandState.HELD)
SETTLED = (CommandState.CONFIRMED, CommandState.REFUSED, CommandState.CANCELLED)


class MeterCommand(OwnedRow, Base):
    """One thing a meter is to do. Money commands of a meter go by seq, one in flight; money never expires.

    amount is in the meter's credit unit. purchase_no is bound at the intent and unique for meter and epoch;
    it stays bound when it is tried again, so that a write that arrives late counts as this one.
    """

    __tablename__ = "meter_command"
    __table_args__ = owned(
        same_owner("meter_id", "meter"),
        same_owner("bridge_id", "bridge"),
        UniqueConstraint("reference"),
        UniqueConstraint("meter_id", "seq"),
        UniqueConstraint("meter_id", "epoch", "purchase_no"),
        CheckConstraint("(kind = 'top_up') = (amount > 0)", name="amount"),
        CheckConstraint("(kind = 'write_parameter') = (parameter IS NOT NULL)", name="parameter"),
        Index(
            "uq_meter_command_money_in_flight",
            "meter_id",
            unique=True,
            postgresql_where="kind = 'top_up' AND state IN ('leased', 'sending', 'unknown', 'held')",
        ),
        Index(
            "ix_meter_command_open",
            "meter_id",
            "seq",
            postgresql_where="state IN ('queued', 'leased', 'sending', 'unknown', 'held')",
        ),
    )

    reference: Mapped[str]
    meter_id: Mapped[int]
    seq: Mapped[int]
    kind: Mapped[CommandKind] = mapped_column(word(CommandKind))
    cause: Mapped[CommandCause] = mapped_column(word(CommandCause))
    amount: Mapped[int] = mapped_column(default=0)
    parameter: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))  # a ParameterSetting
    state: Mapped[CommandState] = mapped_column(word(CommandState), default=CommandState.QUEUED)
    request_id: Mapped[str]
    queued_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]  # relay and reading only
    next_attempt_at: Mapped[datetime | None]  # by the database's clock; None: at once
    attempts: Mapped[int] = mapped_column(default=0)
    refusals: Mapped[int] = mapped_column(default=0)  # how often the meter itself said no
    bridge_id: Mapped[int | None]
    fence: Mapped[int | None]  # of the claim, then of the intent, then of the claim that verifies
    epoch: Mapped[int | None]
    purchase_no: Mapped[int | None]
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    signed: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    handed_out_at: Mapped[datetime | None]  # last, by the database's clock: what was read for it was read after this
    permitted_until: Mapped[datetime | None]  # of a run that fell silent; None again when a later reading proved a no
    sent_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    note: Mapped[str | None]

    @property
    def setting(self) -> ParameterSetting | None:
        """Return what is to be set; None of any command that sets no parameter."""
        return None if self.parameter is None else ParameterSetting.model_validate(self.parameter)
