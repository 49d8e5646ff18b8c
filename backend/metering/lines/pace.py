"""How often a line is really polled: less than its profiles ask for, where it has to save bytes. Pure."""

from collections.abc import Mapping
from typing import Any, NamedTuple, Self

SLOT_SECONDS = 900


class Pace(NamedTuple):
    """How far the polls of a line are stretched to save bytes, as its bridge told last (LineStatistics)."""

    often_times: int = 1
    slot_times: int = 1
    slot_seconds: int = SLOT_SECONDS

    @classmethod
    def of(cls, statistics: Mapping[str, Any] | None) -> Self:
        """Return the pace that the statistics of a line tell; the usual one where they tell none."""
        told = statistics or {}
        return cls(*(told.get(name, usual) for name, usual in cls._field_defaults.items()))

    @property
    def pause(self) -> int:
        """How many seconds pass at most between two polls that are stretched; 0 where they are not."""
        return self.slot_seconds * self.slot_times if max(self.often_times, self.slot_times) > 1 else 0


USUAL = Pace()
