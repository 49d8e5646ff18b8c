"""What a meter measures while a load runs behind it: phases out of balance, power factor, distortion. Pure.

Everything follows from the serial number, the load and the time: the same meter shows the same at the same instant.
"""

from functools import lru_cache
from math import isqrt
from zlib import crc32

from meter_bridge.conditions import PHASES
from meter_bridge.profile_model import Quantity

NOMINAL_MV = 220_000
SWING_MV = 3_000  # how far the voltage of a phase sways
SAG_MV_PER_KW = 150
WHOLE = 1000
SPELL = 300  # seconds a voltage stays as it is
POWER_FACTORS = range(860, 990)
CURRENT_THD = range(400, 2200)  # hundredths of a per cent
VOLTAGE_THD = range(120, 380)


def measured(serial: str, power_w: int, at: float, *, three_phases: bool) -> dict[Quantity, int]:
    """Return all that is measured at this instant, phase by phase; without three phases the first has all the load."""
    shares = _shares(serial) if three_phases else (WHOLE, 0, 0)
    factor = _drawn(serial, "factor", POWER_FACTORS)
    powers = [power_w * share // WHOLE for share in shares]
    powers[0] += power_w - sum(powers)
    volts = [_voltage(serial, phase, power, at) for phase, power in enumerate(powers)]
    apparent = [power * WHOLE // factor for power in powers]
    reactive = [isqrt(max(va * va - power * power, 0)) for va, power in zip(apparent, powers, strict=True)]
    told = {
        "voltage_mv": volts,
        "current_ma": [va * 1_000_000 // mv for va, mv in zip(apparent, volts, strict=True)],
        "phase_power_w": powers,
        "phase_reactive_var": reactive,
        "phase_power_factor": [factor if power else WHOLE for power in powers],
        "voltage_thd": [_drawn(serial, f"u{phase}", VOLTAGE_THD) for phase in range(3)],
        "current_thd": [_drawn(serial, f"i{phase}", CURRENT_THD) if powers[phase] else 0 for phase in range(3)],
    }
    values = {
        quantity: value
        for name, quantities in PHASES.items()
        for quantity, value in zip(quantities, told[name], strict=True)
    }
    return values | {
        Quantity.POWER_W: power_w,
        Quantity.REACTIVE_VAR: sum(reactive),
        Quantity.POWER_FACTOR: factor if power_w else WHOLE,
        Quantity.FREQUENCY_MHZ: 50_000 + 10 * (_noise("grid", str(int(at) // SPELL)) % 5 - 2),
    }


@lru_cache(maxsize=8192)
def _shares(serial: str) -> tuple[int, int, int]:
    """Return which part of the load hangs on each phase."""
    first, second = 250 + _noise(serial, "first") % 160, 250 + _noise(serial, "second") % 160
    return first, second, WHOLE - first - second


def _voltage(serial: str, phase: int, power_w: int, at: float) -> int:
    sway = _noise(serial, f"{phase}:{int(at) // SPELL}") % (2 * SWING_MV) - SWING_MV
    return NOMINAL_MV + sway - SAG_MV_PER_KW * power_w // 1000


@lru_cache(maxsize=65_536)
def _drawn(serial: str, what: str, among: range) -> int:
    return among[_noise(serial, what) % len(among)]


def _noise(*words: str) -> int:
    return crc32(":".join(words).encode())
