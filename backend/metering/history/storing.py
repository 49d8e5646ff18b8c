"""Store readings, each once, keep the newest of each meter, and note which borders of hours can be frozen."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from json import dumps
from typing import Any, LiteralString

from backend.kernel.db import Session
from backend.metering.history import staging
from backend.metering.history.doubt import LITRES_A_SECOND, SLACK, WATT_SECONDS_PER_WH
from backend.metering.history.newest import Known, alone, newest_of
from backend.metering.history.staging import (
    LISTED,
    OF_METERS,
    OF_METERS_ALONG,
    PLAIN,
    PLAIN_ALONG,
    SETTLED,
    STAGED,
    row_of_meter,
)
from backend.metering.statuses import CLOCKS_AGREE, Said
from meter_bridge.profile import Profile
from meter_bridge.protocol import REGISTERS, Evidence

MOST_SECONDS = 31 * 86_400  # that a step is judged over here; one over a longer time is looked at closely
LARGEST_STEP = 2**61  # of a model nobody knows: no register makes it, and it can be added to any
# No step is judged by what a command read back: nobody doubted that.
LIMITED: LiteralString = " AND ".join(
    f"coalesce(told.{name} BETWEEN known.{polled} AND known.{polled} + step.{limit}, true)"
    for name, polled, limit in (
        (name, "polled_energy_wh" if name == "energy_wh" else name, "l" if name == "volume_l" else "wh")
        for name in REGISTERS
    )
)
KNOWN: LiteralString = """
known.read_at AS known_at, known.counted_at AS known_counted_at, known.polled_supply AS known_supply
"""


# Each row looks up its own meter and status: the planner cannot know that few are told, and would read whole tables.
# Sure is only what doubt_of lets pass, too; what is not is for it to judge.
def _judged(rows: LiteralString) -> LiteralString:
    return f"""
WITH told AS MATERIALIZED (
    SELECT told.place, meter.id AS meter_id, told.read_at, step.counted_at, step.supply_at, told.balance,
           told.purchase_count, told.supply, told.kept_supplied, {", ".join(f"told.{name}" for name in REGISTERS)},
           true AS is_reading, true AS is_newest, {KNOWN},
           known.read_at < told.read_at AND told.read_at <= %(latest)s
           AND (told.serial IS NULL OR told.serial = meter.serial)
           AND coalesce(known.counted_at < told.read_at, step.counted_at IS NULL)
           AND {LIMITED} AS is_sure
    FROM {rows}
    LEFT JOIN LATERAL (
        SELECT id, serial, (%(most_w)s::jsonb ->> profile)::float8 * ct_ratio * pt_ratio AS most_w
        FROM meter WHERE reference = told.reference AND organisation_id = %(organisation_id)s LIMIT 1) meter ON true
    LEFT JOIN LATERAL (SELECT * FROM meter_status WHERE meter_id = meter.id LIMIT 1) known ON true
    CROSS JOIN LATERAL (
        SELECT least(extract(epoch FROM told.read_at - known.counted_at), {MOST_SECONDS})::bigint
               + {int(SLACK.total_seconds())} AS seconds) span
    CROSS JOIN LATERAL (
        SELECT least(coalesce(floor(most_w * seconds / {WATT_SECONDS_PER_WH}), {LARGEST_STEP}), {LARGEST_STEP})::bigint
               AS wh, {LITRES_A_SECOND} * seconds AS l,
               CASE WHEN told.energy_wh IS NOT NULL OR told.volume_l IS NOT NULL THEN told.read_at END AS counted_at,
               CASE WHEN told.supply IS NOT NULL THEN told.read_at END AS supply_at
        ) step),
"""  # noqa: S608 put together from our own text, as all below


def _settled(rows: LiteralString) -> LiteralString:
    return f"""
WITH told AS MATERIALIZED (
    SELECT told.*, {KNOWN}, true AS is_sure, NULL::integer AS place
    FROM (SELECT {SETTLED} FROM {rows}) told
    LEFT JOIN LATERAL (SELECT * FROM meter_status WHERE meter_id = told.meter_id LIMIT 1) known ON true),
"""  # noqa: S608


FROM_THE_FUTURE: LiteralString = "known.read_at > %(now)s + %(agree)s"
NEWEST: LiteralString = ", ".join(
    f"{name} = CASE WHEN known.{at} >= excluded.{at} {unless} THEN known.{name} "
    f"ELSE coalesce(excluded.{name}, known.{name}) END"
    for at, unless, names in (
        (
            "read_at",
            f"AND NOT {FROM_THE_FUTURE}",
            ("read_at", "noted_at", "balance", "purchase_count", "supply", "kept_supplied"),
        ),
        ("polled_supply_at", "", ("polled_supply", "polled_supply_at")),
        ("counted_at", "", ("counted_at", "polled_energy_wh", *REGISTERS)),
    )
    for name in names
)
# A border can be frozen by the first reading behind it that counts, by one that comes late, and supply changes with
# the reading that says so. A status "from the future", by a bridge whose clock was wrong, gives way to any; what polls
# counted stays that of the newest stored reading, by which the next is judged.
KEPT: LiteralString = f"""
stored AS (
    INSERT INTO reading (organisation_id, meter_id, read_at, balance, purchase_count, supply, {LISTED})
    SELECT %(organisation_id)s, meter_id, read_at, balance, purchase_count, supply, {LISTED}
    FROM told WHERE is_sure AND is_reading
    ON CONFLICT DO NOTHING
    RETURNING meter_id, read_at),
