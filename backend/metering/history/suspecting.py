"""Note suspicions against meters, each once, and that a meter itself showed that one is over."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from backend.kernel import outbox
from backend.kernel.db import Session
from backend.metering.evidence import Identity
from backend.metering.history.suspicion_models import SuspectMeter, Suspicion

TOPIC = "meter_suspected"
OVER: LiteralString = """
UPDATE suspect_meter SET passed_at = %(now)s
WHERE id IN (SELECT id FROM suspect_meter
             WHERE meter_id = ANY(%(meters)s) AND suspicion = %(suspicion)s AND passed_at IS NULL
             ORDER BY meter_id FOR UPDATE)
"""


@dataclass(frozen=True, slots=True)
class Suspected:
    """Since when something is wrong with a meter, and what shows it."""

    since: datetime
    evidence: dict[str, Any]


def suspect(
    session: Session, suspicion: Suspicion, *, found: Mapping[int, Suspected], meters: Mapping[int, Identity]
) -> int:
    """Note what is wrong and raise an alarm, or bring what is noted up to date; returns how many are new."""
    new = 0
    for meter_id, one in sorted(found.items()):  # one order for all, against deadlocks
        told = update(SuspectMeter).filter_by(meter_id=meter_id, suspicion=suspicion, passed_at=None)
        if session.execute(told.values(evidence=one.evidence)).rowcount:  # type: ignore[attr-defined]
            continue
        row = {
            "organisation_id": meters[meter_id].organisation_id,
            "meter_id": meter_id,
            "suspicion": suspicion,
            "since": one.since,
            "evidence": one.evidence,
            "noted_at": session.clock.now(),
        }
        added = insert(SuspectMeter).values(row).on_conflict_do_nothing().returning(SuspectMeter.id)
        if (suspect_id := session.scalar(added)) is None:
            continue
        new += 1
        outbox.record(
            session,
            organisation_id=meters[meter_id].organisation_id,
            topic=TOPIC,
            key=f"suspect_meter:{suspect_id}",
            facts={"meter_id": meter_id, "meter": meters[meter_id].number, "suspicion": suspicion.value} | one.evidence,
            request_id="",
        )
    return new


def pass_over(session: Session, suspicion: Suspicion, *, meter_ids: list[int]) -> None:
    """Note that these meters show nothing of it any more."""
    if not meter_ids:
        return
    session.run_sql(OVER, meters=meter_ids, suspicion=suspicion.value, now=session.clock.now())
