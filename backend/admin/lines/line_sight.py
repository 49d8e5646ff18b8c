"""A line as staff see it: who holds it, and how it goes. Pure."""

from dataclasses import dataclass

from backend.estate.models import Park
from backend.metering.models import Bridge, Gateway, Line
from meter_bridge.protocol import LineStatistics

PERCENT = 100


@dataclass(frozen=True, slots=True)
class LineSight:
    """A line, who holds it now and how it goes; holder is None when nobody does."""

    line: Line
    gateway: Gateway
    park: Park
    holder: Bridge | None
    meters: int
    silent: int
    statistics: LineStatistics | None

    @property
    def answers(self) -> bool | None:
        """Whether its gateway answers; None when nobody knows."""
        return self.line.gateway_answers if self.holder else None

    @property
    def share(self) -> int | None:
        """Return how much of what the bus allows is used, in per cent."""
        told = self.statistics
        return PERCENT * told.polls_per_minute // told.bound_per_minute if told and told.bound_per_minute else None

    @property
    def budget_share(self) -> int | None:
        """Return how much of its monthly bytes a line takes at this pace, in per cent."""
        carried = self.statistics.bytes_per_month if self.statistics else None
        budget = self.line.monthly_bytes
        return PERCENT * carried // budget if budget and carried is not None else None

    @property
    def stretched(self) -> bool:
        """Whether polls are stretched because the month's bytes would not last."""
        told = self.statistics
        return told is not None and not (told.rarely and told.often_times == told.slot_times == 1)

    @property
    def troubled(self) -> bool:
        """Whether somebody should look."""
        restless = self.statistics is not None and not self.statistics.steady
        return bool(self.meters) and (
            not self.answers or self.silent > 0 or restless or (self.budget_share or 0) > PERCENT
        )
