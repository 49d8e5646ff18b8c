"""Bridge protocol v1: every word that passes between a bridge and the backend (docs/bridge-protocol.md).

Pure pydantic. Credit is an integer in the meter's own credit unit: fen for money, watt-hours for energy.
Instants are aware UTC; leases are told as seconds left, so that no two clocks have to agree.
"""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from meter_bridge.parameter_faults import ParameterError, ParameterFault
from meter_bridge.protocol_base import Fence, Message, Reference
from meter_bridge.protocol_condition import Alarm, Condition
from meter_bridge.protocol_lines import LineStatistics, MonthBudget, RefusedCall
from meter_bridge.protocol_parameters import (
    DatePlan,
    DaySchedules,
    ParameterCode,
    ParameterSetting,
    ParameterUnit,
    ParameterValue,
    Prices,
    TariffPeriod,
    ToldParameters,
    parameter_value,
)
from meter_bridge.protocol_words import (
    CommandKind,
    CommandState,
    CreditUnit,
    MoneyCapability,
    Phase,
    SupplyState,
    WriteResult,
)

__all__ = [
    "DEVICE", "LONGEST_WAIT", "MOST_RATIO", "PACKET", "VERSION",
    "Alarm", "ClaimReply", "ClaimRequest", "CommandKind", "CommandState", "Condition", "CreditUnit", "DatePlan",
    "DaySchedules", "EnrolReply",
    "EnrolRequest", "Evidence", "Fence", "HeartbeatReply", "HeartbeatRequest", "IntentReply", "IntentRequest",
    "LineFence", "LineLease", "LineStatistics", "LineStatus", "Message", "MeterPlace", "MoneyCapability",
    "MonthBudget", "Order",
    "OutcomeReply", "OutcomeRequest", "ParameterCode", "ParameterError", "ParameterFault", "ParameterSetting",
    "ParameterUnit", "ParameterValue", "Phase", "Prices", "Reading", "ReadingsReply", "ReadingsRequest", "Reference",
    "RefusedCall", "SignedOrder", "SupplyState", "TariffPeriod", "Work", "WriteResult", "parameter_value",
]  # fmt: skip

VERSION = 1
LONGEST_WAIT = 25.0
MOST_RATIO = 10_000
PACKET = r"^([ -\[\]-~]|\\x[0-9A-Fa-f]{2}|\\\\)*$"  # packets.py; one alternative fits at each place: checked at once
DEVICE = r"^(/dev(/[A-Za-z0-9_:-][A-Za-z0-9_.:-]*)+)?$"  # no part begins with a dot: nothing leads out of /dev


# What a meter counts up, in the order of every statement about it.
REGISTERS = ("energy_wh", "critical_peak_wh", "peak_wh", "flat_wh", "valley_wh", "deep_valley_wh", "volume_l")


class Evidence(Message):
    """What a meter said of itself at one instant; None where its profile has no such register."""

    read_at: datetime
    serial: str | None = None
    purchase_count: int | None = None
    balance: int | None = Field(None, description="remaining credit, in the credit unit; negative is debt")
    cumulative: int | None = Field(None, description="sum of all purchases, in the credit unit")
    last_purchase: int | None = Field(None, description="amount of the last purchase, in the credit unit")
    supply: SupplyState | None = None
    energy_wh: int | None = None
    critical_peak_wh: int | None = None
    peak_wh: int | None = None
    flat_wh: int | None = None
    valley_wh: int | None = None
    deep_valley_wh: int | None = None
    volume_l: int | None = None
    kept_supplied: bool | None = Field(None, description="supplied whatever the credit, by an order that was taken")
    forced: bool | None = Field(None, description="switched by an order, not by the meter's own rules")
    clock: datetime | None = Field(None, description="the meter's own clock at read_at; told rarely, and for commands")
    counter: int | None = Field(None, description="what clear_counters clears; read where a command is about it")
    parameters: ToldParameters | None = Field(None, description="those a command is about; null: not to be told")


class EnrolRequest(Message):
    """A bridge presents the token that was shown once."""

    enrolment_token: str
    protocol: int = VERSION


class EnrolReply(Message):
    """Who the bridge is from now on."""

    bridge: Reference
    access_token: str
    verify_key: str = Field(description="Ed25519 public key in hexadecimal that signs orders")


class LineStatus(Message):
    """How a line looks from the bridge that holds it."""

    line: Reference
    fence: Fence
    gateway_answers: bool
    carried: int = Field(0, ge=0, description="bytes since the bridge took the line under this fence")
    last_good_at: datetime | None = None
    statistics: LineStatistics | None = None


class HeartbeatRequest(Message):
    """A bridge is alive, renews its leases and asks for lines nobody holds."""

    instance: Reference = Field(description="drawn anew at each start of the bridge")
    profiles: dict[str, str] = Field(description="profile code -> SHA-256 of its file")
    lines: list[LineStatus] = Field([])
    refused_calls: list[RefusedCall] = Field([], max_length=200)
    version: str = Field("", max_length=64, description="of the bridge's program")
    known_meters: dict[str, str] = Field({}, description="line -> the mark its meters were told with last")


