"""Whether an energy register stands still although the meter itself measures load. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from backend.metering.history.doubt import WATT_SECONDS_PER_WH
from meter_bridge.profile import Profile
from meter_bridge.protocol import Condition

LONG = timedelta(hours=2)
SELDOM = timedelta(hours=3)  # power measured longer ago than this says nothing of the time between
OFTEN = timedelta(minutes=10)  # looked at no more often: polls may bring the power each minute
LEAST_WH = 1000
LEAST_STEPS = 10  # of the register: a coarse one may well wait that long
LEAST_W = 10  # below, a meter need not start (GB/T 17215.321: 0.4 % of its current)
PART_OF_BREAKER = 200  # half a per cent of what the breaker lets through


@dataclass(frozen=True, slots=True)
class Seen:
    """A total register and the power, read together."""

    at: datetime
    energy_wh: int
    power_w: int


@dataclass(frozen=True, slots=True)
class Standing:
    """A register that has not moved since an instant, and the watt-seconds that the power suggests at least."""

    since: datetime
    seen: Seen
    suggested_ws: int = 0

    @property
    def suggested_wh(self) -> int:
        """Return the energy that is missing at least."""
        return self.suggested_ws // WATT_SECONDS_PER_WH


@dataclass(frozen=True, slots=True)
class Limits:
    """From which power on a model must count, what it cannot have measured, and how much missing energy is noted."""

    least_w: int
    most_w: int | None
    missing_wh: int


def limits_of(profile: Profile, *, ratio: int = 1) -> Limits:
    """Return the limits that a model's breaker and the step of its register give, behind transformers of a ratio."""
    most = profile.breaker.max_power_w * ratio
    register = next((each for name, each in profile.registers.items() if name == "energy_wh"), None)
    step = register.multiply * ratio // register.divide if register else 1
    return Limits(max(LEAST_W * ratio, most // PART_OF_BREAKER), most or None, max(LEAST_WH, LEAST_STEPS * step))


def load_of(condition: Condition) -> int | None:
    """Return the power measured, whichever way it flows: a reversed transformer is load, too."""
    if condition.power_w is not None:
        return abs(condition.power_w)
    return sum(abs(each) for each in condition.phase_power_w) if condition.phase_power_w else None


def watched(before: Standing | None, now: Seen, limits: Limits) -> Standing:
    """Return what is known with what was seen now; seen late, or again, it changes nothing.

    Between two looks the smaller power counts, and none that is below or above what the model can count.
    """
    if before is None:
        return Standing(now.at, now)
    if now.at - before.seen.at < OFTEN:
        return before
    if now.energy_wh != before.seen.energy_wh:
        return Standing(now.at, now)
    power = min(before.seen.power_w, now.power_w)
    span = now.at - before.seen.at
    fit = limits.least_w <= power and (limits.most_w is None or power <= limits.most_w) and span <= SELDOM
    more = power * int(span.total_seconds()) if fit else 0
    return replace(before, seen=now, suggested_ws=before.suggested_ws + more)


def stands_still(standing: Standing, limits: Limits) -> bool:
    """Whether so much is missing for so long that a person should look."""
    return standing.seen.at - standing.since >= LONG and standing.suggested_wh >= limits.missing_wh
