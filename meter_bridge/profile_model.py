"""What a profile of a meter says (docs/adding-a-meter.md). Pure: pydantic only."""

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field, PrivateAttr, StrictInt, model_validator

from meter_bridge.judging import Limits
from meter_bridge.parameter_places import Parameters
from meter_bridge.profile_parts import Address, Part, Source
from meter_bridge.protocol import CommandKind, CreditUnit, MoneyCapability
from meter_bridge.registers import Shape


class TakeBack(StrEnum):
    """How credit can be taken out of a meter."""

    SUBTRACT_CAS = "subtract_cas"
    WIPE_NEW_EPOCH = "wipe_new_epoch"
    ABSOLUTE_WRITE = "absolute_write"
    NONE = "none"


class Quantity(StrEnum):
    """What a register can tell, in our unit."""

    SERIAL = "serial"
    PURCHASE_COUNT = "purchase_count"
    BALANCE = "balance"
    CUMULATIVE = "cumulative"
    LAST_PURCHASE = "last_purchase"
    SUPPLY = "supply"
    ENERGY_WH = "energy_wh"
    CRITICAL_PEAK_WH = "critical_peak_wh"
    PEAK_WH = "peak_wh"
    FLAT_WH = "flat_wh"
    VALLEY_WH = "valley_wh"
    DEEP_VALLEY_WH = "deep_valley_wh"
    VOLUME_L = "volume_l"
    POWER_W = "power_w"
    VOLTAGE_MV = "voltage_mv"
    CURRENT_MA = "current_ma"
    ERROR_WORD = "error_word"
    OVERDRAFT = "overdraft"
    DEBT = "debt"
    VOLTAGE_B_MV = "voltage_b_mv"
    VOLTAGE_C_MV = "voltage_c_mv"
    CURRENT_B_MA = "current_b_ma"
    CURRENT_C_MA = "current_c_ma"
    POWER_A_W = "power_a_w"
    POWER_B_W = "power_b_w"
    POWER_C_W = "power_c_w"
    REACTIVE_VAR = "reactive_var"
    REACTIVE_A_VAR = "reactive_a_var"
    REACTIVE_B_VAR = "reactive_b_var"
    REACTIVE_C_VAR = "reactive_c_var"
    POWER_FACTOR = "power_factor"
    POWER_FACTOR_A = "power_factor_a"
    POWER_FACTOR_B = "power_factor_b"
    POWER_FACTOR_C = "power_factor_c"
    VOLTAGE_THD = "voltage_thd"
    VOLTAGE_THD_B = "voltage_thd_b"
    VOLTAGE_THD_C = "voltage_thd_c"
    CURRENT_THD = "current_thd"
    CURRENT_THD_B = "current_thd_b"
    CURRENT_THD_C = "current_thd_c"
    FREQUENCY_MHZ = "frequency_mhz"
    ALARM_LOW_CREDIT_FIRST = "alarm_low_credit_first"
    ALARM_LOW_CREDIT_SECOND = "alarm_low_credit_second"
    ALARM_NO_CREDIT = "alarm_no_credit"
    ALARM_OVERLOAD = "alarm_overload"
    ALARM_MALICIOUS_LOAD = "alarm_malicious_load"
    ALARM_FAULT = "alarm_fault"
    ALARM_BATTERY_LOW = "alarm_battery_low"
    ALARM_LEAK = "alarm_leak"
    KEPT_SUPPLIED = "kept_supplied"
    FORCED = "forced"
    COUNTER = "counter"


_MEASURED = ("voltage", "current", "power", "reactive", "frequency", "alarm")
CONDITION = frozenset(quantity for quantity in Quantity if quantity.value.startswith(_MEASURED))
EVIDENCE = frozenset(Quantity) - CONDITION - {Quantity.ERROR_WORD, Quantity.OVERDRAFT, Quantity.COUNTER}
POLLED = EVIDENCE | CONDITION
PARAMETER_KINDS = (CommandKind.WRITE_PARAMETER, CommandKind.READ_PARAMETERS)


class Register(Shape):
    """A value that can be read."""

    address: Address
    source: Source


class WriteField(Shape):
    """A value inside a write: what is ordered, or a constant."""

    value: Literal["amount", "purchase_no", "address"] | StrictInt


class WriteFrame(Part):
    """One write of registers in a row (function 16): all of it arrives, or nothing."""

    address: Address
    source: Source
    fields: list[WriteField]

    def words(self, amount: int | None = None, purchase_no: int | None = None) -> list[int]:
        """Return the registers of this write; raise RegisterError where a value does not fit."""
        values = {"amount": amount or 0, "purchase_no": purchase_no or 0, "address": 0}
        words: list[int] = []
        for field in self.fields:
            words += field.registers(values[field.value] if isinstance(field.value, str) else field.value)
        return words

    def values(self, words: list[int]) -> dict[str, int] | None:
        """Return what was ordered by these registers; None when the constants in them are those of another write."""
        told: dict[str, int] = {}
        place = 0
        for field in self.fields:
            given, place = words[place : place + field.size], place + field.size
            if isinstance(field.value, str):
                told[field.value] = field.number(given)
            elif given != field.registers(field.value):
                return None
        return told

    @property
    def size(self) -> int:
        """Return how many registers are written."""
        return sum(field.size for field in self.fields)


