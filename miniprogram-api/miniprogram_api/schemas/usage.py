"""What a meter counted."""

from datetime import date
from enum import StrEnum

from pydantic import BaseModel, Field

from miniprogram_api.schemas.incoming import Incoming

LONGEST_DAYS = 366


class UsageUnit(StrEnum):
    """What a use is counted in, always whole."""

    WATT_HOUR = "wh"
    LITRE = "l"


class UsageQuery(Incoming):
    """How many days, today among them."""

    days: int = Field(30, ge=1, le=LONGEST_DAYS)


class DayOfUsage(BaseModel):
    """One day in the park's time."""

    date: date
    used: int | None = Field(description="in the unit of the whole; null: nothing is known of this day")


class Usage(BaseModel):
    """The days, the oldest first; today is what it is so far."""

    unit: UsageUnit = Field(description="wh: of electricity; l: litres, of water")
    days: list[DayOfUsage]
    total: int | None = Field(
        description="from the first to the last register of these days, so also what was used while nobody read; "
        "null: nothing is known"
    )
