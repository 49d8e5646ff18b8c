"""Staff hang a meter in a room and say how it is read."""

from dataclasses import dataclass

from sqlalchemy import select

from backend.audit.recording import Actor, record
from backend.estate.models import Building, Room
from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError
from backend.kernel.scope import Scope
from backend.metering.actions import MeteringAction
from backend.metering.causes import CommandCause
from backend.metering.commands.commanding import queue_command
from backend.metering.field.install import add_meter
from backend.metering.field.meter_details import MeterDetails
from backend.metering.models import Gateway, Line, Meter
from meter_bridge.profile import Profile
from meter_bridge.protocol import CommandKind

FIRST_READING_WITHIN = 600  # seconds


@dataclass(frozen=True, slots=True)
class NewMeter:
    """A meter as it is entered: what stands on it, where it hangs on the bus, and its model."""

    number: str
    serial: str
    line_id: int
    unit: int
    profile: Profile
    details: MeterDetails


def install_meter(session: Session, *, scope: Scope, room_id: int, wish: NewMeter, by: Actor) -> Meter:
    """Hang a meter in a room of the scope and have it read at once. Raises NotFoundError and install_errors."""
    park_id = _park_of_room(session, scope, room_id)
    lines = select(Line.id).join(Gateway, Gateway.id == Line.gateway_id).where(Gateway.park_id == park_id)
    if session.scalars(lines.where(Line.id == wish.line_id)).one_or_none() is None:
        raise NotFoundError
    meter = add_meter(
        session,
        room_id=room_id,
        line_id=wish.line_id,
        unit=wish.unit,
        number=wish.number,
        serial=wish.serial,
        profile=wish.profile,
        details=wish.details,
    )
    after = {"number": meter.number, "serial": meter.serial, "room": room_id, "line": meter.line_id, "unit": meter.unit}
    after |= {"circuit": meter.circuit, "profile": meter.profile}
    after |= {"ct_ratio": meter.ct_ratio, "pt_ratio": meter.pt_ratio}
    record(session, by=by, action=MeteringAction.METER_INSTALLED, subject=meter, after=after, park_id=park_id)
    queue_command(
        session,
        meter=meter,
        kind=CommandKind.READ_NOW,
        cause=CommandCause.STAFF,
        request_id=by.request_id,
        expires_in=FIRST_READING_WITHIN,
    )
    return meter


def _park_of_room(session: Session, scope: Scope, room_id: int) -> int:
    place = select(Building.park_id).join(Room, Room.building_id == Building.id)
    inside = scope.within(Building.organisation_id, Building.park_id)
    park_id = session.scalars(place.where(Room.id == room_id, Room.retired_at.is_(None), inside)).one_or_none()
    if park_id is None:
        raise NotFoundError
    return park_id
