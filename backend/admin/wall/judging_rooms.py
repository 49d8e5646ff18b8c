"""From what the meters of a room said to the tile of the room: the worst of them counts. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from backend.admin.wall.tile import Standing, Tile
from backend.metering.lines.silence import Medium
from meter_bridge.protocol import CreditUnit, SupplyState

MINUTE, HOUR, DAY = 60, 3600, 86_400
JUST_NOW = 5 * MINUTE
LARGE_FEN, YUAN, TENTH_KWH = 10_000, 100, 100
URGENCY = tuple(Standing)


class Said(NamedTuple):
    """What is known of one meter: supply, credit in its unit, when it was read last, and whether its gateway answers.

    silent_after: how old the last reading may be. gateway is None when no bridge holds the line: nobody knows.
    """

    number: str
    supply: SupplyState | None
    credit: int | None
    unit: CreditUnit
    read_at: datetime | None
    silent_after: timedelta
    gateway: bool | None
    frozen: bool


# Where a room is, and who holds it: the first six of a Tile.
Place = tuple[int, str, int, str, str, str | None]


def tile_of(
    place: Place, said: Sequence[Said], *, now: datetime, low_fen: int, medium: Medium = Medium.ELECTRICITY
) -> Tile:
    """Return the tile of a room with these meters of one medium; credit from low_fen down is low."""
    if not said:
        return Tile(*place, meters=(), medium=medium)
    scarcest = said[0]
    if len(said) > 1:
        scarcest = min(said, key=lambda one: (URGENCY.index(standing(one, low_fen)), one.credit or 0))
    oldest = _oldest(said)
    return Tile(
        *place,
        meters=tuple(one.number for one in said),
        supply=_worst(said[0].supply, said[1:]),
        credit=_rounded(scarcest),
        unit=scarcest.unit,
        standing=standing(scarcest, low_fen),
        heard=all(heard(one, now) for one in said),
        gateway=_gateway(said),
        age=None if oldest is None else age_in_steps(now - oldest),
        frozen=any(one.frozen for one in said),
        medium=medium,
    )


def heard(one: Said, now: datetime) -> bool:
    """Say whether a meter was read lately."""
    return one.read_at is not None and now - one.read_at <= one.silent_after


def standing(one: Said, low_fen: int) -> Standing:
    """Say how urgent a meter's credit is. Of credit in energy only its end is known."""
    if one.credit is None:
        return Standing.UNKNOWN
    if one.credit <= 0:
        return Standing.EMPTY
    low = one.unit is CreditUnit.MONEY and one.credit <= low_fen
    return Standing.LOW if low else Standing.FINE


def age_in_steps(age: timedelta) -> int:
    """Return an age in seconds, in steps that grow with it: 0 below five minutes."""
    seconds = int(age.total_seconds())
    return 0 if seconds < JUST_NOW else seconds - seconds % _step(seconds)


def stands_until(said: Sequence[Said], now: datetime) -> datetime | None:
    """Return when the tile of these meters looks otherwise although they say nothing new; None for never."""
    falls_silent = [one.read_at + one.silent_after for one in said if one.read_at and heard(one, now)]
    oldest = _oldest(said)
    if oldest is not None:
        seconds = max(0, int((now - oldest).total_seconds()))
        falls_silent.append(oldest + timedelta(seconds=seconds - seconds % _step(seconds) + _step(seconds)))
    return min(falls_silent, default=None)


def _step(seconds: int) -> int:
    return JUST_NOW if seconds < HOUR else HOUR if seconds < DAY else DAY


def _oldest(said: Sequence[Said]) -> datetime | None:
    """Return when the meter that was not read for longest was read last; None when one never was."""
    known = [one.read_at for one in said if one.read_at is not None]
    return min(known, default=None) if len(known) == len(said) else None


def _gateway(said: Sequence[Said]) -> bool | None:
    if any(one.gateway is False for one in said):
        return False
    return None if any(one.gateway is None for one in said) else True


def _worst(supply: SupplyState | None, others: Sequence[Said]) -> SupplyState | None:
    """Return open if one is open, nothing if one is not known, else closed."""
    for one in others:
        if supply is SupplyState.OPEN or one.supply is SupplyState.OPEN:
            return SupplyState.OPEN
        supply = supply and one.supply
    return supply


def _rounded(one: Said) -> int | None:
    """Leave out what changes with every reading and tells nothing: fen of large sums, single watt-hours."""
    if one.credit is None:
        return None
    if one.unit is CreditUnit.ENERGY:
        return one.credit - one.credit % TENTH_KWH
    return one.credit - one.credit % YUAN if one.credit >= LARGE_FEN else one.credit
