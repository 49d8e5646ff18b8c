"""Parameters of meters: what can be set, and one canonical value for each (docs/bridge-protocol.md). Pure pydantic.

A value that holds the same is equal, however it was written: parameter_value() makes it canonical.
"""

from collections.abc import Mapping
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Any

from pydantic import BeforeValidator, RootModel, model_validator

from meter_bridge.parameter_faults import ParameterError, ParameterFault
from meter_bridge.protocol_base import Message

LARGEST = 10**12
MOST_SLOTS = 14  # of a day, and dates of a year: no meter we know has more
MOST_DAYS = 16
DAY_MINUTES = 24 * 60
_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class ParameterCode(StrEnum):
    """What can be set in a meter."""

    LOW_CREDIT_THRESHOLD_1 = "low_credit_threshold_1"
    LOW_CREDIT_THRESHOLD_2 = "low_credit_threshold_2"
    LOW_CREDIT_THRESHOLD_3 = "low_credit_threshold_3"
    OVERDRAFT_LIMIT = "overdraft_limit"
    HOARD_LIMIT = "hoard_limit"
    RECLOSE_CREDIT = "reclose_credit"
    UNIT_PRICES = "unit_prices"
    DAY_SCHEDULES = "day_schedules"
    DATE_PLAN = "date_plan"
    OVERLOAD_LIMIT = "overload_limit"
    MALICIOUS_STEP_LIMIT = "malicious_step_limit"
    MALICIOUS_POWER_FACTOR_LIMIT = "malicious_power_factor_limit"
    RECOVERY_SECONDS = "recovery_seconds"
    DAILY_TRIP_LIMIT = "daily_trip_limit"
    OVER_VOLTAGE_LIMIT = "over_voltage_limit"
    UNDER_VOLTAGE_LIMIT = "under_voltage_limit"
    OVER_CURRENT_LIMIT = "over_current_limit"
    VOLTAGE_UNBALANCE_LIMIT = "voltage_unbalance_limit"
    CURRENT_UNBALANCE_LIMIT = "current_unbalance_limit"


class ParameterUnit(StrEnum):
    """What the numbers of a parameter count."""

    CREDIT = "credit"  # fen, or watt-hours: as the meter counts its credit
    MICROYUAN_PER_KWH = "microyuan_per_kwh"
    WATT = "watt"
    MILLIVOLT = "millivolt"
    MILLIAMPERE = "milliampere"
    HUNDREDTH_PER_CENT = "hundredth_per_cent"
    THOUSANDTH = "thousandth"
    SECOND = "second"
    TIMES = "times"
    CALENDAR = "calendar"  # minutes of the day, dates of the year


class TariffPeriod(StrEnum):
    """A part of the day with a price of its own."""

    CRITICAL_PEAK = "critical_peak"
    PEAK = "peak"
    FLAT = "flat"
    VALLEY = "valley"
    DEEP_VALLEY = "deep_valley"


_CREDIT, _CALENDAR = ParameterUnit.CREDIT, ParameterUnit.CALENDAR
UNITS = {
    ParameterCode.LOW_CREDIT_THRESHOLD_1: _CREDIT,
    ParameterCode.LOW_CREDIT_THRESHOLD_2: _CREDIT,
    ParameterCode.LOW_CREDIT_THRESHOLD_3: _CREDIT,
    ParameterCode.OVERDRAFT_LIMIT: _CREDIT,
    ParameterCode.HOARD_LIMIT: _CREDIT,
    ParameterCode.RECLOSE_CREDIT: _CREDIT,
    ParameterCode.UNIT_PRICES: ParameterUnit.MICROYUAN_PER_KWH,
    ParameterCode.DAY_SCHEDULES: _CALENDAR,
    ParameterCode.DATE_PLAN: _CALENDAR,
    ParameterCode.OVERLOAD_LIMIT: ParameterUnit.WATT,
    ParameterCode.MALICIOUS_STEP_LIMIT: ParameterUnit.WATT,
    ParameterCode.MALICIOUS_POWER_FACTOR_LIMIT: ParameterUnit.THOUSANDTH,
    ParameterCode.RECOVERY_SECONDS: ParameterUnit.SECOND,
    ParameterCode.DAILY_TRIP_LIMIT: ParameterUnit.TIMES,
    ParameterCode.OVER_VOLTAGE_LIMIT: ParameterUnit.MILLIVOLT,
    ParameterCode.UNDER_VOLTAGE_LIMIT: ParameterUnit.MILLIVOLT,
    ParameterCode.OVER_CURRENT_LIMIT: ParameterUnit.MILLIAMPERE,
    ParameterCode.VOLTAGE_UNBALANCE_LIMIT: ParameterUnit.HUNDREDTH_PER_CENT,
    ParameterCode.CURRENT_UNBALANCE_LIMIT: ParameterUnit.HUNDREDTH_PER_CENT,
}


class Prices(RootModel[dict[TariffPeriod, int]]):
    """Millionths of a yuan per kWh, for each tariff period that the meter has a price for."""


class DaySchedules(RootModel[list[list[tuple[int, TariffPeriod]]]]):
    """Days, the first of which is number 1: from which minute of the day on which period counts.

    Canonical: no slot repeats the period before it, and no day at the end repeats the day before it.
    """


