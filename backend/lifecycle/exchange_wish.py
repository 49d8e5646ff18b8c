"""What somebody in the field asks for: which meter hangs there now, and what the old one showed."""

from dataclasses import dataclass

from backend.metering.exchange_errors import ProfileUnfitError
from backend.metering.field.closing import Shown
from backend.metering.field.meter_details import SINGLE, MeterDetails
from backend.metering.models import Meter
from meter_bridge.profile import Profile
from meter_bridge.protocol import MoneyCapability


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture, and what it is, as its own bytes say."""

    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Wish:
    """The new meter, the old one's last registers where they were typed, its photo, and why."""

    number: str
    serial: str
    line_id: int
    unit: int
    profile: Profile
    shown: Shown
    photo: Photo
    reason: str
    details: MeterDetails = SINGLE


def refuse_unfit(old: Meter, wish: Wish, *, paid_for: bool) -> None:
    """Let an account go on only where credit is held in the same way. Raises ProfileUnfitError."""
    platform, money = MoneyCapability.PLATFORM_WALLET, wish.profile.money
    alike = (old.capability is platform) is (money.capability is platform) and old.credit_unit is money.credit_unit
    if paid_for and not alike:
        raise ProfileUnfitError
