"""Add up what meters used month by month, anew for each month of which a day was frozen."""

from collections.abc import Sequence
from datetime import date
from typing import LiteralString

from backend.kernel.db import Session
from meter_bridge.protocol import REGISTERS

MEASURED_WITHIN_S = 7200  # a border drawn between readings further apart is estimated

STEPS: LiteralString = ", ".join(f"{name} - lag({name}) OVER days AS {name}" for name in REGISTERS)
FORWARD: LiteralString = " AND ".join(f"{name} >= 0 IS NOT FALSE" for name in REGISTERS)
SUMS: LiteralString = ", ".join(f"sum({name}) FILTER (WHERE sound) AS {name}" for name in REGISTERS)
LISTED: LiteralString = ", ".join(REGISTERS)
ANEW: LiteralString = ", ".join(f"{name} = excluded.{name}" for name in ("measured_days", "known_days", *REGISTERS))
# Steps between neighbouring borders, of which none runs backwards. The first day of a month also ends the one before.
ROLL: LiteralString = f"""
WITH due AS (
    SELECT DISTINCT meter_id, date_trunc('month', day - behind)::date AS month
    FROM unnest(%(meter_id)s::bigint[], %(day)s::date[]) AS frozen (meter_id, day), generate_series(0, 1) AS behind),
step AS (
    SELECT organisation_id, meter_id, month, day - lag(day) OVER days AS days,
           greatest(gap_s, lag(gap_s) OVER days) AS gap_s, {STEPS}
    FROM due
    JOIN day_register USING (meter_id)
    WHERE day BETWEEN month AND (month + interval '1 month')::date
    WINDOW days AS (PARTITION BY meter_id, month ORDER BY day)),
judged AS (
    SELECT *, days IS NOT NULL AND {FORWARD} AND (energy_wh IS NOT NULL OR volume_l IS NOT NULL) AS sound FROM step)
INSERT INTO month_usage (organisation_id, meter_id, month, measured_days, known_days, {LISTED})
SELECT organisation_id, meter_id, month,
       coalesce(sum(days) FILTER (WHERE sound AND days = 1 AND gap_s <= %(within)s), 0),
       coalesce(sum(days) FILTER (WHERE sound), 0), {SUMS}
FROM judged GROUP BY organisation_id, meter_id, month
ON CONFLICT (month, meter_id) DO UPDATE SET {ANEW}
"""  # noqa: S608 put together from our own text


def roll_months(session: Session, *, frozen: Sequence[tuple[int, date]]) -> None:
    """Add up the months to which these days of meters belong, or which they end."""
    if frozen:
        meters, days = zip(*frozen, strict=True)
        session.run_sql(ROLL, meter_id=list(meters), day=list(days), within=MEASURED_WITHIN_S)