class DatePlan(RootModel[list[tuple[int, int, int]]]):
    """Month, day, and the number of the day's schedule from then on; before the first date the last one counts.

    Canonical: no date repeats the schedule before it.
    """


ParameterValue = int | Prices | DaySchedules | DatePlan


class ParameterSetting(Message):
    """What a parameter is to be."""

    code: ParameterCode
    value: ParameterValue

    @model_validator(mode="before")
    @classmethod
    def _canonical(cls, given: Any) -> Any:
        if not isinstance(given, Mapping) or "value" not in given or given.get("code") not in set(ParameterCode):
            return given
        return {**given, "value": parameter_value(ParameterCode(given["code"]), given["value"])}


def parameter_value(code: ParameterCode, given: object) -> ParameterValue:
    """Return a value, told as JSON tells it or as one of our own, in its canonical form; raise ParameterError."""
    raw = given.root if isinstance(given, RootModel) else given
    match code:
        case ParameterCode.UNIT_PRICES:
            return _prices(raw)
        case ParameterCode.DAY_SCHEDULES:
            return _schedules(raw)
        case ParameterCode.DATE_PLAN:
            return _plan(raw)
        case _:
            return _number(raw)


def _told(given: Any) -> Any:
    """Make every value canonical by its code, so that equal settings of two meters are equal."""
    if not isinstance(given, Mapping):
        return given
    codes = set(ParameterCode)
    return {
        code: parameter_value(ParameterCode(code), value) if code in codes and value is not None else value
        for code, value in given.items()
    }


# None: the meter refuses to tell it, or holds what is no such value.
ToldParameters = Annotated[dict[ParameterCode, ParameterValue | None], BeforeValidator(_told)]


def _number(raw: object, most: int = LARGEST, least: int = 0) -> int:
    if not isinstance(raw, int) or isinstance(raw, bool):
        raise ParameterError(ParameterFault.NO_NUMBER, given=str(raw)[:40])
    if raw < least:
        raise ParameterError(ParameterFault.TOO_LOW, given=raw, least=least)
    if raw > most:
        raise ParameterError(ParameterFault.TOO_HIGH, given=raw, most=most)
    return raw


def _period(raw: object) -> TariffPeriod:
    try:
        return TariffPeriod(str(raw))
    except ValueError:
        raise ParameterError(ParameterFault.NO_PERIOD, given=str(raw)[:40]) from None


def _parts(raw: object, most: int, fault: ParameterFault) -> list[Any]:
    """Return the parts of a list that has some, and no more than so many."""
    if not isinstance(raw, list | tuple) or not raw:
        raise ParameterError(ParameterFault.WRONG_SHAPE, given=str(raw)[:40])
    if len(raw) > most:
        raise ParameterError(fault, given=len(raw), most=most)
    return list(raw)


def _row(raw: object, size: int) -> list[Any]:
    if not isinstance(raw, list | tuple) or len(raw) != size:
        raise ParameterError(ParameterFault.WRONG_SHAPE, given=str(raw)[:40])
    return list(raw)


def _prices(raw: object) -> Prices:
    if not isinstance(raw, Mapping) or not raw:
        raise ParameterError(ParameterFault.WRONG_SHAPE, given=str(raw)[:40])
    given = {_period(period): _number(price) for period, price in raw.items()}
    return Prices({period: given[period] for period in TariffPeriod if period in given})


def _schedules(raw: object) -> DaySchedules:
    days = [_day(day) for day in _parts(raw, MOST_DAYS, ParameterFault.TOO_MANY_DAYS)]
    while len(days) > 1 and days[-1] == days[-2]:
        days.pop()
    return DaySchedules(days)


def _day(raw: object) -> list[tuple[int, TariffPeriod]]:
    rows = [_row(slot, 2) for slot in _parts(raw, MOST_SLOTS, ParameterFault.TOO_MANY_SLOTS)]
    slots = [(_number(minute, DAY_MINUTES - 1), _period(period)) for minute, period in rows]
    if slots[0][0] != 0:
        raise ParameterError(ParameterFault.LATE_START, given=_clock(slots[0][0]))
    for (earlier, _), (later, _) in pairwise(slots):
        if later <= earlier:
            raise ParameterError(ParameterFault.NOT_RISING, given=_clock(later), before=_clock(earlier))
    repeats = [False, *(one[1] is other[1] for one, other in pairwise(slots))]
    return [slot for slot, again in zip(slots, repeats, strict=True) if not again]


def _plan(raw: object) -> DatePlan:
    rows = [_row(date, 3) for date in _parts(raw, MOST_SLOTS, ParameterFault.TOO_MANY_SLOTS)]
    dates = [(_number(month), _number(day), _number(number, MOST_DAYS, 1)) for month, day, number in rows]
    for month, day, _ in dates:
        if not 1 <= month <= len(_MONTHS) or not 1 <= day <= _MONTHS[month - 1]:
            raise ParameterError(ParameterFault.NO_DATE, given=f"{month}-{day}")
    for earlier, later in pairwise(dates):
        if later[:2] <= earlier[:2]:
            given, before = (f"{month}-{day}" for month, day, _ in (later, earlier))
            raise ParameterError(ParameterFault.NOT_RISING, given=given, before=before)
    repeats = [False, *(one[2] == other[2] for one, other in pairwise(dates))]
    return DatePlan([date for date, again in zip(dates, repeats, strict=True) if not again])


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
