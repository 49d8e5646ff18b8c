"""What a meter measures and warns of at one instant (docs/bridge-protocol.md). Pure pydantic."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from meter_bridge.protocol_base import Message

Phases = Annotated[list[int], Field(min_length=1, max_length=3)]


class Alarm(StrEnum):
    """What a meter warns of by a bit of its own."""

    LOW_CREDIT_FIRST = "low_credit_first"
    LOW_CREDIT_SECOND = "low_credit_second"
    NO_CREDIT = "no_credit"
    OVERLOAD = "overload"
    MALICIOUS_LOAD = "malicious_load"
    FAULT = "fault"
    BATTERY_LOW = "battery_low"
    LEAK = "leak"


class Condition(Message):
    """Measured values, for each phase or for the only one, and alarms; None where the profile has no such register.

    Power factors are in thousandths, negative where power flows back; distortions in hundredths of a per cent.
    """

    voltage_mv: Phases | None = None
    current_ma: Phases | None = None
    power_w: int | None = None
    phase_power_w: Phases | None = None
    reactive_var: int | None = None
    phase_reactive_var: Phases | None = None
    power_factor: int | None = None
    phase_power_factor: Phases | None = None
    voltage_thd: Phases | None = None
    current_thd: Phases | None = None
    frequency_mhz: int | None = None
    alarms: list[Alarm] | None = None
