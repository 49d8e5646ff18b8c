"""Meters, the lines they hang on, and what they said."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.db import Base, OwnedRow, owned, same_owner, word
from meter_bridge.protocol import MOST_RATIO, CreditUnit, MoneyCapability, SupplyState


class MeterState(StrEnum):
    """Whether a meter is in use."""

    ACTIVE = "active"
    RETIRED = "retired"


class Bridge(OwnedRow, Base):
    """A bridge that was enrolled, or may enrol once with the token that was shown."""

    __tablename__ = "bridge"
    __table_args__ = owned(
        UniqueConstraint("reference"),
        UniqueConstraint("organisation_id", "name"),
        UniqueConstraint("enrolment_fingerprint"),
        UniqueConstraint("access_fingerprint"),
    )

    reference: Mapped[str]
    name: Mapped[str]
    enrolment_fingerprint: Mapped[str | None]
    enrolment_expires_at: Mapped[datetime | None]
    enrolled_at: Mapped[datetime | None]  # by the present enrolment token, which dies with the next call
    access_fingerprint: Mapped[str | None]
    instance: Mapped[str | None]  # the run that spoke last
    seen_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    version: Mapped[str] = mapped_column(default="")  # of its program, as told last
    refused_calls: Mapped[list[Any] | None] = mapped_column(JSONB)  # protocol.RefusedCall, as told last
    unfit_profiles: Mapped[str] = mapped_column(default="")  # codes whose file differs from ours: no money for those


class BridgeRun(OwnedRow, Base):
    """A run of a bridge that was heard once. A run nobody has heard of is newer than all of them."""

    __tablename__ = "bridge_run"
    __table_args__ = owned(same_owner("bridge_id", "bridge"), UniqueConstraint("bridge_id", "instance"))

    bridge_id: Mapped[int]
    instance: Mapped[str]
    heard_at: Mapped[datetime]


class Gateway(OwnedRow, Base):
    """A data collector: the box on the network behind which lines run."""

    __tablename__ = "gateway"
    __table_args__ = owned(same_owner("park_id", "park"), UniqueConstraint("organisation_id", "name"))

    park_id: Mapped[int]
    name: Mapped[str]
    host: Mapped[str]


class Line(OwnedRow, Base):
    """One bus of a gateway, and the lease under which one bridge uses it. The fence only ever rises."""

    __tablename__ = "line"
    __table_args__ = owned(
        same_owner("gateway_id", "gateway"),
        same_owner("bridge_id", "bridge"),
        UniqueConstraint("reference"),
        UniqueConstraint("gateway_id", "port"),
        same_owner("home_bridge_id", "bridge"),
        CheckConstraint("port BETWEEN 1 AND 65535", name="port"),
        CheckConstraint("parity IN ('N', 'E', 'O')", name="parity"),
        CheckConstraint("stop_bits BETWEEN 1 AND 2", name="stop_bits"),
        CheckConstraint("kind NOT IN ('serial', 'dial_in') OR home_bridge_id IS NOT NULL", name="home"),
        Index("uq_line_registration", "registration", unique=True, postgresql_where="registration <> ''"),
    )

    reference: Mapped[str]
    gateway_id: Mapped[int]
    kind: Mapped[str]
    port: Mapped[int]
    baud: Mapped[int] = mapped_column(default=9600)
    timeout_ms: Mapped[int] = mapped_column(default=1000)
    quiet_ms: Mapped[int] = mapped_column(default=1000)
    home_bridge_id: Mapped[int | None] = mapped_column(index=True)  # has its device or gets its calls
    device: Mapped[str] = mapped_column(default="")
    parity: Mapped[str] = mapped_column(default="N")
    stop_bits: Mapped[int] = mapped_column(default=1)
    registration: Mapped[str] = mapped_column(default="")
    heartbeat: Mapped[str] = mapped_column(default="")
    monthly_bytes: Mapped[int | None]  # what its SIM card may carry
    month: Mapped[str] = mapped_column(default="")  # of its park, in which it carried month_bytes
    month_bytes: Mapped[int] = mapped_column(default=0)
    told_fence: Mapped[int] = mapped_column(default=0)  # under which a bridge told that it carried told_bytes
    told_bytes: Mapped[int] = mapped_column(default=0)
    statistics: Mapped[dict[str, Any] | None] = mapped_column(JSONB)  # protocol.LineStatistics, as told last
    bridge_id: Mapped[int | None] = mapped_column(index=True)
    instance: Mapped[str | None]
    fence: Mapped[int] = mapped_column(default=0)
    leased_until: Mapped[datetime | None]
    gateway_answers: Mapped[bool | None]
    last_good_at: Mapped[datetime | None]


class Meter(OwnedRow, Base):
    """A payment meter in a room; what its profile says of money is frozen here when it is installed."""

    __tablename__ = "meter"
    __table_args__ = owned(
        same_owner("room_id", "room"),
        same_owner("line_id", "line"),
        UniqueConstraint("reference"),
        Index("uq_meter_number", "organisation_id", "number", unique=True, postgresql_where="state = 'active'"),
        Index("uq_meter_place", "line_id", "unit", "circuit", unique=True, postgresql_where="state = 'active'"),
        Index("uq_meter_wire", "line_id", "wire_unit", unique=True, postgresql_where="state = 'active'"),
        Index("uq_meter_serial", "organisation_id", "serial", unique=True, postgresql_where="state = 'active'"),
        CheckConstraint("unit BETWEEN 1 AND 247", name="unit"),
        CheckConstraint("circuit BETWEEN 1 AND 99", name="circuit"),
        CheckConstraint(f"ct_ratio BETWEEN 1 AND {MOST_RATIO}", name="ct_ratio"),
        CheckConstraint(f"pt_ratio BETWEEN 1 AND {MOST_RATIO}", name="pt_ratio"),
    )

    reference: Mapped[str]
    number: Mapped[str]
    room_id: Mapped[int] = mapped_column(index=True)
    line_id: Mapped[int]
    unit: Mapped[int]
    circuit: Mapped[int] = mapped_column(default=1)  # of a meter with many circuits at one unit
    wire_unit: Mapped[int | None]  # at which it answers; None: hung before this was known, as a circuit of an own model
    serial: Mapped[str]
    profile: Mapped[str]
    ct_ratio: Mapped[int] = mapped_column(default=1)  # of the current transformers before it
    pt_ratio: Mapped[int] = mapped_column(default=1)  # of the voltage transformers
    capability: Mapped[MoneyCapability] = mapped_column(word(MoneyCapability))
    credit_unit: Mapped[CreditUnit] = mapped_column(word(CreditUnit))
    state: Mapped[MeterState] = mapped_column(word(MeterState), default=MeterState.ACTIVE)
    epoch: Mapped[int] = mapped_column(default=1)  # counts anew after exchange or initialisation of the wallet
    first_count: Mapped[int | None]  # what the meter counted when we first wrote to it in this epoch
    next_seq: Mapped[int] = mapped_column(default=1)
    frozen_reason: Mapped[str | None]  # no money is sent while this is set; a person decides

    @property
    def ratio(self) -> int:
        """Return how many times more energy flows than this meter measures."""
        return self.ct_ratio * self.pt_ratio

    def displayed(self, energy_wh: int) -> int:
        """Return what the meter itself shows of an energy that flowed."""
        return energy_wh // self.ratio


class Registers:
    """What a meter has counted since it was made; None where it counts no such thing."""

    energy_wh: Mapped[int | None]
    critical_peak_wh: Mapped[int | None]
    peak_wh: Mapped[int | None]
    flat_wh: Mapped[int | None]
    valley_wh: Mapped[int | None]
    deep_valley_wh: Mapped[int | None]
    volume_l: Mapped[int | None]


class MeterStatus(Registers, OwnedRow, Base):
    """The newest of what a meter said."""

    __tablename__ = "meter_status"
    __table_args__ = owned(same_owner("meter_id", "meter"), UniqueConstraint("meter_id"))

    meter_id: Mapped[int]
    read_at: Mapped[datetime]  # by the bridge's clock, which may be wrong
    noted_at: Mapped[datetime | None]  # by the database's
    balance: Mapped[int | None]
    purchase_count: Mapped[int | None]
    supply: Mapped[SupplyState | None] = mapped_column(word(SupplyState))
    kept_supplied: Mapped[bool | None]
    polled_supply: Mapped[str | None]  # a SupplyState: what a poll said last, whatever a command said since
    polled_supply_at: Mapped[datetime | None]
    counted_at: Mapped[datetime | None]  # when a poll read the registers last
    polled_energy_wh: Mapped[int | None]  # what it read; energy_wh may be what a command did
