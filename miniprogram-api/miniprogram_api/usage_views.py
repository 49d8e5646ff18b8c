"""What a meter used, as it is shown."""

from collections.abc import Sequence

from miniprogram_api.schemas.usage import DayOfUsage, Usage
from miniprogram_api.usage_queries import DayRegisters, by_date, total_of


def view_of_days(days: Sequence[DayRegisters]) -> Usage:
    """Return days, the oldest first, as they are shown."""
    shown = [DayOfUsage(date=day, energy_wh=energy_wh) for day, energy_wh in by_date(days).items()]
    return Usage(days=shown, total_wh=total_of(days))
