"""The meters of lines, where they hang, and what they said last."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from backend.estate.models import Building, Room
from backend.kernel.db import Session
from backend.metering.lines.pace import Pace
from backend.metering.lines.silence import silent_after
from backend.metering.models import Line, Meter, MeterState, MeterStatus
from meter_bridge.profile import Profile

Profiles = Mapping[str, Profile]


@dataclass(frozen=True, slots=True)
class Placed:
    """A meter of a line, where it hangs, and what it said last."""

    meter: Meter
    room: Room
    building: Building
    status: MeterStatus | None
    heard: bool


def meters_placed(session: Session, *, line_ids: Sequence[int], profiles: Profiles) -> list[Placed]:
    """Return the meters in use of lines that were found inside a scope, by unit."""
    placed = (
        select(Meter, Room, Building, MeterStatus, Line.statistics)
        .join(Line, Line.id == Meter.line_id)
        .join(Room, Room.id == Meter.room_id)
        .join(Building, Building.id == Room.building_id)
        .outerjoin(MeterStatus, MeterStatus.meter_id == Meter.id)
        .where(Meter.line_id.in_(line_ids), Meter.state == MeterState.ACTIVE)
        .order_by(Meter.line_id, Meter.unit, Meter.circuit)
    )
    now = session.clock.now()
    rows = session.execute(placed)
    return [Placed(row[0], row[1], row[2], row[3], _heard(row, now, profiles)) for row in rows]


def _heard(row: Any, now: datetime, profiles: Profiles) -> bool:
    meter, _, _, status, statistics = row
    patience = silent_after(profiles.get(meter.profile), Pace.of(statistics))
    return status is not None and now - status.read_at <= patience
