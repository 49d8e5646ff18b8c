"""Tables of times and dates as the bytes of a meter, and back. Pure.

A table that is not full is filled with its last entry; reading takes away repetitions and entries of zeros.
"""

from collections.abc import Mapping, Sequence

from meter_bridge.parameter_faults import ParameterError, ParameterFault
from meter_bridge.parameter_places import PlanPlace, SchedulesPlace
from meter_bridge.protocol_parameters import MOST_SLOTS, TariffPeriod

_HOUR = 60
_ENTRY = 3  # bytes
Day = list[tuple[int, TariffPeriod]]
Dates = list[tuple[int, int, int]]


def day_octets(place: SchedulesPlace, day: Day) -> bytes:
    """Return the table of one day."""
    numbers = {period: number for number, period in enumerate(place.periods, start=1)}
    entries = [{"hour": at // _HOUR, "minute": at % _HOUR, "period": numbers[period]} for at, period in day]
    return _octets(place, entries)


def day_in(place: SchedulesPlace, octets: bytes) -> Day:
    """Return the day a table holds: before its first entry the last one counts on. Raises ParameterError."""
    day: Day = []
    for entry in _entries(place, octets, "period"):
        if not entry["period"] <= len(place.periods):
            raise ParameterError(ParameterFault.NO_PERIOD, given=entry["period"])
        if entry["minute"] >= _HOUR:
            raise ParameterError(ParameterFault.TOO_HIGH, given=entry["minute"], most=_HOUR - 1)
        day.append((entry["hour"] * _HOUR + entry["minute"], place.periods[entry["period"] - 1]))
    if day[0][0] and len(day) < MOST_SLOTS:
        day.insert(0, (0, day[-1][1]))
    return day


def plan_octets(place: PlanPlace, dates: Dates) -> bytes:
    """Return the table of dates."""
    return _octets(place, [{"month": month, "day": day, "schedule": number} for month, day, number in dates])


def plan_in(place: PlanPlace, octets: bytes) -> Dates:
    """Return the dates a table holds. Raises ParameterError."""
    return [(entry["month"], entry["day"], entry["schedule"]) for entry in _entries(place, octets, "schedule")]


def _octets(place: SchedulesPlace | PlanPlace, entries: Sequence[Mapping[str, int]]) -> bytes:
    full = [*entries, *[entries[-1]] * (place.slots - len(entries))]
    coded = (entry[word] for entry in full for word in place.layout)
    return bytes(int(str(each), 16) if place.coding == "bcd" else each for each in coded)


def _entries(place: SchedulesPlace | PlanPlace, octets: bytes, number: str) -> list[dict[str, int]]:
    """Return the entries up to the first that repeats the one before it, or that has no number."""
    entries: list[dict[str, int]] = []
    for begin in range(0, len(octets), _ENTRY):
        told = [_byte(place, each) for each in octets[begin : begin + _ENTRY]]
        entry: dict[str, int] = dict(zip(place.layout, told, strict=True))
        if not entry[number] or (entries and entry == entries[-1]):
            break
        entries.append(entry)
    if not entries:
        raise ParameterError(ParameterFault.WRONG_SHAPE, given=octets.hex())
    return entries


def _byte(place: SchedulesPlace | PlanPlace, octet: int) -> int:
    if place.coding == "binary":
        return octet
    if not f"{octet:x}".isdecimal():
        raise ParameterError(ParameterFault.NO_NUMBER, given=f"{octet:02X}h")
    return int(f"{octet:x}")
