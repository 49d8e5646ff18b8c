"""What a meter used today, and hour by hour: between the last readings at each border."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from backend.kernel.db import Session

HOURS = 24

# The newest reading at each border that is not older than an hour, and for the day's begin not older than two; a day
# without one begins with its own first reading. One index probe each.
REGISTERS: LiteralString = """
WITH border AS (
    SELECT at FROM generate_series(date_trunc('hour', %(now)s::timestamptz) - make_interval(hours => %(hours)s - 1),
                                   date_trunc('hour', %(now)s::timestamptz), interval '1 hour') AS at),
midnight AS (
    SELECT date_trunc('day', timezone(%(zone)s, %(now)s::timestamptz)) AT TIME ZONE %(zone)s AS at)
SELECT 'hour' AS what, border.at, (
    SELECT energy_wh FROM reading
    WHERE meter_id = %(meter_id)s AND read_at <= border.at AND read_at > border.at - interval '1 hour'
      AND energy_wh IS NOT NULL
    ORDER BY read_at DESC LIMIT 1) AS energy_wh
FROM border
UNION ALL
SELECT 'day', midnight.at, coalesce(
    (SELECT energy_wh FROM reading
     WHERE meter_id = %(meter_id)s AND read_at <= midnight.at AND read_at > midnight.at - interval '2 hours'
       AND energy_wh IS NOT NULL
     ORDER BY read_at DESC LIMIT 1),
    (SELECT energy_wh FROM reading
     WHERE meter_id = %(meter_id)s AND read_at >= midnight.at AND energy_wh IS NOT NULL
     ORDER BY read_at LIMIT 1))
FROM midnight
UNION ALL
SELECT 'now', read_at, energy_wh FROM meter_status
WHERE meter_id = %(meter_id)s
ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Hour:
    """What was used in one hour, the last one as far as it was read; None where that is not known."""

    begins: datetime
    energy_wh: int | None


@dataclass(frozen=True, slots=True)
class Day:
    """What was used since midnight, and in each of the last 24 hours."""

    today_wh: int | None
    hours: Sequence[Hour]


def day_of(session: Session, *, meter_id: int, zone: str) -> Day:
    """Return what a meter used; zone is the one of its park."""
    rows = session.run_sql(REGISTERS, meter_id=meter_id, zone=zone, now=session.clock.now(), hours=HOURS).all()
    told = {what: [(row.at, row.energy_wh) for row in rows if row.what == what] for what in ("hour", "day", "now")}
    borders, (midnight, at_midnight) = told["hour"], told["day"][0]
    read_at, newest = told["now"][0] if told["now"] else (midnight, None)
    ends = [*(register for _, register in borders[1:]), newest if read_at >= borders[-1][0] else None]
    hours = [Hour(at, used(register, end)) for (at, register), end in zip(borders, ends, strict=True)]
    return Day(used(at_midnight, newest) if read_at >= midnight else None, hours)


def used(begins_wh: int | None, ends_wh: int | None) -> int | None:
    """Return what lies between two registers; None where one is unknown or they run backwards."""
    if begins_wh is None or ends_wh is None or ends_wh < begins_wh:
        return None
    return ends_wh - begins_wh
