"""What a meter used, as it is shown."""

from collections.abc import Sequence

from miniprogram_api.schemas.usage import DayOfUsage, Usage
from miniprogram_api.usage_queries import DayRegisters, total_of


def view_of_days(days: Sequence[DayRegisters]) -> Usage:
    """Return days, the oldest first, as they are shown."""
    return Usage(days=[DayOfUsage(date=day.date, energy_wh=day.energy_wh) for day in days], total_wh=total_of(days))
