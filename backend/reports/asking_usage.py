"""Ask the days' frozen registers what meters used, and what days of exchanges add: any days, for any meter."""

from collections.abc import Sequence
from datetime import date
from operator import le
from typing import Any, LiteralString
from zoneinfo import ZoneInfo

from backend.kernel.db import Session
from backend.metering.history.rolling_months import FORWARD, MEASURED_WITHIN_S, STEPS, SUMS
from backend.reports.measured import Stretch
from backend.reports.usage import Usage
from meter_bridge.protocol import REGISTERS

PERIODS = tuple(name for name in REGISTERS if name not in ("energy_wh", "volume_l"))
ROUNDED = 10  # periods are shown in steps of their own: their sum may differ by so many Wh from the total
ASKED: LiteralString = """
WITH asked AS (
    SELECT * FROM unnest(%(meter_id)s::bigint[], %(first)s::date[], %(until)s::date[])
        AS asked (meter_id, since, until))
"""
GREW: LiteralString = ", ".join(f"max({name}) - min({name}) AS {name}" for name in REGISTERS)
# Of most meters the ends say all: every day has its border, none is estimated, nothing runs backwards.
PLAIN: LiteralString = f"""{ASKED}
SELECT asked.meter_id, asked.since, count(*)::int - 1 AS measured, max(day) - min(day) AS days,
       bool_and(gap_s <= %(within)s) AS measured_all, {GREW},
       array_agg(coalesce(energy_wh, volume_l) ORDER BY day) AS counted
FROM asked
JOIN day_register USING (meter_id)
WHERE day BETWEEN asked.since AND asked.until
GROUP BY asked.meter_id, asked.since
"""  # noqa: S608 put together from our own text
# The same arithmetic as usage.usage_between: steps between neighbouring borders, of which none runs backwards.
USED: LiteralString = f"""{ASKED},
step AS (
    SELECT asked.meter_id, asked.since, day - lag(day) OVER days AS days,
           greatest(gap_s, lag(gap_s) OVER days) AS gap_s, {STEPS}
    FROM asked
    JOIN day_register USING (meter_id)
    WHERE day BETWEEN asked.since AND asked.until
    WINDOW days AS (PARTITION BY asked.meter_id, asked.since ORDER BY day)),
judged AS (
    SELECT *, {FORWARD} AND (energy_wh IS NOT NULL OR volume_l IS NOT NULL) AS sound FROM step WHERE days IS NOT NULL)
SELECT meter_id, since, {SUMS},
       coalesce(sum(days) FILTER (WHERE sound AND days = 1 AND gap_s <= %(within)s), 0)::int AS measured,
       coalesce(sum(days) FILTER (WHERE sound), 0)::int AS days
FROM judged GROUP BY meter_id, since
"""  # noqa: S608 put together from our own text
# On the day of an exchange the old meter counted on behind its last border, and the new one began before its first.
# Where several followed each other on one day those in between have no border: they count from opening to closing.
EXCHANGES: LiteralString = """
WITH RECURSIVE chain AS (
    SELECT x.new_meter_id AS meter_id, x.old_meter_id, x.closing_energy_wh, x.closing_read_at, p.time_zone AS zone,
           timezone(p.time_zone, x.closing_read_at)::date AS day
    FROM meter_exchange x
    JOIN meter m ON m.id = x.new_meter_id JOIN room ON room.id = m.room_id
    JOIN building b ON b.id = room.building_id JOIN park p ON p.id = b.park_id
    WHERE x.new_meter_id = ANY(%(meter_id)s)
    UNION ALL
    SELECT chain.meter_id, x.old_meter_id, x.closing_energy_wh, x.closing_read_at, chain.zone, chain.day
    FROM chain JOIN meter_exchange x ON x.new_meter_id = chain.old_meter_id
    WHERE timezone(chain.zone, x.closing_read_at)::date = chain.day),
closed AS (
    SELECT chain.meter_id, chain.day, bool_or(last.energy_wh IS NOT NULL) AS known,
           sum(greatest(chain.closing_energy_wh
                        - coalesce(last.energy_wh, first.energy_wh, chain.closing_energy_wh), 0)) AS energy_wh
    FROM chain
    LEFT JOIN LATERAL (SELECT energy_wh FROM day_register
                       WHERE meter_id = chain.old_meter_id AND at <= chain.closing_read_at
                       ORDER BY day DESC LIMIT 1) last ON true
    LEFT JOIN LATERAL (SELECT energy_wh FROM reading
                       WHERE meter_id = chain.old_meter_id AND energy_wh IS NOT NULL
                         AND read_at <= chain.closing_read_at
                       ORDER BY read_at LIMIT 1) first ON true
    GROUP BY chain.meter_id, chain.day)
SELECT closed.meter_id, closed.day,
       closed.energy_wh::bigint + greatest(soon.energy_wh - opening.energy_wh, 0) AS energy_wh
FROM closed
CROSS JOIN LATERAL (SELECT energy_wh, read_at FROM reading
                    WHERE meter_id = closed.meter_id AND energy_wh IS NOT NULL
                    ORDER BY read_at LIMIT 1) opening
CROSS JOIN LATERAL (SELECT energy_wh FROM day_register WHERE meter_id = closed.meter_id AND at >= opening.read_at
                    ORDER BY day LIMIT 1) soon
WHERE closed.known
"""


