"""The last orders of a room."""

from collections.abc import Sequence

from sqlalchemy import select

from backend.kernel.db import Session
from backend.metering.models import Meter
from backend.vending.models import CreditOrder

LATEST = 5


def orders_of_room(session: Session, *, room_id: int) -> Sequence[CreditOrder]:
    """Return the last orders for the meters of a room that was found inside a scope."""
    meters = select(Meter.id).where(Meter.room_id == room_id)
    ordered = select(CreditOrder).where(CreditOrder.meter_id.in_(meters)).order_by(CreditOrder.id.desc())
    return session.scalars(ordered.limit(LATEST)).all()
