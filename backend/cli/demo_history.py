"""What the demo's meters used before it began, so that a chart of thirty days shows something on the first day."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from backend.cli.demo_park import DemoMeter
from backend.kernel.db import Session
from backend.metering.history.models import Reading
from backend.metering.models import Meter

DAYS = 31
BUSY_HOURS, QUIET_HOURS = 9, 3  # of full power: a working day, and a Saturday or Sunday
SATURDAY = 5
SWAY = (0, 7, -4, 11, -9, 3, 8, -6, 13, -2, 5)  # per cent, so that no two days are alike
LAST_OF_DAY = time(23, 59)


def add_history(session: Session, *, meter: Meter, demo: DemoMeter, time_zone: str) -> None:
    """Store one reading at the end of each of the last days; they lead up to where the simulated meter starts."""
    zone = ZoneInfo(time_zone)
    today = session.clock.now().astimezone(zone).date()
    for day, energy_wh in register_by_day(demo, today):
        read_at = datetime.combine(day, LAST_OF_DAY, tzinfo=zone)
        session.add(
            Reading(meter_id=meter.id, organisation_id=meter.organisation_id, read_at=read_at, energy_wh=energy_wh)
        )
    session.flush()


def register_by_day(demo: DemoMeter, today: date) -> Iterator[tuple[date, int]]:
    """Yield days before today, the newest first, and what the register held at the end of each."""
    register = demo.energy_wh
    for ago in range(1, DAYS + 1):
        day = today - timedelta(days=ago)
        yield day, register
        register -= used_on(demo, day)


def used_on(demo: DemoMeter, day: date) -> int:
    """Return what the room used on a day."""
    hours = QUIET_HOURS if day.weekday() >= SATURDAY else BUSY_HOURS
    return demo.power_w * hours * (100 + SWAY[(day.toordinal() + demo.unit) % len(SWAY)]) // 100
