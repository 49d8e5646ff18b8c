"""What a line does next: money and relays, a value somebody waits for, parameters, then polls. Pure."""

import heapq
import random
from dataclasses import dataclass
from itertools import count

from meter_bridge.protocol import CommandKind, MeterPlace, Work
from meter_bridge.rhythm import PLAIN, Asked, Rhythm, Stretch

LONGEST_PAUSE = 300.0
LONGEST_REDIAL = 30.0
PROBING = 0.1  # at most this part of a busy line's time goes into asking silent meters
SLOT_SECONDS = 900
_JITTER = 0.2
RANKS = {CommandKind.READ_NOW: 1, CommandKind.WRITE_PARAMETER: 2, CommandKind.READ_PARAMETERS: 2}  # others: 0


def jittered(seconds: float, chance: random.Random) -> float:
    """Return this time give or take a fifth, so that what fails together does not come back together."""
    return seconds * chance.uniform(1 - _JITTER, 1 + _JITTER)


@dataclass(frozen=True, slots=True)
class Instant:
    """Now, twice: in monotonic seconds, by which pauses go, and in seconds since 1970, by which slots go."""

    now: float
    wall: float


class Agenda:
    """The queue of one line. Times are monotonic seconds given by the caller.

    A slot begins at each multiple of its length on the wall: then every meter is read, registers and all, before any
    other poll. A silent meter is asked for one value, ever more seldom, and in a small part of a busy line's time.
    """

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._works: list[tuple[int, int, Work]] = []
        self._turn = count()
        self._polls: dict[str, Rhythm] = {}
        self._redials = 0
        self._no_polls_before = self._no_probes_before = float("-inf")
        self.slot_seconds = SLOT_SECONDS
        self.stretch: Stretch = PLAIN

    def put(self, work: Work) -> None:
        """Take a command in: commands of one rank are done in the order they came."""
        heapq.heappush(self._works, (RANKS.get(work.kind, 0), next(self._turn), work))

    def plan(self, places: list[MeterPlace], now: float) -> None:
        """Poll exactly these meters from now on; a new one at once."""
        known, self._polls = self._polls, {}
        for place in places:
            rhythm = self._polls[place.meter] = known.get(place.meter) or Rhythm.of(place, now)
            rhythm.place = place

    def next(self, at: Instant) -> Work | Asked | float:
        """Return the command or the poll whose turn it is, or how many seconds nothing is to do."""
        if self._works:
            return heapq.heappop(self._works)[2]
        if at.now < self._no_polls_before:
            return self._no_polls_before - at.now
        length, stretch = self.slot_seconds * self.stretch.slots, self.stretch
        slot = int(at.wall // length)
        answering = [rhythm for rhythm in self._polls.values() if not rhythm.misses]
        silent = [rhythm for rhythm in self._polls.values() if rhythm.misses]
        first = min(answering, key=lambda rhythm: rhythm.due(slot, stretch), default=None)
        probe = min(silent, key=lambda rhythm: rhythm.again, default=None)
        read, due = first.due(slot, stretch) if first else (True, float("inf"))
        waits = not read or due <= at.now
        if probe and probe.again <= at.now and (not waits or self._no_probes_before <= at.now):
            return probe.asked(at.now, slot, stretch)
        if first and waits:
            return first.asked(at.now, slot, stretch)
        ends = [min(due, at.now + (slot + 1) * length - at.wall)] if first else []
        return min([*ends, *([probe.again] if probe else [])], default=at.now + LONGEST_PAUSE) - at.now

    def misses(self, meter: str) -> int:
        """Return how often in a row the meter has been silent."""
        rhythm = self._polls.get(meter)
        return rhythm.misses if rhythm else 0

    def answered(self, asked: Asked, now: float) -> None:
        """Note a good answer to a poll."""
        self._redials = 0
        if rhythm := self._polls.get(asked.place.meter):
            rhythm.answered(asked, now, self.stretch)

    def silent(self, asked: Asked, now: float, seconds: float = 0.0) -> None:
        """Note a meter that did not answer for so long: ask it ever more seldom, so that it costs the others little."""
        self._redials = 0
        if rhythm := self._polls.get(asked.place.meter):
            rhythm.misses += 1
            poll_seconds = rhythm.place.poll_seconds
            pause = min(poll_seconds * 2 ** min(rhythm.misses, 16), LONGEST_PAUSE)
            rhythm.again = now + jittered(max(pause, poll_seconds), self._chance)
        self._no_probes_before = now + seconds * (1 / PROBING - 1)

    def line_down(self, now: float) -> None:
        """Note a gateway that takes no connection: no polls for a while. Commands still try at once."""
        self._no_polls_before = now + jittered(min(2.0**self._redials, LONGEST_REDIAL), self._chance)
        self._redials = min(self._redials + 1, 16)
