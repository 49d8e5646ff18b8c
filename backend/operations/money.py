"""Paid money that is not where it is to go: how much of it, and how old."""

from prometheus_client.core import GaugeMetricFamily
from sqlalchemy import func, select

from backend.kernel.db import Session
from backend.metering.command_models import UNSETTLED, MeterCommand
from backend.metering.models import Meter
from backend.operations.families import PREFIX, single
from backend.payments.models import Disposition, ReceiptFate
from backend.vending.models import CreditOrder, OrderState
from meter_bridge.protocol import CommandKind


def oldest_paid_order(session: Session) -> GaugeMetricFamily:
    """Leave out what the meter refused: its money is refundable, and told by orders_refundable."""
    waiting = select(func.min(CreditOrder.paid_at)).join(MeterCommand, MeterCommand.id == CreditOrder.command_id)
    oldest = session.scalar(waiting.where(CreditOrder.state == OrderState.PAID, MeterCommand.state.in_(UNSETTLED)))
    age = 0.0 if oldest is None else (session.clock.now() - oldest).total_seconds()
    return single("oldest_paid_order_seconds", "Age of the oldest paid order whose credit is on its way", age)


def orders_refundable(session: Session) -> GaugeMetricFamily:
    """Return how many paid orders their meter refused."""
    refused = (
        select(func.count())
        .select_from(CreditOrder)
        .join(MeterCommand, MeterCommand.id == CreditOrder.command_id)
        .where(CreditOrder.state == OrderState.PAID, MeterCommand.state.not_in(UNSETTLED))
    )
    return single(
        "orders_refundable", "Paid orders the meter refused: send again or refund", session.scalar(refused) or 0
    )


def commands_open(session: Session) -> GaugeMetricFamily:
    """Return how many commands of each kind are in each open state, zeros included."""
    family = GaugeMetricFamily(
        f"{PREFIX}commands_open", "Meter commands not settled, by state", labels=["kind", "state"]
    )
    counts = (
        select(MeterCommand.kind, MeterCommand.state, func.count())
        .where(MeterCommand.state.in_(UNSETTLED))
        .group_by(MeterCommand.kind, MeterCommand.state)
    )
    found = {(kind, state): count for kind, state, count in session.execute(counts)}
    for kind in CommandKind:
        for state in UNSETTLED:
            family.add_metric([kind.value, state.value], found.get((kind, state), 0))
    return family


def meters_frozen(session: Session) -> GaugeMetricFamily:
    """Return how many meters get no money."""
    frozen = select(func.count()).select_from(Meter).where(Meter.frozen_reason.is_not(None))
    return single("meters_frozen", "Meters no money is sent to until a person decides", session.scalar(frozen) or 0)


def receipts_pending(session: Session) -> GaugeMetricFamily:
    """Return how many receipts could not be applied yet."""
    waiting = select(func.count()).select_from(ReceiptFate).where(ReceiptFate.disposition == Disposition.PENDING)
    return single("receipts_pending", "Receipts whose applying failed and is tried again", session.scalar(waiting) or 0)
