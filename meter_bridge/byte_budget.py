"""How far polls are stretched so that a line keeps within what its SIM card may carry in a month. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil

from meter_bridge.rhythm import PLAIN, Stretch

FOR_POLLS = 0.9  # of what is left; the rest is for money, relays and reconnecting
SELDOMEST = 1000
AT_LEAST_EVERY = 3600  # seconds: registers are read each hour whatever it costs, because bills are made of them


@dataclass(frozen=True, slots=True)
class Load:
    """Bytes that polls of one meter carry: credit and state, those with registers, what is rare; and how often."""

    often: int
    slot: int
    rarely: int
    poll_seconds: float
    rarely_seconds: float


def stretched(loads: Iterable[Load], slot_seconds: int, *, left_bytes: int, left_seconds: float) -> Stretch:
    """Return the least stretch at which what is left of the month's bytes lasts for the rest of the month.

    What is read rarely stops first, then credit is read less often, at last registers; money and relays never wait.
    """
    told = list(loads)
    often = sum(load.often / load.poll_seconds for load in told)
    slot = sum(load.slot for load in told) / slot_seconds
    rarely = sum(load.rarely / load.rarely_seconds for load in told)
    allowed = max(left_bytes, 0) * FOR_POLLS / max(left_seconds, 1.0)
    if often + slot + rarely <= allowed:
        return PLAIN
    if slot < allowed:
        return Stretch(min(SELDOMEST, max(1, ceil(often / (allowed - slot)))), 1, rarely=False)
    most = max(1, AT_LEAST_EVERY // slot_seconds)
    return Stretch(SELDOMEST, min(most, ceil(slot / allowed)) if allowed else most, rarely=False)
