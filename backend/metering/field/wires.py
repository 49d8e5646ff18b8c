"""At which unit of its line a meter answers: the circuits of a box have units of their own. Pure."""

from meter_bridge.profile import Profile

LAST_UNIT = 247


def wire_unit_of(profile: Profile, *, unit: int, circuit: int) -> int | None:
    """Return the unit at which a circuit answers; None for one that the model does not have, or beyond the last."""
    own = profile.unit_of(unit, circuit)
    return own if own is not None and own <= LAST_UNIT else None
