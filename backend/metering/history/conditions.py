"""Keep what meters measure and warn of: the newest of each, and the extremes of each day, in any order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from json import dumps
from typing import Any, LiteralString
from zoneinfo import ZoneInfo

from sqlalchemy import func
from sqlalchemy import true as sql_true
from sqlalchemy.dialects.postgresql import insert

from backend.kernel.db import Session
from backend.metering.history.condition_models import ConditionDay, MeterCondition
from backend.metering.history.power_quality import extremes_of, is_sound
from meter_bridge.protocol import Condition

LEAST: tuple[LiteralString, ...] = ("least_voltage_mv", "least_power_factor")
MOST: tuple[LiteralString, ...] = (
    "most_voltage_mv", "most_current_ma", "most_power_w", "most_voltage_thd", "most_current_thd",
    "most_voltage_unbalance", "most_current_unbalance",
)  # fmt: skip
LISTED: LiteralString = ", ".join((*LEAST, *MOST))
ARRAYS: LiteralString = ", ".join(f"%({name})b::bigint[]" for name in (*LEAST, *MOST))
FOUND: LiteralString = ", ".join((*(f"min({name})" for name in LEAST), *(f"max({name})" for name in MOST)))
ANEW: LiteralString = ", ".join(
    (
        *(f"{name} = least(condition_day.{name}, excluded.{name})" for name in LEAST),
        *(f"{name} = greatest(condition_day.{name}, excluded.{name})" for name in MOST),
    )
)
# Arrays and not rows of parameters: one plan for any number of rows.
STRETCH: LiteralString = f"""
WITH told AS (
    SELECT * FROM unnest(%(meter_id)b::bigint[], %(read_at)b::timestamptz[], {ARRAYS})
    AS told (meter_id, read_at, {LISTED}))
INSERT INTO condition_day (organisation_id, meter_id, day, {LISTED})
SELECT %(organisation_id)s, told.meter_id, timezone(park.time_zone, told.read_at)::date, {FOUND}
FROM told
JOIN meter ON meter.id = told.meter_id
JOIN room ON room.id = meter.room_id
JOIN building ON building.id = room.building_id
JOIN park ON park.id = building.park_id
GROUP BY 2, 3
ORDER BY 2, 3
ON CONFLICT (meter_id, day) DO UPDATE SET {ANEW}
"""  # noqa: S608 put together from our own text
KEEP_NEWEST: LiteralString = """
INSERT INTO meter_condition AS kept (organisation_id, meter_id, read_at, told)
SELECT %(organisation_id)s, meter_id, read_at, told
FROM jsonb_to_recordset(%(rows)s::jsonb) AS fresh (meter_id bigint, read_at timestamptz, told jsonb)
ON CONFLICT (meter_id) DO UPDATE
SET read_at = greatest(kept.read_at, excluded.read_at),
    told = CASE WHEN coalesce(kept.read_at < excluded.read_at, true) THEN kept.told || excluded.told
           ELSE excluded.told || kept.told END
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a meter told of its condition at an instant."""

    meter_id: int
    read_at: datetime
    condition: Condition


def note_conditions(session: Session, *, organisation_id: int, measured: Sequence[Measured]) -> None:
    """Keep the newest condition of each meter and stretch the extremes of its days; told again it changes nothing."""
    sound = [one for one in measured if is_sound(one.condition)]
    if not sound:
        return
    ordered = sorted(sound, key=lambda one: (one.meter_id, one.read_at))  # one order for all, against deadlocks
    _keep_measured(session, organisation_id, ordered)
    _keep_alarms(session, organisation_id, ordered)
    extremes = [extremes_of(one.condition) for one in sound]
    arrays: dict[str, object] = {name: [each[name] for each in extremes] for name in (*LEAST, *MOST)}
    arrays["meter_id"] = [one.meter_id for one in sound]
    arrays["read_at"] = [one.read_at for one in sound]
    session.run_sql(STRETCH, organisation_id=organisation_id, **arrays)


def _keep_measured(session: Session, organisation_id: int, ordered: Sequence[Measured]) -> None:
    """Keep the newest of each value: a poll may bring some of them only, those that lie in its frames."""
    rows: dict[int, dict[str, Any]] = {}
    for one in ordered:
        if values := one.condition.model_dump(mode="json", exclude_none=True, exclude={"alarms"}):
            known = rows.setdefault(one.meter_id, {"meter_id": one.meter_id, "told": {}})
            known["read_at"], known["told"] = one.read_at.isoformat(), known["told"] | values
    if rows:
        session.run_sql(KEEP_NEWEST, organisation_id=organisation_id, rows=dumps(list(rows.values())))


def _keep_alarms(session: Session, organisation_id: int, ordered: Sequence[Measured]) -> None:
    rows = {
        one.meter_id: {
            "organisation_id": organisation_id,
            "meter_id": one.meter_id,
            "told": {},
            "alarms": [alarm.value for alarm in one.condition.alarms],
            "alarms_at": one.read_at,
        }
        for one in ordered
        if one.condition.alarms is not None
    }
    if not rows:
        return
    fresh, kept = insert(MeterCondition), MeterCondition
    latest = {"alarms": fresh.excluded.alarms, "alarms_at": fresh.excluded.alarms_at}
    is_newer = func.coalesce(kept.alarms_at < fresh.excluded.alarms_at, sql_true())
    newer = fresh.on_conflict_do_update(index_elements=[kept.meter_id], set_=latest, where=is_newer)
    session.execute(newer, list(rows.values()))


@dataclass(frozen=True, slots=True)
class Known:
    """What a meter measured and warned of last; each time is None where it never told."""

    measured_at: datetime | None
    alarms_at: datetime | None
    condition: Condition


def condition_of(session: Session, *, meter_id: int) -> Known | None:
    """Return the newest condition of a meter; None when it never told one."""
    row = session.get(MeterCondition, meter_id)
    if row is None:
        return None
    return Known(row.read_at, row.alarms_at, Condition.model_validate(row.told | {"alarms": row.alarms}))


def extremes_today(session: Session, *, meter_id: int, zone: str) -> ConditionDay | None:
    """Return the extremes of this day of the park so far."""
    return session.get(ConditionDay, (meter_id, session.clock.now().astimezone(ZoneInfo(zone)).date()))
