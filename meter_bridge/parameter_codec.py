"""How the parameters of a meter lie in it: registers of Modbus, or bytes of DL/T 645. Pure.

A piece is what lies at one address and is written at once: a list of registers, or of bytes.
"""

from dataclasses import dataclass
from typing import Protocol

from meter_bridge.dlt645 import Dlt645Error
from meter_bridge.parameter_faults import ParameterError
from meter_bridge.parameter_octets import Octets
from meter_bridge.parameter_places import NumberPlace, Place, PlanPlace, PricesPlace, SchedulesPlace
from meter_bridge.parameter_tables import day_in, day_octets, plan_in, plan_octets
from meter_bridge.parameter_words import Words
from meter_bridge.protocol import DatePlan, DaySchedules, ParameterCode, ParameterValue, Prices, parameter_value
from meter_bridge.registers import RegisterError


@dataclass(frozen=True, slots=True)
class Piece:
    """Registers from an address on, or the data of an identifier."""

    address: int
    content: list[int]


class Coding(Protocol):
    """What a way of speaking makes of numbers and tables. joined: numbers in a row are one piece."""

    joined: bool

    def number(self, place: NumberPlace, value: int) -> list[int]:
        """Return a number as it lies there."""

    def number_in(self, place: NumberPlace, content: list[int]) -> int:
        """Return the number that lies there; raise RegisterError or Dlt645Error."""

    def size(self, place: NumberPlace) -> int:
        """Return how long a number is."""

    def table(self, octets: bytes) -> list[int]:
        """Return the bytes of a table as they lie there."""

    def octets(self, content: list[int]) -> bytes:
        """Return the bytes of a table."""


_WORDS, _OCTETS = Words(), Octets()


def coding_of(driver: str) -> Coding:
    """Return the coding of a way of speaking."""
    return _OCTETS if driver == "dlt645" else _WORDS


def pieces(coding: Coding, place: Place, value: ParameterValue) -> list[Piece]:
    """Return all that is written for a value the place can hold (place.check)."""
    contents = _contents(coding, place, value)
    return [Piece(address, content) for (address, _), content in zip(extents(coding, place), contents, strict=True)]


def extents(coding: Coding, place: Place) -> list[tuple[int, int]]:
    """Return where the pieces lie: address, and how many registers or bytes."""
    if isinstance(place, SchedulesPlace | PlanPlace):
        length = len(coding.table(bytes(place.octets)))
        return [(address, length) for address in place.addresses]
    size, count = coding.size(place), len(place.periods) if isinstance(place, PricesPlace) else 1
    if coding.joined:
        return [(place.address, size * count)]
    return [(place.address + number, size) for number in range(count)]


def value_in(coding: Coding, code: ParameterCode, place: Place, contents: list[list[int]]) -> ParameterValue | None:
    """Return the value that these pieces hold; None when it is no value of this parameter."""
    try:
        return parameter_value(code, _told(coding, place, contents))
    except (ParameterError, RegisterError, Dlt645Error):
        return None


def _contents(coding: Coding, place: Place, value: ParameterValue) -> list[list[int]]:
    match place, value:
        case SchedulesPlace(), DaySchedules(root=days):
            every = [*days, *[days[-1]] * (len(place.addresses) - len(days))]
            return [coding.table(day_octets(place, day)) for day in every]
        case PlanPlace(), DatePlan(root=dates):
            return [coding.table(plan_octets(place, dates))]
        case PricesPlace(), Prices(root=prices):
            numbers = [coding.number(place, prices[period]) for period in place.periods]
            return [[word for number in numbers for word in number]] if coding.joined else numbers
        case NumberPlace(), int():
            return [coding.number(place, value)]
        case _:
            raise TypeError(f"{value!r} is nothing for {type(place).__name__}")


def _told(coding: Coding, place: Place, contents: list[list[int]]) -> object:
    if isinstance(place, SchedulesPlace):
        return [day_in(place, coding.octets(content)[: place.octets]) for content in contents]
    if isinstance(place, PlanPlace):
        return plan_in(place, coding.octets(contents[0])[: place.octets])
    words, size = [word for content in contents for word in content], coding.size(place)
    numbers = [coding.number_in(place, words[begin : begin + size]) for begin in range(0, len(words), size)]
    return dict(zip(place.periods, numbers, strict=True)) if isinstance(place, PricesPlace) else numbers[0]
