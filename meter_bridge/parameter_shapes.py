"""Whether a single parameter of a profile is laid out as one can be. Pure."""

from collections.abc import Iterator

from meter_bridge.dlt645 import Dlt645Error
from meter_bridge.parameter_codec import coding_of
from meter_bridge.parameter_places import NumberPlace, Place
from meter_bridge.profile_model import Profile
from meter_bridge.registers import RegisterError, RegisterType

Broken = tuple[tuple[str | int, ...], str]

_OCTET_TYPES = (RegisterType.BCD, RegisterType.U16, RegisterType.U32)


def broken_shape(profile: Profile, path: tuple[str, str], place: Place) -> Iterator[Broken]:
    """Tell words that stand twice, and a number that is laid out as none can be."""
    for name in ("layout", "periods"):
        words = getattr(place, name, [])
        if len(set(words)) < len(words):
            yield (*path, name), "write each word once"
    if not isinstance(place, NumberPlace):
        return
    if place.bit is not None or place.signed or place.type is RegisterType.ASCII:
        yield (*path, "type"), "write a number of its own: a bit, a sign or a text is no parameter"
        return
    yield from _octets(path, place) if profile.driver == "dlt645" else _words(path, place)


def _octets(path: tuple[str, str], place: NumberPlace) -> Iterator[Broken]:
    if place.type not in _OCTET_TYPES:
        yield (*path, "type"), "write 'bcd', 'u16' or 'u32': DL/T 645 has no other"
    elif (place.octets is None) is (place.type is RegisterType.BCD) or place.words is not None:
        yield (*path, "octets"), "write how many bytes for bcd, and nothing for u16 and u32"


def _words(path: tuple[str, str], place: NumberPlace) -> Iterator[Broken]:
    if (place.words is None) is (place.type is RegisterType.BCD):
        yield (*path, "words"), "write how many registers for bcd, and only there"


def broken_limits(profile: Profile, path: tuple[str, str], place: Place) -> Iterator[Broken]:
    """Tell limits that the meter cannot hold."""
    if not isinstance(place, NumberPlace):
        return
    if place.most <= place.least:
        yield (*path, "most"), f"write a number greater than the least, {place.least}"
    for name, limit in (("least", place.least), ("most", place.most)):
        if limit % place.step:
            yield (*path, name), f"write a multiple of the step {place.step}"
            continue
        try:
            coding_of(profile.driver).number(place, limit)
        except (RegisterError, Dlt645Error) as error:
            yield (*path, name), f"write a number that there is room for ({error})"
