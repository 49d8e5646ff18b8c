"""The newest of each value among several readings of a meter. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from meter_bridge.protocol import REGISTERS, Evidence

STATED = ("balance", "purchase_count", "kept_supplied")


@dataclass(frozen=True, slots=True)
class Known:
    """When what is known of a meter was read, by polls its registers and its supply; None where nothing is."""

    read_at: datetime | None = None
    counted_at: datetime | None = None
    supply_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Newest:
    """Values, and when the registers and the supply among them were read; None where there are none."""

    told: Evidence
    counted_at: datetime | None
    supply_at: datetime | None


def alone(told: Evidence) -> Newest:
    """Return what one reading says."""
    counts = told.energy_wh is not None or told.volume_l is not None
    return Newest(told, told.read_at if counts else None, None if told.supply is None else told.read_at)


def newest_of(said: Sequence[Evidence], known: Known) -> Newest | None:
    """Return what is newer than what is known; None when nothing is.

    Each value is the newest told, also when later polls did not bring it.
    """
    in_order = sorted((alone(one) for one in said), key=lambda one: one.told.read_at)
    stating = [one for one in in_order if _newer(one.told.read_at, known.read_at)]
    counting = [one for one in in_order if _newer(one.counted_at, known.counted_at)]
    supplying = [one for one in in_order if _newer(one.supply_at, known.supply_at)]
    if not (stating or counting or supplying):
        return None
    values: dict[str, Any] = {}
    for names, those in ((STATED, stating), (REGISTERS, counting), (("supply",), supplying)):
        for one in those:
            values |= {name: value for name in names if (value := getattr(one.told, name)) is not None}
    told = Evidence(read_at=(stating or counting or supplying)[-1].told.read_at, **values)
    return Newest(told, counting[-1].counted_at if counting else None, supplying[-1].supply_at if supplying else None)


def _newer(at: datetime | None, known: datetime | None) -> bool:
    return at is not None and (known is None or known < at)
