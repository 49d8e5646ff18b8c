"""The parameters a simulated meter is made with. Pure."""

from meter_bridge.parameter_places import NumberPlace, Place, PlanPlace, PricesPlace, SchedulesPlace
from meter_bridge.protocol import DatePlan, DaySchedules, ParameterCode, ParameterValue, Prices, TariffPeriod
from meter_bridge.tariff_schedule import SCHEDULE

_HOUR = 60
_INSTEAD = {TariffPeriod.DEEP_VALLEY: TariffPeriod.VALLEY, TariffPeriod.CRITICAL_PEAK: TariffPeriod.PEAK}
# What is not named here is 0, or as little as the meter can hold.
FACTORY = {
    ParameterCode.HOARD_LIMIT: 10**12,
    ParameterCode.MALICIOUS_STEP_LIMIT: 2_000,
    ParameterCode.MALICIOUS_POWER_FACTOR_LIMIT: 980,
    ParameterCode.RECOVERY_SECONDS: 60,
    ParameterCode.DAILY_TRIP_LIMIT: 3,
    ParameterCode.OVER_VOLTAGE_LIMIT: 264_000,
    ParameterCode.UNDER_VOLTAGE_LIMIT: 176_000,
    ParameterCode.OVER_CURRENT_LIMIT: 72_000,
    ParameterCode.VOLTAGE_UNBALANCE_LIMIT: 3_000,
    ParameterCode.CURRENT_UNBALANCE_LIMIT: 3_000,
    ParameterCode.UNIT_PRICES: 800_000,
}


def made_with(place: Place, number: int) -> ParameterValue:
    """Return the value a place has at first, near this number; tables are those that simulated meters count by."""
    match place:
        case SchedulesPlace():
            return DaySchedules([_day_of(place)])
        case PlanPlace():
            return DatePlan([(1, 1, 1)])
        case PricesPlace():
            return Prices(dict.fromkeys(place.periods, _held_of(place, number)))
        case NumberPlace():
            return _held_of(place, number)


def _held_of(place: NumberPlace, number: int) -> int:
    """Return the nearest that a place can hold."""
    within = min(max(number, place.least), place.most)
    return within - within % place.step or -(-place.least // place.step) * place.step


def _day_of(place: SchedulesPlace) -> list[tuple[int, TariffPeriod]]:
    day: list[tuple[int, TariffPeriod]] = []
    at = 0
    for hours, quantity in SCHEDULE:
        period = TariffPeriod(quantity.value.removesuffix("_wh"))
        shown = period if period in place.periods else _INSTEAD.get(period, place.periods[0])
        if not day or day[-1][1] is not shown:
            day.append((at * _HOUR, shown))
        at += hours
    return day
