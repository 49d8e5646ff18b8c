"""Which meter hangs now where another one hung."""

from sqlalchemy import select

from backend.kernel.db import Session
from backend.metering.exchange_models import MeterExchange
from backend.metering.models import Meter


def successor(session: Session, *, meter_id: int) -> Meter:
    """Return the meter that hangs in the place of this one; itself when it was never exchanged."""
    while (after := exchange_of(session, meter_id=meter_id)) is not None:
        meter_id = after.new_meter_id
    return session.get_one(Meter, meter_id)


def exchange_of(session: Session, *, meter_id: int) -> MeterExchange | None:
    """Return the exchange by which a meter was taken down."""
    return session.scalars(select(MeterExchange).filter_by(old_meter_id=meter_id)).one_or_none()
