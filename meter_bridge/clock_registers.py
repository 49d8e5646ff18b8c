"""A meter's clock in six registers: year, month, day, hour, minute, second, by China's time. Pure."""

from datetime import UTC, datetime

from meter_bridge.dlt645_clock import CHINA

CLOCK_WORDS = 6


def clock_words(now: datetime) -> list[int]:
    """Return an instant as a meter keeps it."""
    local = now.astimezone(CHINA)
    return [local.year, local.month, local.day, local.hour, local.minute, local.second]


def clock_of(words: list[int]) -> datetime | None:
    """Return the instant these registers say, in UTC; None for what is no time: a clock that was lost."""
    try:
        year, month, day, hour, minute, second = words
        return datetime(year, month, day, hour, minute, second, tzinfo=CHINA).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
