"""What a meter counted today, and hour by hour: between the last readings at each border; and what that cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from backend.kernel.db import Session
from backend.metering.lines.silence import Medium

HOURS = 24
CLOSE = 15 * 60  # seconds around midnight that count as midnight
MIDNIGHT: LiteralString = """
midnight AS (
    SELECT date_trunc('day', timezone(%(zone)s, %(now)s::timestamptz)) AT TIME ZONE %(zone)s AS at)
"""


def _asking(register: LiteralString, read_at: LiteralString) -> LiteralString:
    """Ask for the newest reading at each border that is not older than an hour, and for the day's begin than two.

    A day without one begins with its own first reading. One index probe each. read_at: when the register of a
    meter's status was told; commands read energy, too, but no litres.
    """
    return f"""
WITH border AS (
    SELECT at FROM generate_series(date_trunc('hour', %(now)s::timestamptz) - make_interval(hours => %(hours)s - 1),
                                   date_trunc('hour', %(now)s::timestamptz), interval '1 hour') AS at),
{MIDNIGHT}
SELECT 'hour' AS what, border.at, (
    SELECT {register} FROM reading
    WHERE meter_id = %(meter_id)s AND read_at <= border.at AND read_at > border.at - interval '1 hour'
      AND {register} IS NOT NULL
    ORDER BY read_at DESC LIMIT 1) AS counted
FROM border
UNION ALL
SELECT 'day', midnight.at, coalesce(
    (SELECT {register} FROM reading
     WHERE meter_id = %(meter_id)s AND read_at <= midnight.at AND read_at > midnight.at - interval '2 hours'
       AND {register} IS NOT NULL
     ORDER BY read_at DESC LIMIT 1),
    (SELECT {register} FROM reading
     WHERE meter_id = %(meter_id)s AND read_at >= midnight.at AND {register} IS NOT NULL
     ORDER BY read_at LIMIT 1))
FROM midnight
UNION ALL
SELECT 'now', {read_at}, {register} FROM meter_status WHERE meter_id = %(meter_id)s AND {read_at} IS NOT NULL
ORDER BY 1, 2
"""  # noqa: S608 put together from our own text


ASKED = {
    Medium.ELECTRICITY: _asking("energy_wh", "read_at"),
    Medium.WATER: _asking("volume_l", "counted_at"),
}
# Credit at the day's begin, and what was topped up since, without what is there now. A top-up counts by the reading
# that proved it; of one that staff decided on there is none.
SPENT: LiteralString = f"""
WITH {MIDNIGHT},
began AS (
    (SELECT read_at, balance FROM reading, midnight
     WHERE meter_id = %(meter_id)s AND read_at <= midnight.at AND read_at > midnight.at - interval '2 hours'
       AND balance IS NOT NULL
     ORDER BY read_at DESC LIMIT 1)
    UNION ALL
    (SELECT read_at, balance FROM reading, midnight
     WHERE meter_id = %(meter_id)s AND read_at >= midnight.at AND balance IS NOT NULL
     ORDER BY read_at LIMIT 1)
    ORDER BY read_at LIMIT 1),
added AS (
    SELECT amount, coalesce((after ->> 'read_at')::timestamptz, settled_at) AS at FROM meter_command
    WHERE meter_id = %(meter_id)s AND kind = 'top_up' AND state = 'confirmed')
SELECT began.balance - said.balance
       + coalesce((SELECT sum(amount) FROM added WHERE at > began.read_at AND at <= said.read_at), 0)::bigint AS spent,
       CASE WHEN abs(extract(epoch FROM began.read_at - midnight.at)) > %(close)s THEN began.read_at END AS since
FROM began, midnight, meter_status said
WHERE said.meter_id = %(meter_id)s AND said.read_at >= midnight.at AND said.balance IS NOT NULL
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Hour:
    """What was counted in one hour (Wh, litres), the last one as far as it was read; None where that is not known."""

    begins: datetime
    used: int | None


@dataclass(frozen=True, slots=True)
class Day:
    """What was counted since midnight (Wh, litres), and in each of the last 24 hours."""

    today: int | None
    hours: Sequence[Hour]


def day_of(session: Session, *, meter_id: int, zone: str, medium: Medium = Medium.ELECTRICITY) -> Day:
    """Return what a meter counted of what it measures; zone is the one of its park."""
    told_of = {"meter_id": meter_id, "zone": zone, "now": session.clock.now(), "hours": HOURS}
    rows = session.run_sql(ASKED[medium], **told_of).all()
    told = {what: [(row.at, row.counted) for row in rows if row.what == what] for what in ("hour", "day", "now")}
    borders, (midnight, at_midnight) = told["hour"], told["day"][0]
    read_at, newest = told["now"][0] if told["now"] else (midnight, None)
    ends = [*(register for _, register in borders[1:]), newest if read_at >= borders[-1][0] else None]
    hours = [Hour(at, used(register, end)) for (at, register), end in zip(borders, ends, strict=True)]
    return Day(used(at_midnight, newest) if read_at >= midnight else None, hours)


@dataclass(frozen=True, slots=True)
class Spent:
    """By how much credit sank, in its unit; since: None for midnight, else the reading that it was counted from."""

    amount: int
    since: datetime | None


def spent_today(session: Session, *, meter_id: int, zone: str) -> Spent | None:
    """Return by how much the credit in a meter sank since midnight; zone is the one of its park.

    Where no credit was read near midnight it counts from the last reading of two hours before, else from the day's
    first. None where nobody knows: before a reading of the day, and where there is more than top-ups explain.
    """
    asked = {"meter_id": meter_id, "zone": zone, "now": session.clock.now(), "close": CLOSE}
    row = session.run_sql(SPENT, **asked).one_or_none()
    return None if row is None or row.spent is None or row.spent < 0 else Spent(int(row.spent), row.since)


def used(begins: int | None, ends: int | None) -> int | None:
    """Return what lies between two registers; None where one is unknown or they run backwards."""
    if begins is None or ends is None or ends < begins:
        return None
    return ends - begins
