"""Time in one place: tests and simulations bring their own clock."""

import time
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone

Clock = Callable[[], float]
BEIJING = timezone(timedelta(hours=8))


def system_clock() -> float:
    """Return the seconds since 1970."""
    return time.time()  # noqa: TID251 the one place that asks


def pause(seconds: float) -> None:
    """Wait, in real time."""
    time.sleep(seconds)  # noqa: TID251 the one place that waits


def rfc3339(at: float) -> str:
    """Write a time as WeChat Pay does, in Beijing time."""
    return datetime.fromtimestamp(at, BEIJING).isoformat(timespec="seconds")


def parse_rfc3339(text: object) -> float | None:
    """Read a time that names its zone; anything else is None."""
    try:
        when = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return when.timestamp() if when.tzinfo and "T" in str(text) else None


def bill_time(at: float) -> str:
    """Write a time as bills do."""
    return datetime.fromtimestamp(at, BEIJING).strftime("%Y-%m-%d %H:%M:%S")


def day_of(at: float) -> date:
    """Return the Beijing day a time belongs to."""
    return datetime.fromtimestamp(at, BEIJING).date()


def bill_ready_at(day: date) -> float:
    """Return when the bill of a day can be had: ten o'clock on the next day."""
    return datetime(day.year, day.month, day.day, 10, tzinfo=BEIJING).timestamp() + 86400
