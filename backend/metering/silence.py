"""What a model of meter measures, and how long it may be silent."""

from datetime import timedelta
from enum import StrEnum

from meter_bridge.profile import Profile

VOLUME = "volume_l"
AT_LEAST = timedelta(minutes=5)
POLLS_MISSED = 3


class Medium(StrEnum):
    """What a meter measures."""

    ELECTRICITY = "electricity"
    WATER = "water"


def medium_of(profile: Profile) -> Medium:
    """Return what a meter of this model measures."""
    return Medium.WATER if VOLUME in profile.registers else Medium.ELECTRICITY


def silent_after(profile: Profile | None) -> timedelta:
    """Return how old the last reading of such a meter may be before it counts as silent."""
    return AT_LEAST if profile is None else max(POLLS_MISSED * timedelta(seconds=profile.poll_seconds), AT_LEAST)
