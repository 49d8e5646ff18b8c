"""What a meter used, as it is shown."""

from backend.metering.lines.silence import Medium
from miniprogram_api.schemas.usage import DayOfUsage, Usage, UsageUnit
from miniprogram_api.usage_queries import DaysSeen, by_date, total_of

UNITS = {Medium.ELECTRICITY: UsageUnit.WATT_HOUR, Medium.WATER: UsageUnit.LITRE}


def view_of_days(seen: DaysSeen) -> Usage:
    """Return days, the oldest first, as they are shown."""
    shown = [DayOfUsage(date=day, used=used) for day, used in by_date(seen.days).items()]
    return Usage(unit=UNITS[seen.medium], days=shown, total=total_of(seen.days))
