"""What a condition says of the quality of supply and load: its extremes, and how far three phases are apart. Pure."""

from collections.abc import Sequence

from meter_bridge.protocol import Condition

PER_WHOLE = 10_000  # hundredths of a per cent
UNDER_LOAD_W = 100  # below, a power factor says nothing
LEAST_MA = 500  # below, currents that differ are no unbalance
LARGEST = 2**62
PHASES = 3


def unbalance(phases: Sequence[int] | None) -> int | None:
    """Return how far the worst phase is from the mean, in hundredths of a per cent of it; None without three phases.

    Of magnitudes alone: GB/T 15543 asks for negative sequence, which needs angles that meters do not tell.
    """
    if phases is None or len(phases) < PHASES or (mean := sum(phases) // len(phases)) <= 0:
        return None
    return max(abs(phase - mean) for phase in phases) * PER_WHOLE // mean


def current_unbalance(condition: Condition) -> int | None:
    """Return the unbalance of the currents; None where next to nothing flows."""
    currents = condition.current_ma
    return unbalance(currents) if currents and max(currents) >= LEAST_MA else None


def extremes_of(condition: Condition) -> dict[str, int | None]:
    """Return what one condition adds to the extremes of its day (condition_models.ConditionDay)."""
    power = condition.power_w
    if power is None and condition.phase_power_w:
        power = sum(condition.phase_power_w)
    factors = condition.phase_power_factor or [each for each in (condition.power_factor,) if each is not None]
    loaded = power is not None and abs(power) >= UNDER_LOAD_W
    return {
        "least_voltage_mv": min(condition.voltage_mv or [], default=None),
        "most_voltage_mv": max(condition.voltage_mv or [], default=None),
        "most_current_ma": max((abs(each) for each in condition.current_ma or []), default=None),
        "most_power_w": power,
        "least_power_factor": min((abs(each) for each in factors), default=None) if loaded else None,
        "most_voltage_thd": max(condition.voltage_thd or [], default=None),
        "most_current_thd": max(condition.current_thd or [], default=None),
        "most_voltage_unbalance": unbalance(condition.voltage_mv),
        "most_current_unbalance": current_unbalance(condition),
    }


def is_sound(condition: Condition) -> bool:
    """Whether it can be stored at all; registers full of noise give numbers that cannot."""
    told = condition.model_dump(exclude={"alarms"}, exclude_none=True).values()
    numbers = (each for value in told for each in (value if isinstance(value, list) else [value]))
    return all(abs(number) <= LARGEST for number in numbers)
