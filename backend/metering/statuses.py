"""The newest of what each meter said."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, or_
from sqlalchemy.dialects.postgresql import insert

from backend.kernel.db import Session
from backend.metering.models import MeterStatus
from meter_bridge.protocol import Evidence

CLOCKS_AGREE = timedelta(seconds=5)
VALUES = ("balance", "purchase_count", "supply", "energy_wh")


@dataclass(frozen=True, slots=True)
class Said:
    """What a meter said."""

    meter_id: int
    evidence: Evidence


def note(session: Session, *, organisation_id: int, said: Iterable[Said]) -> None:
    """Keep the newest of what each meter said; a value that a poll did not bring stays as it was.

    What was read "in the future", by a bridge whose clock was wrong then, gives way to whatever is told next.
    """
    newest: dict[int, Evidence] = {}
    for one in said:
        if one.meter_id not in newest or newest[one.meter_id].read_at < one.evidence.read_at:
            newest[one.meter_id] = one.evidence
    if not newest:
        return
    now = session.database_now()
    rows = [
        {"organisation_id": organisation_id, "meter_id": meter_id, "read_at": evidence.read_at, "noted_at": now}
        | {name: getattr(evidence, name) for name in VALUES}
        for meter_id, evidence in sorted(newest.items())  # one order for all, against deadlocks
    ]
    told = insert(MeterStatus)
    kept = {name: func.coalesce(told.excluded[name], getattr(MeterStatus, name)) for name in VALUES}
    newer = told.on_conflict_do_update(
        index_elements=["meter_id"],
        set_={"read_at": told.excluded.read_at, "noted_at": told.excluded.noted_at, **kept},
        where=or_(MeterStatus.read_at < told.excluded.read_at, MeterStatus.read_at > now + CLOCKS_AGREE),
    )
    session.execute(newer, rows)
