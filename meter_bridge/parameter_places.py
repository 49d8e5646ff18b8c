"""Where a meter keeps its parameters and what it can hold of them (docs/adding-a-meter.md). Pure: pydantic only."""

from math import gcd
from typing import Annotated, Literal

from pydantic import Field, StrictInt

from meter_bridge.profile_parts import Address, Part, Source
from meter_bridge.protocol import (
    DatePlan,
    DaySchedules,
    ParameterCode,
    ParameterError,
    ParameterFault,
    ParameterSetting,
    ParameterValue,
    Prices,
    TariffPeriod,
)
from meter_bridge.protocol_parameters import LARGEST, MOST_DAYS, MOST_SLOTS
from meter_bridge.registers import Shape

Number = Annotated[StrictInt, Field(ge=0, le=LARGEST)]
Periods = Annotated[list[TariffPeriod], Field(min_length=1, max_length=len(TariffPeriod))]
Slots = Annotated[StrictInt, Field(ge=1, le=MOST_SLOTS)]


class NumberPlace(Shape):
    """A number, in the unit of its parameter; the meter holds multiples of its step from least to most."""

    address: Address
    least: Number = 0
    most: Number
    source: Source

    @property
    def step(self) -> int:
        """Return the smallest difference the meter can hold."""
        return self.multiply // gcd(self.multiply, self.divide)

    def check(self, value: ParameterValue) -> None:
        """Raise ParameterError for what this meter cannot hold."""
        if not isinstance(value, int):
            raise ParameterError(ParameterFault.WRONG_SHAPE, given=str(value)[:40])
        if value < self.least:
            raise ParameterError(ParameterFault.TOO_LOW, given=value, least=self.least)
        if value > self.most:
            raise ParameterError(ParameterFault.TOO_HIGH, given=value, most=self.most)
        if value % self.step:
            raise ParameterError(ParameterFault.BETWEEN_STEPS, given=value, step=self.step)


class PricesPlace(NumberPlace):
    """Prices in a row, each as long as the first, in the order of `periods`."""

    periods: Periods

    def check(self, value: ParameterValue) -> None:
        """Raise ParameterError unless there is a price this meter can hold for each of its periods, and no other."""
        if not isinstance(value, Prices):
            raise ParameterError(ParameterFault.WRONG_SHAPE, given=str(value)[:40])
        if set(value.root) != set(self.periods):
            given, periods = (", ".join(sorted(each)) for each in (value.root, self.periods))
            raise ParameterError(ParameterFault.WRONG_PERIODS, given=given, periods=periods)
        for price in value.root.values():
            super().check(price)


class TablePlace(Part):
    """Tables of so many entries, each of one byte for each word of `layout`, in the order of the wire."""

    addresses: Annotated[list[Address], Field(min_length=1, max_length=MOST_DAYS)]
    slots: Slots
    coding: Literal["binary", "bcd"] = "binary"
    source: Source

    @property
    def octets(self) -> int:
        """Return how many bytes one table takes."""
        return 3 * self.slots


class SchedulesPlace(TablePlace):
    """A table for each day schedule. In the meter period 1 is the first of `periods`, 2 the second, and so on."""

    layout: Annotated[list[Literal["period", "minute", "hour"]], Field(min_length=3, max_length=3)]
    periods: Periods

    def check(self, value: ParameterValue) -> None:
        """Raise ParameterError for more days or entries than there is room, or a period the meter does not count."""
        if not isinstance(value, DaySchedules):
            raise ParameterError(ParameterFault.WRONG_SHAPE, given=str(value)[:40])
        if len(value.root) > len(self.addresses):
            raise ParameterError(ParameterFault.TOO_MANY_DAYS, given=len(value.root), most=len(self.addresses))
        for day in value.root:
            if len(day) > self.slots:
                raise ParameterError(ParameterFault.TOO_MANY_SLOTS, given=len(day), most=self.slots)
            for period in {period for _, period in day} - set(self.periods):
                raise ParameterError(
                    ParameterFault.WRONG_PERIODS, given=period.value, periods=", ".join(sorted(self.periods))
                )


class PlanPlace(TablePlace):
    """One table of dates, each with the number of a day schedule."""

    addresses: Annotated[list[Address], Field(min_length=1, max_length=1)]
    layout: Annotated[list[Literal["schedule", "day", "month"]], Field(min_length=3, max_length=3)]
    schedules: Annotated[StrictInt, Field(ge=1, le=MOST_DAYS, description="how many day schedules there are")]

    def check(self, value: ParameterValue) -> None:
        """Raise ParameterError for more dates than there is room, or a schedule that is not there."""
        if not isinstance(value, DatePlan):
            raise ParameterError(ParameterFault.WRONG_SHAPE, given=str(value)[:40])
        if len(value.root) > self.slots:
            raise ParameterError(ParameterFault.TOO_MANY_SLOTS, given=len(value.root), most=self.slots)
        for _, _, number in value.root:
            if number > self.schedules:
                raise ParameterError(ParameterFault.NO_SCHEDULE, given=number, most=self.schedules)


Place = NumberPlace | PricesPlace | SchedulesPlace | PlanPlace


class Parameters(Part):
    """The parameters of a profile, by their code; None: the meter has no such parameter, or nobody knows where."""

    low_credit_threshold_1: NumberPlace | None = None
    low_credit_threshold_2: NumberPlace | None = None
    low_credit_threshold_3: NumberPlace | None = None
    overdraft_limit: NumberPlace | None = None
    hoard_limit: NumberPlace | None = None
    reclose_credit: NumberPlace | None = None
    unit_prices: PricesPlace | None = None
    day_schedules: SchedulesPlace | None = None
    date_plan: PlanPlace | None = None
    overload_limit: NumberPlace | None = None
    malicious_step_limit: NumberPlace | None = None
    malicious_power_factor_limit: NumberPlace | None = None
    recovery_seconds: NumberPlace | None = None
    daily_trip_limit: NumberPlace | None = None
    over_voltage_limit: NumberPlace | None = None
    under_voltage_limit: NumberPlace | None = None
    over_current_limit: NumberPlace | None = None
    voltage_unbalance_limit: NumberPlace | None = None
    current_unbalance_limit: NumberPlace | None = None

    @property
    def places(self) -> dict[ParameterCode, Place]:
        """Return those there are, in the order of ParameterCode."""
        told = {code: getattr(self, code.value) for code in ParameterCode}
        return {code: place for code, place in told.items() if place is not None}

    def check(self, setting: ParameterSetting) -> None:
        """Raise ParameterError for a setting that this model cannot hold."""
        place = self.places.get(setting.code)
        if place is None:
            raise ParameterError(ParameterFault.NOT_OFFERED, given=setting.code.value)
        place.check(setting.value)
