"""The clock of DL/T 645 meters: set for all of a line by a broadcast, for one by its date and time of the day."""

from datetime import UTC, datetime, timedelta, timezone

from meter_bridge import dlt645
from meter_bridge.dlt645 import Dlt645Error, Frame, number_from, number_to
from meter_bridge.line import Line

CHINA = timezone(timedelta(hours=8))  # the clock of every such meter
CENTURY = 2000
WEEK = 7


async def set_clocks(line: Line, now: datetime) -> None:
    """Tell the time; each meter takes it once a day, and by five minutes at most (DL/T 645-2007, 7.5)."""
    data = dlt645.clock_data(now.astimezone(CHINA))
    await line.shout(dlt645.encoded(Frame(dlt645.EVERYBODY, dlt645.CLOCK, data)))


def date_data(now: datetime) -> bytes:
    """Return the date as identifier 04000101 holds it: weekday (0: Sunday), day, month, year, low byte first."""
    local = now.astimezone(CHINA)
    return b"".join(
        number_to(part, 1) for part in (local.isoweekday() % WEEK, local.day, local.month, local.year % 100)
    )


def time_data(now: datetime) -> bytes:
    """Return the time of the day as identifier 04000102 holds it: second, minute, hour, low byte first."""
    local = now.astimezone(CHINA)
    return b"".join(number_to(part, 1) for part in (local.second, local.minute, local.hour))


def instant_of(date: bytes, time: bytes) -> datetime | None:
    """Return the instant that date and time of the day say, in UTC; None for what is no time: a clock that was lost."""
    try:
        _, day, month, year = (number_from(bytes([byte])) for byte in date)
        second, minute, hour = (number_from(bytes([byte])) for byte in time)
        return datetime(CENTURY + year, month, day, hour, minute, second, tzinfo=CHINA).astimezone(UTC)
    except (ValueError, Dlt645Error):
        return None
