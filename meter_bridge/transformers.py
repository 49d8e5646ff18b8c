"""Which ratio of transformers belongs to which quantity; applied once, where a register becomes a number. Pure.

Behind current and voltage transformers a meter sees ct_ratio times less current and pt_ratio times less voltage.
Factors, distortion, frequency, credit, counts and litres are as they are.
"""

from dataclasses import dataclass

from meter_bridge.profile_model import Quantity
from meter_bridge.protocol import MeterPlace

_WITH_CURRENT, _WITH_VOLTAGE = ("_wh", "_w", "_var", "_ma"), ("_wh", "_w", "_var", "_mv")
# By the unit that a quantity is named by: whether it grows with the current, and with the voltage.
_GROWS = {each: (each.value.endswith(_WITH_CURRENT), each.value.endswith(_WITH_VOLTAGE)) for each in Quantity}


@dataclass(frozen=True, slots=True)
class Ratios:
    """By how much what a meter measures is less than what flows."""

    current: int = 1
    voltage: int = 1

    @classmethod
    def of_place(cls, place: MeterPlace) -> "Ratios":
        """Return the ratios of a meter where it hangs."""
        return cls(place.ct_ratio, place.pt_ratio)

    def of(self, quantity: Quantity) -> int:
        """Return what the register of a quantity is to be multiplied by."""
        with_current, with_voltage = _GROWS[quantity]
        return (self.current if with_current else 1) * (self.voltage if with_voltage else 1)
