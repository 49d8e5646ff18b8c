"""Each meter is asked once a day what it holds: in the night of its park, spread, and never when it cannot answer."""

from collections.abc import Mapping
from datetime import timedelta
from typing import LiteralString

from sqlalchemy import case, delete, select, update

from backend.estate.models import Building, Park, Room
from backend.kernel.db import Session
from backend.metering.causes import CommandCause
from backend.metering.lines.silence import fell_silent, stretched_pause
from backend.metering.models import Line, Meter, MeterState, MeterStatus
from backend.metering.parameter_models import ParameterCheck
from backend.metering.parameters.queueing import queue_reads
from meter_bridge.profile import Profile
from meter_bridge.protocol import CommandKind

ANSWERED_WITHIN = 3600.0  # seconds of the rules
NIGHT_BEGINS, NIGHT_LASTS = timedelta(hours=1), timedelta(hours=4)
AGAIN = timedelta(hours=1)  # after a line or a meter was silent
SOON = timedelta(minutes=2)  # if it was never asked: often its bridge just starts
# New meters are asked at once: nobody knows yet what they hold.
KNOW: LiteralString = """
INSERT INTO parameter_check (meter_id, organisation_id, due_at)
SELECT meter.id, meter.organisation_id, %(now)s FROM meter
WHERE meter.state = 'active' AND meter.profile = ANY(%(profiles)s)
  AND NOT EXISTS (SELECT FROM parameter_check known WHERE known.meter_id = meter.id)
ORDER BY meter.id LIMIT %(most)s
ON CONFLICT DO NOTHING
"""
# The next night by the clock of the park, at a minute of its own for each meter.
NEXT: LiteralString = """
UPDATE parameter_check SET asked_at = CASE WHEN asked.now THEN %(now)s ELSE parameter_check.asked_at END, due_at =
    (date_trunc('day', (%(now)s - %(begins)s) AT TIME ZONE asked.zone) + interval '1 day') AT TIME ZONE asked.zone
    + %(begins)s + %(lasts)s * ((parameter_check.meter_id * 7919 %% 10000) / 10000.0)
FROM unnest(%(meter_id)b::bigint[], %(zone)b::text[], %(asked)b::boolean[]) AS asked (meter_id, zone, now)
WHERE parameter_check.meter_id = asked.meter_id
"""
PLACES = (
    select(Meter.id, Park.time_zone)
    .join(Room, Room.id == Meter.room_id)
    .join(Building, Building.id == Room.building_id)
    .join(Park, Park.id == Building.park_id)
    .join(Line, Line.id == Meter.line_id)
    .outerjoin(MeterStatus, MeterStatus.meter_id == Meter.id)
)


def ask_for_parameters(session: Session, *, profiles: Mapping[str, Profile], most: int) -> int:
    """Ask the meters that are due what they hold, at most so many at once; returns how many."""
    now = session.clock.now()
    able = sorted(code for code, profile in profiles.items() if CommandKind.READ_PARAMETERS in profile.abilities)
    session.run_sql(KNOW, now=now, profiles=able, most=most)
    due = (
        select(ParameterCheck.meter_id)
        .where(ParameterCheck.due_at <= now)
        .order_by(ParameterCheck.due_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    taken = session.scalars(due).all()
    if not taken:
        return 0
    alive = Line.gateway_answers.is_(True) & (Line.leased_until > session.database_now())
    can_answer = alive & ~fell_silent(now, profiles)
    in_use = (Meter.id.in_(taken), Meter.state == MeterState.ACTIVE, Meter.profile.in_(able))
    rows = session.execute(PLACES.add_columns(can_answer, stretched_pause() > 0).where(*in_use)).all()
    gone = set(taken) - {row[0] for row in rows}
    session.execute(delete(ParameterCheck).where(ParameterCheck.meter_id.in_(gone)))
    can = [row for row in rows if row[2]]
    cannot = [row[0] for row in rows if not row[2]]
    later = case((ParameterCheck.asked_at.is_(None), now + SOON), else_=now + AGAIN)
    session.execute(update(ParameterCheck).where(ParameterCheck.meter_id.in_(cannot)).values(due_at=later))
    session.run_sql(
        NEXT,
        now=now,
        begins=NIGHT_BEGINS,
        lasts=NIGHT_LASTS,
        meter_id=[row[0] for row in can],
        zone=[row[1] for row in can],
        asked=[not row[3] for row in can],
    )
    asked = sorted(row[0] for row in can if not row[3])  # a line that saves its bytes is not asked for this
    cause, within = CommandCause.CHECK, ANSWERED_WITHIN
    queue_reads(session, meter_ids=asked, cause=cause, request_id="", expires_in=within)
    return len(asked)
