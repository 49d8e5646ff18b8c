"""Order once more what is wanted of a meter."""

from backend.audit.recording import record
from backend.kernel.db import Session
from backend.metering.actions import MeteringAction
from backend.metering.models import Meter
from backend.metering.parameter_models import MeterParameter
from backend.metering.parameters.alone import last_order, parameter_alone
from backend.metering.parameters.errors import InWritingError, NothingWantedError
from backend.metering.parameters.ordering_again import order_again
from backend.metering.parameters.states import OPEN
from backend.metering.parameters.telling import as_told
from backend.staff.signed_in import SignedIn
from meter_bridge.protocol import ParameterCode


def write_again(
    session: Session, *, who: SignedIn, meter_id: int, code: ParameterCode, request_id: str
) -> MeterParameter:
    """Order once more what was wanted before: two persons agreed to it then.

    Raises NotFoundError, NothingWantedError, InWritingError, MoneyParameterError, ProveAgainError.
    """
    park_id, one = parameter_alone(session, who, meter_id, code)
    if one is None or one.wanted is None or one.unfit is not None:
        raise NothingWantedError
    if last_order(session, one) in OPEN:
        raise InWritingError
    order_again(session, [one], request_id=request_id)
    by, meter = who.actor(request_id), session.get_one(Meter, meter_id)
    told = {"parameters": as_told({code: one.wanted}, meter.credit_unit)}
    record(session, by=by, action=MeteringAction.PARAMETER_AGAIN, subject=meter, after=told, park_id=park_id)
    return one
