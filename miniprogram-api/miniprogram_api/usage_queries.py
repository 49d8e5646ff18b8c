"""What a meter used, day by day, from the registers that polls brought: one statement, one index probe for each end.

A meter of electricity counts Wh, one of water litres. A day ends with its last reading. It begins with the last reading
before its first second, if that is not older than two hours; else with its own first reading, so that what was used
while nobody read falls to no day. A register that runs backwards tells nothing. A row that was closed ends with its
closing register; of water none is kept, so its last reading ends it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import attrgetter
from typing import LiteralString

from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError
from backend.metering.lines.silence import Medium
from backend.people.models import WechatUser
from miniprogram_api.media import models_of

# The meter's own row, and the rows before it under which the same account paid: another meter hung there, or the same
# one was read in another way. What one row counted is never compared with what another one did; a row that counts
# something else than the meter does now, because its model was corrected, tells nothing.
READ: LiteralString = "reading, LATERAL (SELECT CASE WHEN water THEN volume_l ELSE energy_wh END AS counted) register"
DAYS: LiteralString = f"""
WITH RECURSIVE mine AS (
    SELECT m.id AS meter_id, a.id AS account_id, p.time_zone AS zone, l.started_at AS since,
           m.profile = ANY(%(water)s) AS water
    FROM meter m
    JOIN account_meter l ON l.meter_id = m.id AND l.ended_at IS NULL
    JOIN account a ON a.id = l.account_id AND a.closed_at IS NULL
    JOIN binding b ON b.holder_id = a.holder_id AND b.ended_at IS NULL AND b.wechat_user_id = %(user_id)s
    JOIN room r ON r.id = m.room_id
    JOIN building d ON d.id = r.building_id
    JOIN park p ON p.id = d.park_id
    WHERE m.reference = %(reference)s AND m.organisation_id = %(organisation_id)s AND m.state = 'active'),
seen AS (
    SELECT mine.*, 'infinity'::timestamptz AS closed_at, NULL::bigint AS closing FROM mine
    UNION ALL
    SELECT x.old_meter_id, seen.account_id, seen.zone, l.started_at, seen.water, x.closing_read_at,
           CASE WHEN NOT seen.water THEN x.closing_energy_wh END
    FROM seen JOIN meter_exchange x ON x.new_meter_id = seen.meter_id
    JOIN account_meter l ON l.meter_id = x.old_meter_id AND l.account_id = seen.account_id),
day AS (
    SELECT seen.*, day::date AS date, greatest(day AT TIME ZONE zone, since) AS starts,
           (day + interval '1 day') AT TIME ZONE zone AS ends
    FROM seen, generate_series(
        date_trunc('day', timezone(zone, %(now)s)) - make_interval(days => %(days)s - 1),
        date_trunc('day', timezone(zone, %(now)s)), interval '1 day') AS day
    WHERE day AT TIME ZONE zone <= closed_at AND (day + interval '1 day') AT TIME ZONE zone > since)
SELECT day.meter_id, day.date, day.water, coalesce(before.counted, first.counted) AS begins,
       CASE WHEN closed_at < ends THEN coalesce(closing, last.counted) ELSE last.counted END AS ends
FROM day
LEFT JOIN LATERAL (
    SELECT counted FROM {READ}
    WHERE meter_id = day.meter_id AND read_at < starts AND read_at >= greatest(starts - interval '2 hours', since)
      AND counted IS NOT NULL
    ORDER BY read_at DESC LIMIT 1) before ON true
LEFT JOIN LATERAL (
    SELECT counted FROM {READ}
    WHERE meter_id = day.meter_id AND read_at >= starts AND read_at < ends AND read_at <= closed_at
      AND counted IS NOT NULL
    ORDER BY read_at LIMIT 1) first ON true
LEFT JOIN LATERAL (
    SELECT counted FROM {READ}
    WHERE meter_id = day.meter_id AND read_at >= starts AND read_at < ends AND read_at <= closed_at
      AND counted IS NOT NULL
    ORDER BY read_at DESC LIMIT 1) last ON true
ORDER BY day.date, day.closed_at
"""  # noqa: S608 put together from our own text


@dataclass(frozen=True, slots=True)
class DayRegisters:
    """A day of one row of a meter, and its register where that begins and ends; None where nothing is known."""

    meter_id: int
    date: date
    begins: int | None
    ends: int | None

    @property
    def used(self) -> int | None:
        """Return what was used on this day, if that is known."""
        return difference(self.begins, self.ends)


@dataclass(frozen=True, slots=True)
class DaysSeen:
    """The last days of a meter, the oldest first: one of each of its rows that counted then."""

    medium: Medium
    days: Sequence[DayRegisters]


def days_of(session: Session, *, user: WechatUser, reference: str, days: int) -> DaysSeen:
    """Return the last days of a meter the user may see. Raises NotFoundError."""
    rows = session.run_sql(
        DAYS,
        user_id=user.id,
        organisation_id=user.organisation_id,
        reference=reference,
        water=models_of(Medium.WATER),
        days=days,
        now=session.clock.now(),
    ).all()
    if not rows:
        raise NotFoundError
    known = [
        DayRegisters(row.meter_id, row.date, row.begins if row.ends is not None else None, row.ends) for row in rows
    ]
    return DaysSeen(Medium.WATER if rows[0].water else Medium.ELECTRICITY, known)


def by_date(days: Sequence[DayRegisters]) -> dict[date, int | None]:
    """Return what was used on each day, whatever was known of it under each row."""
    return {day: _sum(each.used for each in those) for day, those in groupby(days, key=attrgetter("date"))}


def total_of(days: Sequence[DayRegisters]) -> int | None:
    """Return what was used from the first to the last register of each row, if any is known."""
    begins: dict[int, int] = {}
    ends: dict[int, int] = {}
    for day in days:
        if day.begins is not None:
            begins.setdefault(day.meter_id, day.begins)
        if day.ends is not None:
            ends[day.meter_id] = day.ends
    return _sum(difference(begin, ends.get(meter_id)) for meter_id, begin in begins.items())


def _sum(amounts: Iterable[int | None]) -> int | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if known else None


def difference(begins: int | None, ends: int | None) -> int | None:
    """Return what lies between two registers; None where one is unknown or they run backwards."""
    if begins is None or ends is None or ends < begins:
        return None
    return ends - begins
