"""The last orders for a meter."""

from collections.abc import Sequence

from sqlalchemy import select

from backend.kernel.db import Session
from backend.vending.models import CreditOrder

LATEST = 5


def orders_of_meter(session: Session, *, meter_id: int) -> Sequence[CreditOrder]:
    """Return the last orders for a meter that was found inside a scope."""
    ordered = select(CreditOrder).filter_by(meter_id=meter_id).order_by(CreditOrder.id.desc())
    return session.scalars(ordered.limit(LATEST)).all()
