"""What the parameters of a profile owe each other and its other keys. Pure."""

from collections.abc import Iterator

from meter_bridge.parameter_codec import Coding, coding_of, extents
from meter_bridge.parameter_places import NumberPlace, Place
from meter_bridge.parameter_shapes import Broken, broken_limits, broken_shape
from meter_bridge.profile_model import PARAMETER_KINDS, Profile
from meter_bridge.protocol import MoneyCapability, ParameterCode

_ADDRESSES = 0x10000
_MICROYUAN_PER_FEN = 10_000


def broken_parameters(profile: Profile) -> Iterator[Broken]:
    """Tell each rule that [parameters] breaks: the key, and what to write."""
    coding = coding_of(profile.driver)
    if profile.abilities.intersection(PARAMETER_KINDS) and not profile.parameters.places:
        yield ("abilities",), "take 'write_parameter' and 'read_parameters' out: they follow from [parameters]"
    for code, place in profile.parameters.places.items():
        path = ("parameters", code.value)
        misshaped = list(broken_shape(profile, path, place))
        yield from misshaped or broken_limits(profile, path, place)
        if not misshaped and profile.driver == "modbus":
            yield from _addresses(profile, path, coding, place)
    yield from _apart(profile, coding)
    yield from _numbers_of_schedules(profile)
    yield from _prices(profile)


def _addresses(profile: Profile, path: tuple[str, str], coding: Coding, place: Place) -> Iterator[Broken]:
    key = "address" if isinstance(place, NumberPlace) else "addresses"
    for address, length in extents(coding, place):
        if address + length > _ADDRESSES:
            yield (*path, key), "write numbers less than or equal to 65535 (FFFFh), with room for all of it"
        if any(hole.meets(address, address + length) for hole in profile.holes):
            yield (*path, key), "it lies in a hole: correct one of them"


def _apart(profile: Profile, coding: Coding) -> Iterator[Broken]:
    """Tell parameters that lie over each other."""
    taken: dict[int, ParameterCode] = {}
    for code, place in profile.parameters.places.items():
        for address, length in extents(coding, place):
            for each in range(address, address + (length if coding.joined else 1)):
                if each in taken:
                    key = "address" if isinstance(place, NumberPlace) else "addresses"
                    yield ("parameters", code.value, key), f"it lies over {taken[each].value}: correct one of them"
                    return
                taken[each] = code


def _numbers_of_schedules(profile: Profile) -> Iterator[Broken]:
    plan, days = profile.parameters.date_plan, profile.parameters.day_schedules
    if plan is not None and days is not None and plan.schedules != len(days.addresses):
        yield ("parameters", "date_plan", "schedules"), f"write {len(days.addresses)}, as many as day_schedules has"


def _prices(profile: Profile) -> Iterator[Broken]:
    """Tell a price by which credit could fall faster than the judgement of top-ups allows for."""
    place, dearest = profile.parameters.unit_prices, profile.breaker.max_price_fen * _MICROYUAN_PER_FEN
    if place is None or profile.money.capability is MoneyCapability.PLATFORM_WALLET:
        return
    if place.most > dearest:
        yield ("parameters", "unit_prices", "most"), f"write at most {dearest}, which is breaker.max_price_fen"
