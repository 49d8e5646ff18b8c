"""Meters whose room changed around them."""

from collections.abc import Sequence

from sqlalchemy import select

from backend.audit.recording import Actor, record
from backend.estate.models import Room
from backend.kernel.db import Session
from backend.metering.actions import MeteringAction
from backend.metering.models import Meter, MeterState


def meters_of_room(session: Session, *, room_id: int) -> Sequence[Meter]:
    """Return the meters in use in a room, by number."""
    meters = select(Meter).filter_by(room_id=room_id, state=MeterState.ACTIVE)
    return session.scalars(meters.order_by(Meter.number)).all()


def rehang(session: Session, *, meter: Meter, room: Room, park_id: int, by: Actor) -> None:
    """Let a meter belong to another room of its organisation; wire, credit and account stay as they are."""
    before = {"room": meter.room_id}
    meter.room_id = room.id
    after = {"room": room.id, "number": room.number}
    record(
        session, by=by, action=MeteringAction.METER_REHUNG, subject=meter, before=before, after=after, park_id=park_id
    )
