"""Whether what a meter says it counted can be true, given what it said before and after. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from meter_bridge.protocol import REGISTERS, Evidence

WATT_SECONDS_PER_WH = 3600
SLACK = timedelta(minutes=2)  # registers are read some seconds apart, and clocks of bridges differ a little
LITRES_A_SECOND = 5  # 18 m3 an hour: a pipe of DN50


class Doubt(StrEnum):
    """Why a reading is held."""

    RAN_BACKWARDS = "ran_backwards"
    JUMPED = "jumped"
    FROM_THE_FUTURE = "from_the_future"
    FOREIGN_SERIAL = "foreign_serial"


@dataclass(frozen=True, slots=True)
class Counted:
    """What a meter had counted at an instant, by register; those it does not tell are left out."""

    at: datetime
    registers: dict[str, int]


def counted(evidence: Evidence) -> Counted:
    """Return what evidence says a meter had counted."""
    told = {name: getattr(evidence, name) for name in REGISTERS}
    return Counted(evidence.read_at, {name: value for name, value in told.items() if value is not None})


def doubt_of(before: Counted | None, now: Counted, after: Counted | None, *, most_w: int | None) -> Doubt | None:
    """Return why a reading cannot stand between its neighbours; None when it can, or when there are none.

    most_w: what the breaker lets through, in watts; None where nobody knows it.
    """
    for earlier, later in ((before, now), (now, after)):
        if earlier is None or later is None:
            continue
        for name in earlier.registers.keys() & later.registers.keys():
            step = later.registers[name] - earlier.registers[name]
            if step < 0:
                return Doubt.RAN_BACKWARDS
            most = _most(name, later.at - earlier.at, most_w)
            if most is not None and step > most:
                return Doubt.JUMPED
    return None


def _most(name: str, span: timedelta, most_w: int | None) -> int | None:
    """Return the largest step a register can make in this time."""
    seconds = int((span + SLACK).total_seconds()) + 1
    if name == "volume_l":
        return LITRES_A_SECOND * seconds
    return None if most_w is None else most_w * seconds // WATT_SECONDS_PER_WH + 1
