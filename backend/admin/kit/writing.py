"""Money, energy, areas and times as they stand in pages."""

from datetime import date, datetime
from decimal import Decimal

from backend.admin.kit.language import t
from backend.kernel.entropy import CHINA
from backend.kernel.money import yuan
from backend.runtime import runtime

MINUTE, HOUR, DAY = 60, 3600, 86_400
NOTHING = "–"


def yuan_sign(amount_fen: int | None) -> str:
    """Write fen as yuan with their sign."""
    return NOTHING if amount_fen is None else f"¥{yuan(amount_fen)}"


def kwh(energy_wh: int | None) -> str:
    """Write watt-hours as kilowatt-hours."""
    return NOTHING if energy_wh is None else f"{Decimal(energy_wh).scaleb(-3):,.2f} kWh"


def cubic_metres(volume_l: int | None) -> str:
    """Write litres as cubic metres."""
    return NOTHING if volume_l is None else f"{Decimal(volume_l).scaleb(-3):,.3f} m³"


def square_metres(area_dm2: int | None) -> str:
    """Write hundredths of a square metre."""
    return NOTHING if area_dm2 is None else f"{Decimal(area_dm2).scaleb(-2):,.2f} m²"


def clock_time(at: datetime | None) -> str:
    """Write an instant by the clock of the park."""
    return NOTHING if at is None else f"{at.astimezone(CHINA):%Y-%m-%d %H:%M:%S}"


def day(on: date | None) -> str:
    """Write a day."""
    return NOTHING if on is None else f"{on:%Y-%m-%d}"


def moment(at: datetime | None) -> str:
    """Say how long ago something of the last day was, and when it was that is older."""
    if at is None or abs((runtime().clock.now() - at).total_seconds()) < DAY:
        return ago(at)
    return f"{at.astimezone(CHINA):%Y-%m-%d %H:%M}"


def ago(at: datetime | None) -> str:
    """Say how long ago an instant was, or how soon it will be."""
    if at is None:
        return NOTHING
    seconds = int((runtime().clock.now() - at).total_seconds())
    told = span(abs(seconds))
    if abs(seconds) < MINUTE:
        return t("刚刚")
    return t("{span}前", span=told) if seconds > 0 else t("{span}后", span=told)


def aged(seconds: int) -> str:
    """Say how old a reading is, in the steps of the wall."""
    return t("{span}前", span=span(seconds)) if seconds else t("5 分钟内")


def span(seconds: int) -> str:
    """Write a span of time in its largest unit."""
    if seconds < HOUR:
        return t("{n} 分钟", n=seconds // MINUTE)
    if seconds < DAY:
        return t("{n} 小时", n=seconds // HOUR)
    return t("{n} 天", n=seconds // DAY)
