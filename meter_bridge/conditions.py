"""Which registers tell the condition of a meter, and the condition their values make. Pure."""

from collections.abc import Mapping

from meter_bridge.profile_model import CONDITION, Profile, Quantity, Register
from meter_bridge.protocol_condition import Alarm, Condition

# A value of the condition, and its registers: those of the phases in their order.
PHASES: dict[str, tuple[Quantity, ...]] = {
    "voltage_mv": (Quantity.VOLTAGE_MV, Quantity.VOLTAGE_B_MV, Quantity.VOLTAGE_C_MV),
    "current_ma": (Quantity.CURRENT_MA, Quantity.CURRENT_B_MA, Quantity.CURRENT_C_MA),
    "phase_power_w": (Quantity.POWER_A_W, Quantity.POWER_B_W, Quantity.POWER_C_W),
    "phase_reactive_var": (Quantity.REACTIVE_A_VAR, Quantity.REACTIVE_B_VAR, Quantity.REACTIVE_C_VAR),
    "phase_power_factor": (Quantity.POWER_FACTOR_A, Quantity.POWER_FACTOR_B, Quantity.POWER_FACTOR_C),
    "voltage_thd": (Quantity.VOLTAGE_THD, Quantity.VOLTAGE_THD_B, Quantity.VOLTAGE_THD_C),
    "current_thd": (Quantity.CURRENT_THD, Quantity.CURRENT_THD_B, Quantity.CURRENT_THD_C),
}
TOTALS = (Quantity.POWER_W, Quantity.REACTIVE_VAR, Quantity.POWER_FACTOR, Quantity.FREQUENCY_MHZ)
ALARMS = {Quantity(f"alarm_{alarm.value}"): alarm for alarm in Alarm}


def condition_registers(profile: Profile) -> dict[Quantity, Register]:
    """Return the registers of a profile that tell the condition of a meter."""
    return {quantity: register for quantity, register in profile.registers.items() if quantity in CONDITION}


def condition_of(values: Mapping[Quantity, int]) -> Condition:
    """Return the condition that these values make."""
    told: dict[str, object] = {quantity.value: values[quantity] for quantity in TOTALS if quantity in values}
    for name, quantities in PHASES.items():
        told[name] = [values[quantity] for quantity in quantities if quantity in values] or None
    if ALARMS.keys() & values.keys():
        told["alarms"] = [alarm for quantity, alarm in ALARMS.items() if values.get(quantity)]
    return Condition.model_validate(told)
