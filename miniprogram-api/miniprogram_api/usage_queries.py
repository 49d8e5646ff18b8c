"""What a meter used, day by day, from the registers that polls brought: one statement, one index probe for each end.

A day ends with its last reading. It begins with the last reading before its first second, if that is not older than
two hours; else with its own first reading, so that what was used while nobody read falls to no day. A register that
runs backwards tells nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import LiteralString

from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError
from backend.people.models import WechatUser

DAYS: LiteralString = """
WITH seen AS (
    SELECT m.id, p.time_zone AS zone
    FROM meter m
    JOIN account_meter l ON l.meter_id = m.id AND l.ended_at IS NULL
    JOIN account a ON a.id = l.account_id AND a.closed_at IS NULL
    JOIN binding b ON b.holder_id = a.holder_id AND b.ended_at IS NULL AND b.wechat_user_id = %(user_id)s
    JOIN room r ON r.id = m.room_id
    JOIN building d ON d.id = r.building_id
    JOIN park p ON p.id = d.park_id
    WHERE m.reference = %(reference)s AND m.organisation_id = %(organisation_id)s AND m.state = 'active'),
day AS (
    SELECT seen.id AS meter_id, day::date AS date, day AT TIME ZONE zone AS starts,
           (day + interval '1 day') AT TIME ZONE zone AS ends
    FROM seen, generate_series(
        date_trunc('day', timezone(zone, %(now)s)) - make_interval(days => %(days)s - 1),
        date_trunc('day', timezone(zone, %(now)s)), interval '1 day') AS day)
SELECT day.date, coalesce(before.energy_wh, first.energy_wh) AS begins_wh, last.energy_wh AS ends_wh
FROM day
LEFT JOIN LATERAL (
    SELECT energy_wh FROM reading
    WHERE meter_id = day.meter_id AND read_at < starts AND read_at >= starts - interval '2 hours'
      AND energy_wh IS NOT NULL
    ORDER BY read_at DESC LIMIT 1) before ON true
LEFT JOIN LATERAL (
    SELECT energy_wh FROM reading
    WHERE meter_id = day.meter_id AND read_at >= starts AND read_at < ends AND energy_wh IS NOT NULL
    ORDER BY read_at LIMIT 1) first ON true
LEFT JOIN LATERAL (
    SELECT energy_wh FROM reading
    WHERE meter_id = day.meter_id AND read_at >= starts AND read_at < ends AND energy_wh IS NOT NULL
    ORDER BY read_at DESC LIMIT 1) last ON true
ORDER BY day.date
"""


@dataclass(frozen=True, slots=True)
class DayRegisters:
    """A day, and the meter's register where it begins and ends; None where nothing is known."""

    date: date
    begins_wh: int | None
    ends_wh: int | None

    @property
    def energy_wh(self) -> int | None:
        """Return what was used on this day, if that is known."""
        return difference(self.begins_wh, self.ends_wh)


def days_of(session: Session, *, user: WechatUser, reference: str, days: int) -> Sequence[DayRegisters]:
    """Return the last days of a meter the user may see, the oldest first. Raises NotFoundError."""
    rows = session.run_sql(
        DAYS,
        user_id=user.id,
        organisation_id=user.organisation_id,
        reference=reference,
        days=days,
        now=session.clock.now(),
    ).all()
    if not rows:
        raise NotFoundError
    return [DayRegisters(row.date, row.begins_wh if row.ends_wh is not None else None, row.ends_wh) for row in rows]


def total_of(days: Sequence[DayRegisters]) -> int | None:
    """Return what was used from the first to the last register of these days, if any is known."""
    known = [day for day in days if day.ends_wh is not None]
    return difference(known[0].begins_wh, known[-1].ends_wh) if known else None


def difference(begins_wh: int | None, ends_wh: int | None) -> int | None:
    """Return what lies between two registers; None where one is unknown or they run backwards."""
    if begins_wh is None or ends_wh is None or ends_wh < begins_wh:
        return None
    return ends_wh - begins_wh
