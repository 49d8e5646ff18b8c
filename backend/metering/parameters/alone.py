"""One parameter of one meter, with nobody else at it, for who may change it."""

from sqlalchemy import select

from backend.kernel.db import Session
from backend.metering.command_models import MeterCommand
from backend.metering.groups.grouping import park_of_meter
from backend.metering.locking import lock_meter
from backend.metering.parameter_models import MeterParameter
from backend.metering.parameters.money import SET, is_priced, require_priced
from backend.staff.signed_in import SignedIn
from meter_bridge.protocol import CommandState, ParameterCode


def parameter_alone(
    session: Session, who: SignedIn, meter_id: int, code: ParameterCode
) -> tuple[int, MeterParameter | None]:
    """Return the park and what is known of a parameter, with nobody else at its meter.

    Raises NotFoundError, MoneyParameterError, and for what is about money ProveAgainError.
    """
    park_id = park_of_meter(session, scope=who.scope(SET), meter_id=meter_id)
    require_priced(who, [code], [park_id])
    if is_priced([code]):
        who.require_proof(session.clock.now())
    lock_meter(session, meter_id)
    known = select(MeterParameter).filter_by(meter_id=meter_id, code=code)
    return park_id, session.scalars(known.execution_options(populate_existing=True)).one_or_none()


def last_order(session: Session, one: MeterParameter) -> CommandState | None:
    """Return how far the last order to write it is."""
    command = session.get(MeterCommand, one.command_id, populate_existing=True) if one.command_id else None
    return command.state if command else None
