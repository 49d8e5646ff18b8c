"""What a meter measures."""

from backend.metering.lines.silence import Medium, medium_of
from backend.runtime import runtime


def medium_named(profile: str) -> Medium:
    """Return what meters of a profile measure; electricity where its file is missing."""
    return medium_of(runtime().profiles.get(profile))


def models_of(medium: Medium) -> list[str]:
    """Return the profiles that measure this."""
    return [code for code, profile in runtime().profiles.items() if medium_of(profile) is medium]
