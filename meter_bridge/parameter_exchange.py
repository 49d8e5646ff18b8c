"""Read and write parameters piece by piece, whatever a meter speaks."""

from collections.abc import Awaitable, Callable, Iterable

from meter_bridge.line import MeterExceptionError
from meter_bridge.parameter_codec import coding_of, extents, pieces, value_in
from meter_bridge.profile import Profile
from meter_bridge.protocol import ParameterCode, ParameterSetting, ParameterValue

Read = Callable[[int, int], Awaitable[list[int]]]  # of an address and a length
Write = Callable[[int, list[int]], Awaitable[None]]  # at an address
Told = dict[ParameterCode, ParameterValue | None]


async def told_parameters(profile: Profile, codes: Iterable[ParameterCode], read: Read) -> Told:
    """Return these parameters as far as the profile has them; one that the meter refuses to tell spoils no other.

    Raises LineError.
    """
    coding, places, told = coding_of(profile.driver), profile.parameters.places, Told()
    for code in (code for code in codes if code in places):
        try:
            contents = [await read(address, length) for address, length in extents(coding, places[code])]
        except MeterExceptionError as error:
            if not error.refused:
                raise
            told[code] = None
        else:
            told[code] = value_in(coding, code, places[code], contents)
    return told


async def set_parameter(profile: Profile, setting: ParameterSetting, write: Write) -> None:
    """Write each piece of a parameter once, in order; raise LineError at the first that fails."""
    for piece in pieces(coding_of(profile.driver), profile.parameters.places[setting.code], setting.value):
        await write(piece.address, piece.content)