class Money(Part):
    """By which rule the meter takes credit. Step and maximum are in the credit unit: fen, or watt-hours."""

    capability: MoneyCapability
    credit_unit: CreditUnit = CreditUnit.MONEY
    take_back: TakeBack = TakeBack.NONE
    step: Annotated[StrictInt, Field(ge=1)] = 1
    max_amount: Annotated[StrictInt, Field(ge=0, description="the largest single top-up the meter takes")] = 0


class Breaker(Part):
    """What the breaker lets through, the dearest price the meter may hold, and how it tells its state."""

    max_power_w: Annotated[StrictInt, Field(ge=0, description="0 for a valve, which lets no electricity through")]
    max_price_fen: Annotated[StrictInt, Field(ge=0, description="fen per kWh")]
    closed: StrictInt = 0
    open: StrictInt = 1


class Circuits(Part):
    """A box of many meters: its circuits answer at units of their own, so far apart, the first at that of the box."""

    most: Annotated[StrictInt, Field(ge=2, le=99)]
    unit_step: Annotated[StrictInt, Field(ge=1)]
    source: Source


class Hole(Part):
    """Registers from first to last that the meter refuses to read: no frame goes through them."""

    first: Address
    last: Address
    source: Source

    def meets(self, begin: int, end: int) -> bool:
        """Whether any register from begin up to, without, end lies in the hole."""
        return begin <= self.last and self.first < end


class Poll(Part):
    """Which quantities are read at another pace than usual (meter_bridge.read_plan), and what "rarely" is."""

    rarely_seconds: Annotated[float, Field(gt=0)] = 3600
    often: frozenset[Quantity] = frozenset()
    slot: frozenset[Quantity] = frozenset()
    rarely: frozenset[Quantity] = frozenset()


class ClockPlace(Part):
    """Where the meter keeps its clock, which runs by China's time.

    Modbus: six registers in a row (year, month, day, hour, minute, second). DL/T 645: date and time of the day.
    """

    address: Address
    time_address: Address | None = Field(None, description="DL/T 645 only: the identifier of the time of the day")
    source: Source


class Transformers(StrEnum):
    """Which side of the transformers before a meter its registers tell of."""

    SECONDARY = "secondary"
    PRIMARY = "primary"


class Access(Part):
    """What DL/T 645 asks of whoever writes: a level with its password, and an operator it keeps in its records."""

    level: Annotated[str, Field(pattern=r"^[0-9]{2}$")] = "02"
    password: Annotated[str, Field(pattern=r"^[0-9]{6}$")] = "000000"  # noqa: S105 -- what makers ship
    operator: Annotated[str, Field(pattern=r"^[0-9]{8}$")] = "00000000"


class Profile(Part):
    """A model of meter: what it can do, where its registers are, and who says so."""

    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")]
    title: Annotated[str, Field(min_length=1)]
    document: Source
    driver: str = "modbus"
    verified_on_hardware: bool
    poll_seconds: Annotated[float, Field(gt=0)]
    abilities: frozenset[CommandKind]
    money: Money
    breaker: Breaker
    access: Access = Access()
    circuits: Circuits | None = None
    transformers: Annotated[
        Transformers, Field(description="primary: the meter multiplies by itself, and we by nothing")
    ] = Transformers.SECONDARY
    poll: Poll = Poll()
    holes: list[Hole] = Field([])
    clock: ClockPlace | None = None
    registers: dict[Quantity, Register]
    writes: dict[CommandKind, WriteFrame] = Field({})
    parameters: Parameters = Parameters()
    _sha256: str = PrivateAttr(default="")

    @model_validator(mode="before")
    @classmethod
    def _able_to_set(cls, given: Any) -> Any:
        """Add to the abilities what follows from there being parameters."""
        if not isinstance(given, dict) or not given.get("parameters") or not isinstance(given.get("abilities"), list):
            return given
        return {**given, "abilities": [*given["abilities"], *(kind.value for kind in PARAMETER_KINDS)]}

    @property
    def sha256(self) -> str:
        """Return the digest of the file this profile came from."""
        return self._sha256

    def unit_of(self, unit: int, circuit: int) -> int | None:
        """Return the unit at which a circuit answers; None for a circuit that the profile does not know."""
        if circuit == 1:
            return unit
        if self.circuits is None or circuit > self.circuits.most:
            return None
        return unit + (circuit - 1) * self.circuits.unit_step

    @property
    def limits(self) -> Limits:
        """Return how fast credit can fall in this meter."""
        breaker = self.breaker
        return Limits(self.money.capability, self.money.credit_unit, breaker.max_power_w, breaker.max_price_fen)
