"""Freeze what meters had counted at borders of hours and days, and note when their supply changed.

A border lies between two readings; what the meter had counted there is drawn in a straight line between them, so that
the parts of any span add up exactly to what its ends say. Where a register ran backwards nothing is frozen. A late
reading freezes the borders around it anew, and the months of the days among them are added up anew.
"""

from typing import LiteralString

from sqlalchemy import delete, select

from backend.kernel.db import Session
from backend.metering.history.models import RegisterDue
from backend.metering.history.rolling_months import roll_months
from meter_bridge.protocol import REGISTERS

COUNTS: LiteralString = "(energy_wh IS NOT NULL OR volume_l IS NOT NULL)"
LISTED: LiteralString = ", ".join(REGISTERS)
BOTH: LiteralString = ", ".join(f"{name}, lead({name}) OVER neighbours AS {name}_then" for name in REGISTERS)
FORWARD: LiteralString = " AND ".join(f"{name}_then >= {name} IS NOT FALSE" for name in REGISTERS)
PART: LiteralString = "extract(epoch FROM at - starts) / extract(epoch FROM ends - starts)"
DRAWN: LiteralString = ", ".join(f"{name} + floor(({name}_then - {name}) * {PART})::bigint" for name in REGISTERS)
ANEW: LiteralString = ", ".join(f"{name} = excluded.{name}" for name in (*REGISTERS, "gap_s"))
DUE: LiteralString = """
WITH due AS (
    SELECT * FROM unnest(%(meter_id)s::bigint[], %(since)s::timestamptz[], %(until)s::timestamptz[])
        AS due (meter_id, since, until)),
"""
# Each due span with one reading beyond either end, and its readings with what their next neighbours say.
PAIRS: LiteralString = f"""
span AS (
    SELECT due.meter_id, park.time_zone AS zone,
           coalesce((SELECT read_at FROM reading
                     WHERE meter_id = due.meter_id AND read_at < due.since AND {COUNTS}
                     ORDER BY read_at DESC LIMIT 1), due.since) AS starts,
           coalesce((SELECT read_at FROM reading
                     WHERE meter_id = due.meter_id AND read_at > due.until AND {COUNTS}
                     ORDER BY read_at LIMIT 1), due.until) AS ends
    FROM due
    JOIN meter ON meter.id = due.meter_id
    JOIN room ON room.id = meter.room_id
    JOIN building ON building.id = room.building_id
    JOIN park ON park.id = building.park_id),
pair AS (
    SELECT r.meter_id, r.organisation_id, zone, r.read_at AS starts, lead(r.read_at) OVER neighbours AS ends, {BOTH}
    FROM span JOIN reading r ON r.meter_id = span.meter_id AND r.read_at BETWEEN span.starts AND span.ends AND {COUNTS}
    WINDOW neighbours AS (PARTITION BY r.meter_id ORDER BY r.read_at)),
"""  # noqa: S608 put together from our own text, as all below
HOURS: LiteralString = f"""{DUE}{PAIRS}
border AS (
    SELECT pair.*, at
    FROM pair, generate_series(date_trunc('hour', starts) + interval '1 hour', ends, interval '1 hour') AS at
    WHERE {FORWARD})
INSERT INTO hour_register (organisation_id, meter_id, at, gap_s, {LISTED})
SELECT organisation_id, meter_id, at, CASE WHEN at < ends THEN ceil(extract(epoch FROM ends - starts)) ELSE 0 END,
       {DRAWN}
FROM border
ON CONFLICT (meter_id, at) DO UPDATE SET {ANEW}
"""  # noqa: S608
DAYS: LiteralString = f"""{DUE}{PAIRS}
border AS (
    SELECT pair.*, local::date AS day, timezone(zone, local) AS at
    FROM pair, generate_series(date_trunc('day', timezone(zone, starts)) + interval '1 day', timezone(zone, ends),
                               interval '1 day') AS local
    WHERE {FORWARD})
INSERT INTO day_register (organisation_id, meter_id, day, at, gap_s, {LISTED})
SELECT organisation_id, meter_id, day, at, CASE WHEN at < ends THEN ceil(extract(epoch FROM ends - starts)) ELSE 0 END,
       {DRAWN}
FROM border
ON CONFLICT (meter_id, day) DO UPDATE SET at = excluded.at, {ANEW}
RETURNING meter_id, day
"""  # noqa: S608
STATES: LiteralString = """
state_span AS (
    SELECT meter_id, since,
           (SELECT read_at FROM reading WHERE meter_id = due.meter_id AND read_at < since AND supply IS NOT NULL
            ORDER BY read_at DESC LIMIT 1) AS before,
           coalesce((SELECT read_at FROM reading
                     WHERE meter_id = due.meter_id AND read_at > until AND supply IS NOT NULL
                     ORDER BY read_at LIMIT 1), until) AS ends
    FROM due)
"""
FORGET_CHANGES: LiteralString = f"""{DUE}{STATES}
DELETE FROM supply_change USING state_span span
WHERE supply_change.meter_id = span.meter_id AND supply_change.at BETWEEN span.since AND span.ends
"""  # noqa: S608
NOTE_CHANGES: LiteralString = f"""{DUE}{STATES},
said AS (
    SELECT r.meter_id, r.organisation_id, r.read_at, r.supply, span.since,
           lag(r.supply) OVER (PARTITION BY r.meter_id ORDER BY r.read_at) AS before
    FROM state_span span
    JOIN reading r ON r.meter_id = span.meter_id AND r.supply IS NOT NULL
                  AND r.read_at BETWEEN coalesce(span.before, span.since) AND span.ends)
INSERT INTO supply_change (organisation_id, meter_id, at, supply)
SELECT organisation_id, meter_id, read_at, supply FROM said
WHERE read_at >= since AND before IS DISTINCT FROM supply
"""  # noqa: S608


def freeze_registers(session: Session, *, most: int) -> int:
    """Freeze what is due for at most so many meters; returns how many."""
    oldest = select(RegisterDue.meter_id).order_by(RegisterDue.meter_id).limit(most).with_for_update(skip_locked=True)
    taken = delete(RegisterDue).where(RegisterDue.meter_id.in_(oldest.scalar_subquery()))
    due = session.execute(
        taken.returning(RegisterDue.meter_id, RegisterDue.since, RegisterDue.until),
        execution_options={"synchronize_session": False},
    ).all()
    if not due:
        return 0
    # Each statement sees what was stored before the locks above were had.
    arrays: dict[str, object] = {
        "meter_id": [row.meter_id for row in due],
        "since": [row.since for row in due],
        "until": [row.until for row in due],
    }
    session.run_sql(HOURS, **arrays)
    roll_months(session, frozen=[(row.meter_id, row.day) for row in session.run_sql(DAYS, **arrays)])
    for statement in (FORGET_CHANGES, NOTE_CHANGES):
        session.run_sql(statement, **arrays)
    return len(due)
