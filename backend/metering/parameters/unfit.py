"""Whether a meter can hold a value, and why it cannot. Pure."""

from collections.abc import Mapping
from typing import Any

from backend.metering.models import Meter, MeterState
from backend.metering.parameters.money import CREDIT_NUMBERS, OF_CREDIT
from meter_bridge.profile import Profile
from meter_bridge.protocol import (
    CreditUnit,
    MoneyCapability,
    ParameterCode,
    ParameterError,
    ParameterFault,
    ParameterSetting,
    parameter_value,
)

Unfit = dict[str, Any]  # why: a ParameterFault, or one of these; and the facts that its sentence names
RETIRED, PLATFORM_CREDIT, OTHER_UNIT = "retired", "platform_credit", "other_unit"


def unfit_for(
    meter: Meter, code: ParameterCode, value: object, *, credit_unit: CreditUnit, profiles: Mapping[str, Profile]
) -> Unfit | None:
    """Say why this meter is not asked to hold a value; None when it can. credit_unit: of amounts of credit."""
    if meter.state is MeterState.RETIRED:
        return {"why": RETIRED}
    profile = profiles.get(meter.profile)
    if profile is None or code not in profile.parameters.places:
        return {"why": ParameterFault.NOT_OFFERED.value}
    if code in OF_CREDIT and meter.capability is MoneyCapability.PLATFORM_WALLET:
        return {"why": PLATFORM_CREDIT}
    if code in CREDIT_NUMBERS and meter.credit_unit is not credit_unit:
        return {"why": OTHER_UNIT}
    return misfit(profile, code, value)


def misfit(profile: Profile, code: ParameterCode, value: object) -> Unfit | None:
    """Say why no meter of a model can hold a value; None when each can."""
    try:
        profile.parameters.check(ParameterSetting(code=code, value=parameter_value(code, value)))
    except ParameterError as error:
        return {"why": error.fault.value, **error.facts}
    return None
