"""The way of a payment, and what is said on it."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel


class StepName(StrEnum):
    """The way of a payment. Confirmed: by the meter, or, where the credit lives on the platform, by the ledger."""

    PLACED = "placed"
    PAID = "paid"
    SENT = "sent"
    CONFIRMED = "confirmed"
    SUPPLY_ON = "supply_on"
    CLOSED = "closed"


class Step(BaseModel):
    """One step of the way, done or still to come."""

    step: StepName
    at: datetime | None
    done: bool


class Message(StrEnum):
    """What there is to say about an order now."""

    WAITING_FOR_PAYMENT = "waiting_for_payment"
    EXPIRED = "expired"
    ON_THE_WAY = "on_the_way"
    CHECKING = "checking"
    LATE = "late"
    HELD = "held"
    REFUSED = "refused"
    CREDITED = "credited"
    SUPPLY_OFF = "supply_off"
    CLOSED = "closed"
