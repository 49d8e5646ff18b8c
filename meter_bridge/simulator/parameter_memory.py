"""The parameters of a simulated meter, piece by piece as they lie in it, and what follows from them. Pure."""

from collections.abc import Mapping
from datetime import datetime

from meter_bridge.parameter_codec import coding_of, extents, pieces, value_in
from meter_bridge.profile_model import Profile, Quantity
from meter_bridge.protocol import (
    DatePlan,
    DaySchedules,
    ParameterCode,
    ParameterError,
    ParameterSetting,
    ParameterValue,
    TariffPeriod,
)
from meter_bridge.simulator.factory_settings import FACTORY, made_with

_HOUR, _MINUTE_MS = 60, 60_000
_SCHEDULED = (ParameterCode.DAY_SCHEDULES, ParameterCode.DATE_PLAN)


class ParameterMemory:
    """What a meter holds of its parameters. first: numbers that it was made with.

    words: every register, where the pieces are of registers.
    """

    def __init__(self, profile: Profile, first: Mapping[ParameterCode, int]) -> None:
        self._places, self._coding = profile.parameters.places, coding_of(profile.driver)
        self._extents = {code: extents(self._coding, place) for code, place in self._places.items()}
        numbers = FACTORY | dict(first)
        self._factory = {
            piece.address: piece.content
            for code, place in self._places.items()
            for piece in pieces(self._coding, place, made_with(place, numbers.get(code, 0)))
        }
        self._written: dict[int, list[int]] = {}
        self._changed()

    def content(self, address: int) -> list[int] | None:
        """Return the piece at an address; None where no parameter begins."""
        return self._written.get(address, self._factory.get(address))

    def value(self, code: ParameterCode) -> ParameterValue | None:
        """Return what is held; None where the profile has no such parameter."""
        return self._values.get(code)

    def number(self, code: ParameterCode) -> int | None:
        """Return a number that is held; None where the profile has no such parameter."""
        value = self.value(code)
        return value if isinstance(value, int) else None

    def has_room_for(self, balance: int) -> bool:
        """Whether the meter would hold so much credit."""
        limit = self.number(ParameterCode.HOARD_LIMIT)
        return limit is None or balance <= limit

    def take(self, address: int, content: list[int]) -> bool | None:
        """Take a piece, or refuse what the parameter cannot be; None where no parameter begins."""
        for code, lying in self._extents.items():
            if (address, len(content)) in lying:
                return self._take(code, address, content)
        return False if address in self._factory else None

    def forget(self, code: ParameterCode) -> None:
        """Hold what it was made with again: a meter that lost its settings."""
        for address, _ in self._extents[code]:
            self._written.pop(address, None)
        self._changed()

    def state(self) -> dict[str, list[int]]:
        """Return what survives a power loss."""
        return {str(address): content for address, content in self._written.items()}

    def restore(self, state: Mapping[str, list[int]]) -> None:
        """Take over what survived, as far as the profile still has it."""
        known = {extent for lying in self._extents.values() for extent in lying}
        told = {int(address): content for address, content in state.items()}
        self._written = {a: content for a, content in told.items() if (a, len(content)) in known}
        self._changed()

    def period_at(self, local: datetime) -> Quantity | None:
        """Return by which register the meter counts then; None as long as nobody wrote its tables."""
        day = self._day(local)
        if day is None:
            return None
        minute = local.hour * _HOUR + local.minute
        return Quantity(f"{[period for at, period in day if at <= minute][-1].value}_wh")

    def until_next_period_ms(self, local: datetime) -> int | None:
        """Return how long the period lasts at most; None where it ends with the day, or by no table."""
        into_ms = (local.hour * _HOUR + local.minute) * _MINUTE_MS + local.second * 1000 + local.microsecond // 1000
        return next((at * _MINUTE_MS - into_ms for at, _ in self._day(local) or [] if at * _MINUTE_MS > into_ms), None)

    def _day(self, local: datetime) -> list[tuple[int, TariffPeriod]] | None:
        days, plan = (self.value(code) for code in _SCHEDULED)
        if not self._scheduled or not isinstance(days, DaySchedules):
            return None
        number = _number_on(plan, (local.month, local.day)) if isinstance(plan, DatePlan) else 1
        return days.root[min(number, len(days.root)) - 1]

    def _take(self, code: ParameterCode, address: int, content: list[int]) -> bool:
        place = self._places[code]
        whole = [content if at == address else self._held(at) for at, _ in self._extents[code]]
        value = value_in(self._coding, code, place, whole)
        if value is None:
            return False
        try:
            place.check(ParameterSetting(code=code, value=value).value)
        except ParameterError:
            return False
        self._written[address] = content
        self._changed()
        return True

    def _changed(self) -> None:
        """Work out anew what is asked for at every step."""
        held = self._factory | self._written
        self.words = {address + offset: word for address, piece in held.items() for offset, word in enumerate(piece)}
        self._values = {
            code: value_in(self._coding, code, place, [self._held(address) for address, _ in self._extents[code]])
            for code, place in self._places.items()
        }
        lying = (address for code in _SCHEDULED for address, _ in self._extents.get(code, []))
        self._scheduled = any(address in self._written for address in lying)

    def _held(self, address: int) -> list[int]:
        return self._written.get(address, self._factory[address])


def _number_on(plan: DatePlan, today: tuple[int, int]) -> int:
    """Return the number of the day schedule that counts on a date: before the first date the last one does."""
    return [*plan.root[-1:], *(date for date in plan.root if date[:2] <= today)][-1][2]
