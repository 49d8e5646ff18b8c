"""Queue anew what is wanted already."""

from collections.abc import Sequence

from sqlalchemy import update

from backend.kernel.db import Session
from backend.metering.causes import CommandCause
from backend.metering.parameter_models import MeterParameter
from backend.metering.parameters.change_models import ParameterChangeItem
from backend.metering.parameters.queueing import Setting, queue_writes


def order_again(session: Session, ones: Sequence[MeterParameter], *, request_id: str) -> None:
    """Queue the write of each once more; the change that wants it tells of the new order from now on."""
    settings = [Setting(one.meter_id, one.code, one.wanted) for one in ones]
    orders = queue_writes(session, settings=settings, cause=CommandCause.STAFF, request_id=request_id)
    for one, order in zip(ones, orders, strict=True):
        one.command_id = order
        place = {"change_id": one.change_id, "meter_id": one.meter_id, "code": one.code}
        session.execute(update(ParameterChangeItem).filter_by(**place).values(command_id=order))
