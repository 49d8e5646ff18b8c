"""What orders leave behind in a meter: its switch and its clock. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from meter_bridge.protocol import CommandKind

NEVER_SET = datetime(2000, 1, 1, tzinfo=UTC)
WHOLE_PPM = 1_000_000
NUDGE = timedelta(minutes=5)


@dataclass(slots=True)
class Switch:
    """What was ordered of the breaker. forced: by an order that overrules the meter's own controllers."""

    ordered_open: bool = False
    forced: bool = False
    kept_supplied: bool = False

    def take(self, kind: CommandKind) -> bool:
        """Do as ordered; whoever is kept supplied is not cut off."""
        if kind is CommandKind.OPEN_BREAKER and self.kept_supplied:
            return False
        if kind in (CommandKind.KEEP_SUPPLIED, CommandKind.END_KEEP_SUPPLIED):
            self.kept_supplied = kind is CommandKind.KEEP_SUPPLIED
            self.ordered_open = self.ordered_open and not self.kept_supplied
            return True
        self.forced = kind is not CommandKind.AUTOMATIC
        self.ordered_open = kind is CommandKind.OPEN_BREAKER
        return True


@dataclass(slots=True)
class MeterClock:
    """A clock that runs by the seconds it is given, too fast by drift_ppm.

    nudged_on: the day it followed a broadcast last.
    """

    said: datetime = NEVER_SET
    said_at: float = 0.0
    nudged_on: str = ""
    drift_ppm: int = 0

    def at(self, now: float) -> datetime:
        """Return what it says."""
        return self.said + timedelta(seconds=(now - self.said_at) * (WHOLE_PPM + self.drift_ppm) / WHOLE_PPM)

    def set(self, instant: datetime | None, now: float) -> bool:
        """Go on from this instant; refuse what is no time."""
        if instant is None:
            return False
        self.said, self.said_at = instant, now
        return True

    def nudge(self, instant: datetime, now: float) -> None:
        """Follow a broadcast: once a day, and by five minutes at most (DL/T 645-2007, 7.5)."""
        day = f"{instant:%Y-%m-%d}"
        if self.nudged_on != day and abs(instant - self.at(now)) <= NUDGE:
            self.nudged_on = day
            self.set(instant, now)
