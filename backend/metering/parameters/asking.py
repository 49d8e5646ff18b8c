"""Ask a meter what it holds, and let it go on holding that."""

from collections.abc import Mapping

from backend.kernel.db import Session
from backend.metering.causes import CommandCause
from backend.metering.command_models import MeterCommand
from backend.metering.commanding import queue_command
from backend.metering.errors import NotAbleError
from backend.metering.grouping import park_of_meter
from backend.metering.models import Meter
from backend.metering.parameters.alone import parameter_alone
from backend.metering.parameters.errors import NothingReadError
from backend.metering.parameters.money import SET
from backend.metering.parameters.wish import ParameterWish
from backend.staff.signed_in import SignedIn
from meter_bridge.profile import Profile
from meter_bridge.protocol import CommandKind, ParameterCode

READ_WITHIN = 120.0  # seconds


def as_it_is(session: Session, *, who: SignedIn, meter_id: int, code: ParameterCode, reason: str) -> ParameterWish:
    """Return the wish that a meter goes on holding what it holds: it is proposed like any other.

    Raises NotFoundError, NothingReadError.
    """
    _, one = parameter_alone(session, who, meter_id, code, proved=False)
    if one is None or one.actual is None:
        raise NothingReadError
    unit = session.get_one(Meter, meter_id).credit_unit
    return ParameterWish({code: one.actual}, (meter_id,), unit, reason)


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
