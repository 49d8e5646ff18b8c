"""How each parameter is asked for and written: which kind of value, in which unit people use."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from backend.metering.parameters.money import CREDIT_NUMBERS
from meter_bridge.protocol import CreditUnit, ParameterCode

ValueKind = Literal["number", "prices", "schedules", "plan"]
_C = ParameterCode
TABLES: dict[ParameterCode, ValueKind] = {
    _C.UNIT_PRICES: "prices",
    _C.DAY_SCHEDULES: "schedules",
    _C.DATE_PLAN: "plan",
}


@dataclass(frozen=True, slots=True)
class Measure:
    """The unit in which people read and type a number: ours is smaller by so many decimals. unit is in Chinese."""

    unit: str
    places: int

    def written(self, number: int) -> str:
        """Write a number of ours with its unit."""
        whole, _, part = self.typed(number).partition(".")
        return f"{int(whole):,}{'.' if part else ''}{part} {self.unit}".rstrip()

    def typed(self, number: int) -> str:
        """Write a number of ours as it is typed, without zeros at the end that say nothing."""
        least = 2 if self.unit.startswith("元") else 0
        text = f"{Decimal(number).scaleb(-self.places):f}"
        whole, _, part = text.partition(".")
        part = part.rstrip("0").ljust(least, "0")
        return f"{whole}.{part}" if part else whole


PRICE = Measure("元/kWh", 6)
MEASURES = {
    _C.OVERLOAD_LIMIT: Measure("W", 0),
    _C.MALICIOUS_STEP_LIMIT: Measure("W", 0),
    _C.MALICIOUS_POWER_FACTOR_LIMIT: Measure("", 3),
    _C.RECOVERY_SECONDS: Measure("秒", 0),
    _C.DAILY_TRIP_LIMIT: Measure("次", 0),
    _C.OVER_VOLTAGE_LIMIT: Measure("V", 3),
    _C.UNDER_VOLTAGE_LIMIT: Measure("V", 3),
    _C.OVER_CURRENT_LIMIT: Measure("A", 3),
    _C.VOLTAGE_UNBALANCE_LIMIT: Measure("%", 2),
    _C.CURRENT_UNBALANCE_LIMIT: Measure("%", 2),
}
CREDIT = {CreditUnit.MONEY: Measure("元", 2), CreditUnit.ENERGY: Measure("kWh", 3)}


def kind_of(code: ParameterCode) -> ValueKind:
    """Return what kind of value a parameter has."""
    return TABLES.get(code, "number")


def measure_of(code: ParameterCode, unit: CreditUnit) -> Measure:
    """Return the unit of a number, or of each price."""
    if code is _C.UNIT_PRICES:
        return PRICE
    return CREDIT[unit] if code in CREDIT_NUMBERS else MEASURES[code]
