"""What a line does next: money and relays before a value somebody waits for, before polls. Pure."""

import heapq
import random
from dataclasses import dataclass
from itertools import count

from meter_bridge.protocol import CommandKind, MeterPlace, Work

LONGEST_PAUSE = 300.0
LONGEST_REDIAL = 30.0
_JITTER = 0.2


def jittered(seconds: float, chance: random.Random) -> float:
    """Return this time give or take a fifth, so that what fails together does not come back together."""
    return seconds * chance.uniform(1 - _JITTER, 1 + _JITTER)


@dataclass(slots=True)
class _Poll:
    place: MeterPlace
    due: float
    misses: int = 0


class Agenda:
    """The queue of one line. Times are monotonic seconds given by the caller."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._works: list[tuple[int, int, Work]] = []
        self._turn = count()
        self._polls: dict[str, _Poll] = {}
        self._redials = 0
        self._no_polls_before = float("-inf")

    def put(self, work: Work) -> None:
        """Take a command in: commands of one rank are done in the order they came."""
        rank = 1 if work.kind is CommandKind.READ_NOW else 0
        heapq.heappush(self._works, (rank, next(self._turn), work))

    def plan(self, places: list[MeterPlace], now: float) -> None:
        """Poll exactly these meters from now on; a new one at once."""
        known, self._polls = self._polls, {}
        for place in places:
            before = known.get(place.meter)
            self._polls[place.meter] = _Poll(place, before.due if before else now, before.misses if before else 0)

    def next(self, now: float) -> Work | MeterPlace | float:
        """Return the command or the poll whose turn it is, or how many seconds nothing is to do."""
        if self._works:
            return heapq.heappop(self._works)[2]
        if not self._polls:
            return LONGEST_PAUSE
        poll = min(self._polls.values(), key=lambda poll: poll.due)
        due = max(poll.due, self._no_polls_before)
        return poll.place if due <= now else due - now

    def misses(self, meter: str) -> int:
        """Return how often in a row the meter has been silent."""
        poll = self._polls.get(meter)
        return poll.misses if poll else 0

    def answered(self, meter: str, now: float) -> None:
        """Note a good reading: the next one is due after the poll time."""
        self._redials = 0
        if poll := self._polls.get(meter):
            poll.misses = 0
            poll.due = max(poll.due + poll.place.poll_seconds, now)

    def silent(self, meter: str, now: float) -> None:
        """Note a meter that did not answer: ask it ever more seldom, so that it costs the others little."""
        self._redials = 0
        if poll := self._polls.get(meter):
            poll.misses += 1
            pause = min(poll.place.poll_seconds * 2 ** min(poll.misses, 16), LONGEST_PAUSE)
            poll.due = now + jittered(max(pause, poll.place.poll_seconds), self._chance)

    def line_down(self, now: float) -> None:
        """Note a gateway that takes no connection: no polls for a while. Commands still try at once."""
        self._no_polls_before = now + jittered(min(2.0**self._redials, LONGEST_REDIAL), self._chance)
        self._redials = min(self._redials + 1, 16)
