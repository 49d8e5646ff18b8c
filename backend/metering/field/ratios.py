"""Which ratios of transformers a model of meter may stand behind. Pure."""

from backend.metering.install_errors import (
    NoTransformersError,
    RatioInMeterError,
    RatioRangeError,
    RatioUnfitError,
)
from meter_bridge.profile import Profile, Quantity, Transformers
from meter_bridge.protocol import MOST_RATIO, CreditUnit, MoneyCapability


def refuse_unfit_ratios(profile: Profile, *, ct_ratio: int, pt_ratio: int) -> None:
    """Let a ratio be applied once, and only where credit stays right.

    Raises RatioRangeError, NoTransformersError, RatioInMeterError, RatioUnfitError.
    """
    if not all(1 <= ratio <= MOST_RATIO for ratio in (ct_ratio, pt_ratio)):
        raise RatioRangeError(most=MOST_RATIO)
    if ct_ratio == pt_ratio == 1:
        return
    if Quantity.ENERGY_WH not in profile.registers:
        raise NoTransformersError(title=profile.title)
    if profile.transformers is Transformers.PRIMARY:
        raise RatioInMeterError(title=profile.title)
    in_meter = profile.money.capability is not MoneyCapability.PLATFORM_WALLET
    if in_meter and profile.money.credit_unit is CreditUnit.ENERGY:
        raise RatioUnfitError(title=profile.title)