class MeterPlace(Message):
    """A meter on a line."""

    meter: Reference
    unit: Annotated[int, Field(ge=1, le=247)]
    circuit: Annotated[int, Field(ge=1, le=99)] = 1
    serial: str
    profile: str
    poll_seconds: float = Field(description="how often credit and state are read")
    rarely_seconds: float = Field(3600.0, description="how often what is read rarely is read")
    ct_ratio: Annotated[int, Field(ge=1, le=MOST_RATIO)] = 1
    pt_ratio: Annotated[int, Field(ge=1, le=MOST_RATIO)] = 1


class LineLease(Message):
    """A line this bridge may use until the lease ends."""

    line: Reference
    fence: Fence
    lease_seconds: float = Field(description="counted from the moment the request was sent")
    kind: str = Field(description="file name in meter_bridge/lines")
    host: str
    port: int
    baud: int
    timeout_ms: int = Field(description="how long an answer may take")
    quiet_ms: int = Field(description="silence after a time-out, until the gateway has forgotten the request")
    device: Annotated[str, Field(pattern=DEVICE)] = Field("", description="serial: the device on the bridge's machine")
    parity: Literal["N", "E", "O"] = "N"
    stop_bits: Literal[1, 2] = 1
    registration: str = Field("", max_length=256, description="dial_in: what the DTU says first (packets.py)")
    heartbeat: str = Field("", max_length=64, description="dial_in: what it sends between frames")
    monthly_bytes: int | None = Field(None, description="what its SIM card may carry in a month")
    month: MonthBudget | None = Field(None, description="where there is such a limit, what is left of it")
    slot_seconds: int = Field(900, ge=60, description="registers are read behind each multiple of this on the wall")
    meters: list[MeterPlace] = Field([])
    meters_mark: str = Field("", description="stands for exactly these meters, told like this")
    meters_unchanged: bool = Field(default=False, description="left out: the bridge knows them under this mark")


class HeartbeatReply(Message):
    """All lines this bridge holds; one that is missing is no longer its own."""

    lines: list[LineLease]
    heartbeat_seconds: float


class LineFence(Message):
    """A line and the fence under which the bridge holds it."""

    line: Reference
    fence: Fence


class ClaimRequest(Message):
    """Ask for work, waiting for some to come."""

    instance: Reference
    lines: list[LineFence]
    wait_seconds: Annotated[float, Field(ge=0, le=LONGEST_WAIT)] = LONGEST_WAIT


class SignedOrder(Message):
    """An order as the exact text that was signed."""

    payload: str = Field(description="JSON of Order")
    signature: str = Field(description="Ed25519 over the payload's UTF-8 bytes, in hexadecimal")


class Work(Message):
    """A command handed to a bridge, which is not yet allowed to write."""

    command: Reference
    meter: Reference
    line: Reference
    fence: Fence
    kind: CommandKind
    phase: Phase
    request_id: str
    signed: SignedOrder | None = Field(None, description="in phase verify: the order that may have been written")
    parameter: ParameterSetting | None = Field(None, description="write_parameter only: what is to be set")


class ClaimReply(Message):
    """Every command leased to this bridge that has no intent yet, and what must be verified."""

    work: list[Work]
    lost_lines: list[Reference] = Field([])


class IntentRequest(Message):
    """The bridge has read the meter and asks to be allowed to write."""

    instance: Reference
    line: Reference
    fence: Fence
    before: Evidence


class Order(Message):
    """Permission for one write, valid until the lease ends; checked right before the write."""

    command: Reference
    meter: Reference
    serial: str
    line: Reference
    fence: Fence
    kind: CommandKind
    purchase_no: int | None
    amount: int
    before: Evidence
    request_id: str
    expires_at: datetime
    parameter: ParameterSetting | None = Field(None, description="write_parameter only: what is to be set")


class IntentReply(Message):
    """The signed order, and how long it is good for."""

    signed: SignedOrder
    lease_seconds: float


class OutcomeRequest(Message):
    """What came of a command. Without `after` nothing is decided but that it must be asked again."""

    instance: Reference
    line: Reference
    fence: Fence = Field(description="the fence of the intent, or of the claim when nothing was intended")
    write: WriteResult
    exception: int | None = Field(None, description="Modbus exception code, where the meter gave one")
    after: Evidence | None = None


class OutcomeReply(Message):
    """How the backend judged it."""

    state: CommandState


class Reading(Message):
    """What a poll of a meter brought."""

    meter: Reference
    evidence: Evidence
    condition: Condition | None = Field(None, description="where the poll read that, too")


class ReadingsRequest(Message):
    """Readings in the order they were taken; told again they change nothing."""

    instance: Reference
    readings: Annotated[list[Reading], Field(max_length=5000)]


class ReadingsReply(Message):
    """How many were new."""

    stored: int
