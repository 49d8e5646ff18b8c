"""Store what polls brought, once, however often a bridge tells it."""

from collections.abc import Mapping
from datetime import timedelta

from backend.kernel.db import Session
from backend.metering.commands.hurrying import let_due
from backend.metering.doubted import look_into
from backend.metering.history.staging import plain_rows
from backend.metering.history.storing import take_readings
from backend.metering.lines.runs import Caller, refuse_superseded
from meter_bridge.profile import Profile
from meter_bridge.protocol import ReadingsRequest

FUTURE = timedelta(minutes=5)


def store(
    session: Session,
    *,
    bridge: Caller,
    request: ReadingsRequest,
    profiles: Mapping[str, Profile],
    request_id: str = "",
) -> int:
    """Store readings of this organisation's meters, returning how many were new.

    Noise is left out. Registers that cannot be true are held for a person; so is a reading from the future, and one
    with another meter's serial, which freezes the meter. Raises StaleInstanceError.
    """
    refuse_superseded(session, bridge=bridge, instance=request.instance)
    owner, latest = bridge.organisation_id, session.clock.now() + FUTURE
    rows = plain_rows(request.readings)
    taken = take_readings(session, organisation_id=owner, rows=rows, latest=latest, profiles=profiles)
    sure = rows.keys() - taken.doubted
    rest = [reading for place, reading in enumerate(request.readings) if place not in sure]
    looked_into = look_into(
        session, organisation_id=owner, readings=rest, latest=latest, profiles=profiles, request_id=request_id
    )
    speaking = looked_into.speaking.union(request.readings[place].meter for place in sure)
    let_due(session, organisation_id=owner, references=speaking)
    return taken.stored + looked_into.stored
