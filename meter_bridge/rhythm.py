"""When one meter is to be polled, and for what. Pure."""

from dataclasses import dataclass

from meter_bridge.protocol import MeterPlace


@dataclass(frozen=True, slots=True)
class Stretch:
    """How far polls are stretched: credit and state, and slots, only each so many times; what is read rarely or not."""

    often: int = 1
    slots: int = 1
    rarely: bool = True


PLAIN = Stretch()


@dataclass(frozen=True, slots=True)
class Asked:
    """A poll whose turn it is: of which meter, and what it brings beside credit and state.

    slot: the number of the slot whose registers it brings; probe: one value only, to see whether the meter is there.
    """

    place: MeterPlace
    slot: int | None = None
    rarely: bool = False
    probe: bool = False


@dataclass(slots=True)
class Rhythm:
    """The polls of one meter. Times are monotonic seconds; last and rare: when each was due or done last."""

    place: MeterPlace
    last: float
    rare: float
    slot: int | None = None
    misses: int = 0
    again: float = 0.0  # of a silent meter

    @classmethod
    def of(cls, place: MeterPlace, now: float) -> "Rhythm":
        """Return the rhythm of a meter that is to be read at once, all of it."""
        return cls(place, now - place.poll_seconds, now - place.rarely_seconds)

    def due(self, slot: int, stretch: Stretch) -> tuple[bool, float]:
        """Return what sorts meters that answer: those not read in this slot first, then by the time they are due."""
        behind = self.slot != slot
        return not behind, self.last + (0.0 if behind else self.place.poll_seconds * stretch.often)

    def asked(self, now: float, slot: int, stretch: Stretch) -> Asked:
        """Return the poll to make now. What is read rarely waits while others wait for the slot, but not for ever."""
        if self.misses:
            return Asked(self.place, probe=True)
        behind = self.slot != slot
        patience = self.place.poll_seconds if behind and self.slot is not None else 0.0
        rarely = stretch.rarely and self.rare + self.place.rarely_seconds + patience <= now
        return Asked(self.place, slot if behind else None, rarely)

    def answered(self, asked: Asked, now: float, stretch: Stretch) -> None:
        """Note a good answer; after that to a probe, all of it is due."""
        self.misses = 0
        if asked.probe:
            return
        period = self.place.poll_seconds * stretch.often
        self.last = min(now, max(self.last + period, now - period))
        self.slot = self.slot if asked.slot is None else asked.slot
        if asked.rarely:
            self.rare = now
