"""Ask a meter what it holds."""

from collections.abc import Mapping

from backend.kernel.db import Session
from backend.metering.causes import CommandCause
from backend.metering.command_models import MeterCommand
from backend.metering.commands.commanding import queue_command
from backend.metering.errors import NotAbleError
from backend.metering.groups.grouping import park_of_meter
from backend.metering.models import Meter
from backend.metering.parameters.money import SET
from backend.staff.signed_in import SignedIn
from meter_bridge.profile import Profile
from meter_bridge.protocol import CommandKind

READ_WITHIN = 120.0  # seconds


def read_parameters(
    session: Session, *, who: SignedIn, meter_id: int, profiles: Mapping[str, Profile], request_id: str
) -> MeterCommand:
    """Ask a meter now what it holds. Raises NotFoundError, NotAbleError, MeterRetiredError."""
    park_of_meter(session, scope=who.scope(SET), meter_id=meter_id)
    meter = session.get_one(Meter, meter_id)
    kind, profile = CommandKind.READ_PARAMETERS, profiles.get(meter.profile)
    if profile is None or kind not in profile.abilities:
        raise NotAbleError(profile=profile.title if profile else meter.profile)
    cause = CommandCause.STAFF
    return queue_command(session, meter=meter, kind=kind, cause=cause, request_id=request_id, expires_in=READ_WITHIN)
