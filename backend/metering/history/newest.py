"""The newest of each value among several readings of a meter. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from meter_bridge.protocol import REGISTERS, Evidence

STATED = ("balance", "purchase_count", "supply", "kept_supplied")


@dataclass(frozen=True, slots=True)
class Known:
    """When what is known of a meter was read, and its registers; None where nothing is."""

    read_at: datetime | None = None
    counted_at: datetime | None = None


def counted_at(evidence: Evidence) -> datetime | None:
    """Return when registers were read; None when evidence tells none that count."""
    return evidence.read_at if evidence.energy_wh is not None or evidence.volume_l is not None else None


def newest_of(said: Sequence[Evidence], known: Known) -> tuple[Evidence, datetime | None] | None:
    """Return what is newer than what is known, and when its registers were read; None when nothing is.

    Each value is the newest told, also when later polls did not bring it.
    """
    in_order = sorted(said, key=lambda one: one.read_at)
    stating = [one for one in in_order if known.read_at is None or known.read_at < one.read_at]
    counting = [
        one for one in in_order if counted_at(one) and (known.counted_at is None or known.counted_at < one.read_at)
    ]
    if not stating and not counting:
        return None
    values: dict[str, Any] = {}
    for names, those in ((STATED, stating), (REGISTERS, counting)):
        for one in those:
            values |= {name: value for name in names if (value := getattr(one, name)) is not None}
    read_at = (stating or counting)[-1].read_at
    return Evidence(read_at=read_at, **values), counting[-1].read_at if counting else None
