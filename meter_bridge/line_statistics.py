"""How a line goes: polls a minute against what the bus allows, kinds of error, latency. Pure."""

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass

from meter_bridge.agenda import SLOT_SECONDS
from meter_bridge.byte_budget import Load
from meter_bridge.clock_registers import CLOCK_WORDS
from meter_bridge.lease import HEADS
from meter_bridge.line import LinePlace
from meter_bridge.profile_model import EVIDENCE, Profile, Quantity
from meter_bridge.protocol import LineStatistics
from meter_bridge.read_plan import Quantities, groups_of, spans_of
from meter_bridge.rhythm import PLAIN, Stretch

WINDOW = 300.0
TURNAROUND = 0.03  # of a meter, at its quickest
MONTH = 30 * 86_400
_MODBUS, _DLT645 = 13, 40  # bytes of request and answer together, apart from the values
_DATE_OCTETS, _TIME_OCTETS = 4, 3


@dataclass(frozen=True, slots=True)
class _Poll:
    at: float
    seconds: float
    carried: int
    error: str


class Tally:
    """The polls of the last five minutes. Times are monotonic seconds given by the caller."""

    def __init__(self, now: float) -> None:
        self._begun = now
        self._polls: deque[_Poll] = deque()

    def note(self, now: float, seconds: float, error: Exception | None = None, *, carried: int = 0) -> None:
        """Take a poll in; an error without an answer is no poll done. carried: bytes of an answered one."""
        self._polls.append(_Poll(now, seconds, carried, type(error).__name__ if error else ""))
        self._forget(now)

    def told(
        self, now: float, bound: int, *, steady: bool, stretch: Stretch = PLAIN, slot_seconds: int = SLOT_SECONDS
    ) -> LineStatistics:
        """Return how the line goes. bound: polls a minute that the bus allows at most."""
        self._forget(now)
        good = sorted(poll.seconds for poll in self._polls if not poll.error)
        span = max(1.0, min(WINDOW, now - self._begun))
        return LineStatistics(
            seconds=int(span),
            polls=len(good),
            polls_per_minute=round(len(good) * 60 / span),
            bound_per_minute=bound,
            errors=dict(Counter(poll.error for poll in self._polls if poll.error)),
            latency_p50=round(good[len(good) // 2] * 1000) if good else None,
            latency_p95=round(good[len(good) * 95 // 100] * 1000) if good else None,
            steady=steady,
            bytes_per_month=round(sum(poll.carried for poll in self._polls) * MONTH / span),
            often_times=stretch.often,
            slot_times=stretch.slots,
            slot_seconds=slot_seconds,
            rarely=stretch.rarely,
        )

    def _forget(self, now: float) -> None:
        while self._polls and self._polls[0].at < now - WINDOW:
            self._polls.popleft()


def bound_per_minute(profiles: Iterable[Profile], place: LinePlace) -> int:
    """Return how many polls a minute of these meters' credit and state, one after the other, the bus allows at most."""
    times = [poll_seconds(profile, place, groups_of(profile).often) for profile in profiles]
    return int(60 * len(times) / sum(times)) if times else 0


def poll_seconds(profile: Profile, place: LinePlace, wanted: Quantities = EVIDENCE) -> float:
    """Return how long reading these quantities of a meter keeps the bus busy at least."""
    frames = _frames(profile, wanted)
    bits = 9 + (place.parity != "N") + place.stop_bits
    return sum(frames) * bits / place.baud + len(frames) * TURNAROUND


def load_of(profile: Profile, poll_seconds: float) -> Load:
    """Return the bytes that the polls of a meter carry, with the heads of their packets."""
    groups = groups_of(profile)
    kinds = (groups.often, groups.of(slot=True, rarely=False), groups.of(slot=False, rarely=True))
    often, slot, whole = (sum(frames) + len(frames) * HEADS for frames in (_frames(profile, each) for each in kinds))
    clock = sum(_clock_frames(profile))
    return Load(often, slot, whole - often + clock, poll_seconds, profile.poll.rarely_seconds)


def _clock_frames(profile: Profile) -> list[int]:
    """Return the bytes of asking for the meter's clock, with the heads of their packets."""
    if profile.clock is None:
        return []
    if profile.driver != "dlt645":
        return [_MODBUS + 2 * CLOCK_WORDS + HEADS]
    return [_DLT645 + octets + HEADS for octets in (_DATE_OCTETS, _TIME_OCTETS)]


def _frames(profile: Profile, wanted: Quantities) -> list[int]:
    """Return the bytes of each exchange, both ways."""
    if profile.driver != "dlt645":
        return [_MODBUS + 2 * span.count for span in spans_of(profile, wanted)]
    read = [quantity for quantity in profile.registers if quantity in wanted]
    read += [Quantity.PURCHASE_COUNT] if Quantity.PURCHASE_COUNT in read else []  # before and after
    return [_DLT645 + 2 * profile.registers[quantity].size for quantity in read]
