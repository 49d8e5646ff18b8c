"""Commands that are under way, by state: how many, and how old the oldest is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from backend.estate.models import Building, Room
from backend.kernel.db import Session
from backend.kernel.scope import Scope
from backend.metering.command_models import UNSETTLED, MeterCommand
from backend.metering.models import Meter
from meter_bridge.protocol import CommandState


@dataclass(frozen=True, slots=True)
class Waiting:
    """Commands in one state, and when the oldest was asked for."""

    state: CommandState
    count: int
    oldest: datetime


def commands_waiting(session: Session, *, scope: Scope) -> Sequence[Waiting]:
    """Return what is under way inside a scope."""
    counted = (
        select(MeterCommand.state, func.count(), func.min(MeterCommand.queued_at))
        .join(Meter, Meter.id == MeterCommand.meter_id)
        .join(Room, Room.id == Meter.room_id)
        .join(Building, Building.id == Room.building_id)
        .where(MeterCommand.state.in_(UNSETTLED), scope.within(Building.organisation_id, Building.park_id))
        .group_by(MeterCommand.state)
        .order_by(func.min(MeterCommand.queued_at))
    )
    return [Waiting(*row) for row in session.execute(counted)]