noted AS (
    INSERT INTO meter_status AS known (organisation_id, meter_id, read_at, noted_at, balance, purchase_count, supply,
                                       kept_supplied, polled_supply, polled_supply_at, counted_at, polled_energy_wh,
                                       {LISTED})
    SELECT %(organisation_id)s, meter_id, read_at, %(now)s, balance, purchase_count, supply, kept_supplied,
           supply, supply_at, counted_at, energy_wh, {LISTED}
    FROM told WHERE is_sure AND is_newest
    ON CONFLICT (meter_id) DO UPDATE SET {NEWEST}
    WHERE known.read_at < excluded.read_at OR {FROM_THE_FUTURE}
       OR coalesce(known.counted_at < excluded.counted_at, excluded.counted_at IS NOT NULL)
       OR coalesce(known.polled_supply_at < excluded.polled_supply_at, excluded.polled_supply_at IS NOT NULL)),
noted_due AS (
    INSERT INTO register_due (organisation_id, meter_id, since, until)
    SELECT %(organisation_id)s, meter_id, min(read_at), max(read_at)
    FROM told
    WHERE is_sure AND is_reading
      AND (known_at IS NULL OR read_at < known_at OR supply <> coalesce(known_supply, '')
           OR counted_at IS NOT NULL AND coalesce(known_counted_at < date_trunc('hour', read_at), true))
      AND (meter_id, read_at) IN (SELECT meter_id, read_at FROM stored)
    GROUP BY meter_id
    ON CONFLICT (meter_id) DO UPDATE SET since = least(register_due.since, excluded.since),
                                         until = greatest(register_due.until, excluded.until))
SELECT (SELECT count(*) FROM stored) AS stored, ARRAY(SELECT place FROM told WHERE is_sure IS NOT TRUE) AS doubted
"""  # noqa: S608
TAKE, TAKE_FEW = (_judged(rows) + KEPT for rows in (STAGED, PLAIN_ALONG))
KEEP, KEEP_FEW = (_settled(rows) + KEPT for rows in (STAGED, OF_METERS_ALONG))
STATUSES: LiteralString = """
SELECT meter_id, read_at, counted_at, polled_supply_at FROM meter_status WHERE meter_id = ANY(%(meters)s)
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """How many readings were new, and the places of those that are not beyond doubt: nothing of them is kept."""

    stored: int
    doubted: Sequence[int]


def take_readings(
    session: Session,
    *,
    organisation_id: int,
    rows: Mapping[int, str],
    latest: datetime,
    profiles: Mapping[str, Profile],
) -> Taken:
    """Store rows of PLAIN by their place that are plainly right: newer than what is known, and no step too large.

    latest: what is later is from the future.
    """
    if not rows:
        return Taken(0, ())
    lines = sorted(rows.values())  # one order for all, against deadlocks
    most_w = {code: profile.breaker.max_power_w for code, profile in profiles.items()}
    told: dict[str, object] = {"organisation_id": organisation_id, "latest": latest, "most_w": dumps(most_w)}
    told |= {"now": session.database_now(), "agree": CLOCKS_AGREE}
    if len(lines) > staging.FEW:
        staging.stage(session, lines, how=PLAIN)
        taken = session.run_sql(TAKE, **told).one()
    else:
        taken = session.run_sql(TAKE_FEW, rows=lines, **told).one()
    return Taken(taken.stored, taken.doubted)


def store_readings(session: Session, *, organisation_id: int, said: Sequence[Said]) -> int:
    """Store what meters of one organisation said, whatever it is, returning how many readings were new."""
    now, each = session.database_now(), defaultdict[int, list[Evidence]](list)
    for one in said:
        each[one.meter_id].append(one.evidence)
    known = _known(session, [meter_id for meter_id, those in each.items() if len(those) > 1], now)
    rows: list[str] = []
    for meter_id, those in sorted(each.items()):  # one order for all, against deadlocks
        is_one = len(those) == 1
        rows += [row_of_meter(meter_id, alone(one), is_newest=is_one) for one in those]
        if not is_one and (newest := newest_of(those, known.get(meter_id, Known()))):
            rows.append(row_of_meter(meter_id, newest, is_reading=False))
    told: dict[str, object] = {"organisation_id": organisation_id, "now": now, "agree": CLOCKS_AGREE}
    if len(rows) > staging.FEW:
        staging.stage(session, rows, how=OF_METERS)
        return int(session.run_sql(KEEP, **told).one().stored)
    return int(session.run_sql(KEEP_FEW, rows=rows, **told).one().stored)


def _known(session: Session, meters: list[int], now: datetime) -> dict[int, Known]:
    if not meters:
        return {}
    rows: Sequence[Any] = session.run_sql(STATUSES, meters=meters).all()
    latest = now + CLOCKS_AGREE
    return {meter_id: Known(at if at <= latest else None, *polled) for meter_id, at, *polled in rows}
