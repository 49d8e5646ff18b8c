"""By which tariff period a simulated meter counts at which hour: an example, for provinces differ. Pure."""

from collections.abc import Sequence

from meter_bridge.profile_model import Quantity

PERIODS = (
    Quantity.CRITICAL_PEAK_WH, Quantity.PEAK_WH, Quantity.FLAT_WH, Quantity.VALLEY_WH, Quantity.DEEP_VALLEY_WH,
)  # fmt: skip
# Hours from midnight: how many, and which period.
SCHEDULE: tuple[tuple[int, Quantity], ...] = (
    (2, Quantity.VALLEY_WH), (2, Quantity.DEEP_VALLEY_WH), (4, Quantity.VALLEY_WH), (3, Quantity.PEAK_WH),
    (6, Quantity.FLAT_WH), (2, Quantity.PEAK_WH), (2, Quantity.CRITICAL_PEAK_WH), (1, Quantity.PEAK_WH),
    (2, Quantity.FLAT_WH),
)  # fmt: skip


def period_of(hour: int, schedule: Sequence[tuple[int, Quantity]] = SCHEDULE) -> Quantity:
    """Return the tariff period of an hour of the local day."""
    for hours, period in schedule:
        hour -= hours
        if hour < 0:
            return period
    return Quantity.FLAT_WH
