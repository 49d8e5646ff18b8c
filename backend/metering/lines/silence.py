"""What a model of meter measures, and how long it may be silent at the pace its line is really polled."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, Integer, case, cast, func, or_

from backend.metering.lines.pace import USUAL, Pace
from backend.metering.models import Line, Meter, MeterStatus
from meter_bridge.profile import Profile

VOLUME = "volume_l"
AT_LEAST = timedelta(minutes=5)
POLLS_MISSED = 3


class Medium(StrEnum):
    """What a meter measures."""

    ELECTRICITY = "electricity"
    WATER = "water"


def medium_of(profile: Profile | None) -> Medium:
    """Return what a meter of this model measures; of one that nobody knows any more, electricity."""
    return Medium.WATER if profile is not None and VOLUME in profile.registers else Medium.ELECTRICITY


def silent_after(profile: Profile | None, pace: Pace = USUAL) -> timedelta:
    """Return how old the last reading of such a meter may be before it counts as silent.

    Credit comes along with registers, too: a stretched line is read at the next slot at the latest.
    """
    if profile is None:
        return AT_LEAST
    usual = profile.poll_seconds
    between = max(usual, min(usual * pace.often_times, pace.slot_seconds * pace.slot_times))
    return max(POLLS_MISSED * timedelta(seconds=between), AT_LEAST)


def fell_silent(now: datetime, profiles: Mapping[str, Profile], *, least: timedelta = AT_LEAST) -> ColumnElement[bool]:
    """Return the condition that a Meter on its Line has a MeterStatus, joined outer, that is too old, or none.

    least: however often the line is polled, a meter may be silent that long.
    """
    usual = case({code: profile.poll_seconds for code, profile in profiles.items()}, value=Meter.profile, else_=0.0)
    often, slots, slot = _pace()
    between = func.greatest(usual, func.least(usual * often, slots * slot))
    patience = func.greatest(between * POLLS_MISSED, least.total_seconds())
    ago = func.make_interval(0, 0, 0, 0, 0, 0, patience)
    return or_(MeterStatus.read_at.is_(None), MeterStatus.read_at < now - ago)


def stretched_pause() -> ColumnElement[int]:
    """Return how many seconds pass at most between two polls of a Line that are stretched to save bytes; else 0."""
    often, slots, slot = _pace()
    return case((or_(often > 1, slots > 1), slots * slot), else_=0)


def _pace() -> tuple[ColumnElement[int], ...]:
    told = USUAL._asdict().items()
    return tuple(func.coalesce(cast(Line.statistics[name].astext, Integer), usual) for name, usual in told)
