"""Take a wish back that nobody wrote yet."""

from sqlalchemy import or_, select

from backend.audit.recording import record
from backend.kernel.db import Session
from backend.metering.actions import MeteringAction
from backend.metering.models import Meter
from backend.metering.parameters.alone import last_order, parameter_alone
from backend.metering.parameters.change_models import ParameterChangeItem
from backend.metering.parameters.errors import InWritingError, NothingWaitsError
from backend.metering.parameters.states import OPEN
from backend.metering.parameters.taking_out import take_out
from backend.metering.parameters.telling import as_told
from backend.staff.signed_in import SignedIn
from meter_bridge.protocol import ParameterCode

WITHDRAWN = "withdrawn"


def withdraw(session: Session, *, who: SignedIn, meter_id: int, code: ParameterCode, request_id: str) -> None:
    """Take back what nobody wrote yet; what was wanted before is wanted again.

    Raises NotFoundError, NothingWaitsError, InWritingError, MoneyParameterError, ProveAgainError.
    """
    park_id, one = parameter_alone(session, who, meter_id, code)
    if one is None or one.command_id is None or last_order(session, one) not in OPEN:
        raise NothingWaitsError
    if not take_out(session, command_ids=[one.command_id], why=WITHDRAWN):
        raise InWritingError
    meter, was = session.get_one(Meter, meter_id), one.wanted
    # What was told again while it waited shares its order with the change that asked first: before that one counts.
    shared = or_(ParameterChangeItem.change_id == one.change_id, ParameterChangeItem.command_id == one.command_id)
    asked = select(ParameterChangeItem).filter_by(meter_id=meter_id, code=code).where(shared)
    item = session.scalars(asked.order_by(ParameterChangeItem.id).limit(1)).one_or_none()
    one.wanted = item.before if item else None
    one.command_id = None
    if one.wanted is None:
        one.change_id = None
    by, action, unit = who.actor(request_id), MeteringAction.PARAMETER_WITHDRAWN, meter.credit_unit
    before = {"parameters": as_told({code: was}, unit)}
    after = {"parameters": as_told({code: one.wanted}, unit)} if one.wanted is not None else None
    record(session, by=by, action=action, subject=meter, before=before, after=after, park_id=park_id)
