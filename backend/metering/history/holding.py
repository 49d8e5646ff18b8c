"""Hold readings whose registers cannot be true; the rest of what they say, credit and supply, is kept as always."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, LiteralString

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from backend.kernel import outbox
from backend.kernel.db import Session
from backend.metering.evidence import Identity, stored
from backend.metering.history.doubt import Counted, Doubt, counted, doubt_of
from backend.metering.history.held_models import HeldReading
from backend.metering.models import Meter
from backend.metering.statuses import Said
from meter_bridge.profile import Profile
from meter_bridge.protocol import REGISTERS

TOPIC = "reading_held"
LISTED: LiteralString = ", ".join(REGISTERS)
NEIGHBOURS: LiteralString = f"""
SELECT told.meter_id, before.read_at < told.since AS is_before, before.*
FROM unnest(%(meter_id)b::bigint[], %(since)b::timestamptz[], %(until)b::timestamptz[])
     AS told (meter_id, since, until)
CROSS JOIN LATERAL (
    (SELECT read_at, {LISTED} FROM reading
     WHERE meter_id = told.meter_id AND read_at < told.since AND (energy_wh IS NOT NULL OR volume_l IS NOT NULL)
     ORDER BY read_at DESC LIMIT 1)
    UNION ALL
    (SELECT read_at, {LISTED} FROM reading
     WHERE meter_id = told.meter_id AND read_at > told.until AND (energy_wh IS NOT NULL OR volume_l IS NOT NULL)
     ORDER BY read_at LIMIT 1)) before
"""  # noqa: S608 put together from our own text


def sift(
    session: Session, *, said: Sequence[Said], meters: Mapping[int, Identity], profiles: Mapping[str, Profile]
) -> list[Said]:
    """Return what may be counted: doubted registers are taken out of what was said, and held beside."""
    by_meter: dict[int, list[Said]] = defaultdict(list)
    for one in sorted(said, key=lambda one: one.evidence.read_at):
        by_meter[one.meter_id].append(one)
    neighbours = _neighbours(session, by_meter)
    kept: list[Said] = []
    for meter_id, those in by_meter.items():
        meter = meters[meter_id]
        profile = profiles.get(meter.profile)
        most_w = profile.breaker.max_power_w * meter.ratio if profile else None
        before, after = neighbours.get((meter_id, True)), neighbours.get((meter_id, False))
        for one in those:
            now = counted(one.evidence)
            doubt = doubt_of(before, now, after, most_w=most_w)
            if doubt is None:
                before = _newer(before, now)
                kept.append(one)
            elif hold(session, meter=meter, said=[one], doubt=doubt, before=before):
                kept.append(Said(meter_id, one.evidence.model_copy(update=dict.fromkeys(REGISTERS))))
    return kept


def hold(
    session: Session, *, meter: Identity | Meter, said: Iterable[Said], doubt: Doubt, before: Counted | None = None
) -> int:
    """Hold readings of a meter, each once, and raise an alarm when none of it were held; returns how many are new."""
    rows = [
        {
            "organisation_id": meter.organisation_id,
            "meter_id": meter.id,
            "read_at": one.evidence.read_at,
            "doubt": doubt,
            "evidence": stored(one.evidence),
            "before": _facts(before),
            "held_at": session.clock.now(),
        }
        for one in said
    ]
    if not rows:
        return 0
    known = session.scalar(select(HeldReading.id).filter_by(meter_id=meter.id, settlement=None).limit(1))
    new = session.scalars(insert(HeldReading).on_conflict_do_nothing().returning(HeldReading.id), rows).all()
    if new and known is None:
        outbox.record(
            session,
            organisation_id=meter.organisation_id,
            topic=TOPIC,
            key=f"held_reading:{new[0]}",
            facts={"meter_id": meter.id, "meter": meter.number, "doubt": doubt.value, "before": rows[0]["before"]},
            request_id="",
        )
    return len(new)


def _neighbours(session: Session, by_meter: Mapping[int, Sequence[Said]]) -> dict[tuple[int, bool], Counted]:
    if not by_meter:
        return {}
    rows: Sequence[Any] = session.run_sql(
        NEIGHBOURS,
        meter_id=list(by_meter),
        since=[those[0].evidence.read_at for those in by_meter.values()],
        until=[those[-1].evidence.read_at for those in by_meter.values()],
    ).all()
    return {(row[0], row[1]): _row_counted(row) for row in rows}


def _newer(before: Counted | None, now: Counted) -> Counted | None:
    """Return what is known behind a sound reading: registers it does not tell stay as they were."""
    if not now.registers:
        return before
    return Counted(now.at, (before.registers if before else {}) | now.registers)


def _row_counted(row: Any) -> Counted:
    """Return a row of NEIGHBOURS by its places: names of columns are looked up too slowly for thousands."""
    _, _, at, *told = row
    return Counted(at, {name: value for name, value in zip(REGISTERS, told, strict=True) if value is not None})


def _facts(before: Counted | None) -> dict[str, Any] | None:
    return None if before is None else {"read_at": before.at.isoformat(), **before.registers}