def usage_by_days(session: Session, *, stretches: Sequence[Stretch]) -> dict[Stretch, Usage]:
    """Return what each meter used on its days up to the last midnight that is frozen, and how sure that is.

    A day that is not over is not counted as missing: it counts nothing yet.
    """
    told = _told(session, PLAIN, stretches)
    odd = [each for each in stretches if (row := told.get((each.meter_id, each.first))) and not is_plain(row)]
    told |= _told(session, USED, odd) if odd else {}
    meters = [stretch.meter_id for stretch in stretches]
    exchanged = {row.meter_id: row for row in session.run_sql(EXCHANGES, meter_id=meters)}
    now = session.clock.now()
    today = {zone: now.astimezone(ZoneInfo(zone)).date() for zone in {stretch.zone for stretch in stretches}}
    return {
        each: _usage(
            each,
            told.get((each.meter_id, each.first)),
            exchanged.get(each.meter_id),
            max((min(each.end, today[each.zone]) - each.first).days, 0),
        )
        for each in stretches
    }


def is_plain(row: Any) -> bool:
    """Whether the ends of a stretch say all of it; else its steps must be looked at one by one."""
    counted = row.counted
    if row.measured != row.days or not row.measured_all or None in counted:
        return False
    by_period = sum(getattr(row, name) or 0 for name in PERIODS)
    fits = all(getattr(row, name) is None for name in PERIODS) or abs(by_period - (row.energy_wh or 0)) <= ROUNDED
    return fits and all(map(le, counted, counted[1:]))


def _told(session: Session, asking: LiteralString, stretches: Sequence[Stretch]) -> dict[tuple[int, date], Any]:
    rows = session.run_sql(
        asking,
        within=MEASURED_WITHIN_S,
        meter_id=[stretch.meter_id for stretch in stretches],
        first=[stretch.first for stretch in stretches],
        until=[stretch.end for stretch in stretches],
    )
    return {(row.meter_id, row.since): row for row in rows}


def _usage(stretch: Stretch, row: Any, exchange: Any, over: int) -> Usage:
    used = {name: int(getattr(row, name)) for name in REGISTERS if row is not None and getattr(row, name) is not None}
    measured, known = (row.measured, row.days) if row is not None else (0, 0)
    estimated = known - measured
    if exchange is not None and stretch.first <= exchange.day < stretch.end:
        used["energy_wh"] = used.get("energy_wh", 0) + exchange.energy_wh
        estimated += 1
    return Usage(used, measured, estimated, max(over - measured - estimated, 0))
