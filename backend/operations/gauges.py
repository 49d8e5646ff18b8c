"""Figures read from the database when monitoring asks, so that every process tells the same."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import extract, func, select

from backend.kernel.db import Session
from backend.kernel.outbox import Event
from backend.metering.command_models import UNSETTLED, MeterCommand
from backend.metering.models import Line, Meter, MeterState
from backend.operations.checks import last_proof, last_tick, proof_findings
from backend.operations.families import by_label, single
from backend.payments.models import Disposition, ReceiptFate
from backend.runtime import Runtime
from backend.vending.models import CreditOrder, OrderState
from meter_bridge.protocol import CommandKind

if TYPE_CHECKING:
    from prometheus_client import Metric


class DatabaseGauges(Collector):
    """What is open, how old it is, and what waits for a person."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def collect(self) -> "Iterator[Metric]":
        """Read every figure in one transaction."""
        with self._runtime.database.transaction() as session:
            for figure in FIGURES:
                yield figure(session)


def _oldest(session: Session) -> GaugeMetricFamily:
    """Leave out what the meter refused: its money is refundable, and told by orders_refundable."""
    waiting = select(func.min(CreditOrder.paid_at)).join(MeterCommand, MeterCommand.id == CreditOrder.command_id)
    oldest = session.scalar(waiting.where(CreditOrder.state == OrderState.PAID, MeterCommand.state.in_(UNSETTLED)))
    age = 0.0 if oldest is None else (session.clock.now() - oldest).total_seconds()
    return single("oldest_paid_order_seconds", "Age of the oldest paid order whose credit is on its way", age)


def _refundable(session: Session) -> GaugeMetricFamily:
    refused = (
        select(func.count())
        .select_from(CreditOrder)
        .join(MeterCommand, MeterCommand.id == CreditOrder.command_id)
        .where(CreditOrder.state == OrderState.PAID, MeterCommand.state.not_in(UNSETTLED))
    )
    return single(
        "orders_refundable", "Paid orders the meter refused: send again or refund", session.scalar(refused) or 0
    )


def _commands(session: Session) -> GaugeMetricFamily:
    family = GaugeMetricFamily(
        "dianyuan_commands_open", "Meter commands not settled, by state", labels=["kind", "state"]
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


def _frozen(session: Session) -> GaugeMetricFamily:
    frozen = select(func.count()).select_from(Meter).where(Meter.frozen_reason.is_not(None))
    return single("meters_frozen", "Meters no money is sent to until a person decides", session.scalar(frozen) or 0)


def _pending(session: Session) -> GaugeMetricFamily:
    waiting = select(func.count()).select_from(ReceiptFate).where(ReceiptFate.disposition == Disposition.PENDING)
    return single("receipts_pending", "Receipts whose applying failed and is tried again", session.scalar(waiting) or 0)


def _untold(session: Session) -> GaugeMetricFamily:
    untold = select(func.count()).select_from(Event).where(Event.told_at.is_(None))
    return single("events_untold", "Events nobody was told of yet", session.scalar(untold) or 0)


def _oldest_untold(session: Session) -> GaugeMetricFamily:
    oldest = session.scalar(select(func.min(Event.learned_at)).where(Event.told_at.is_(None)))
    age = 0.0 if oldest is None else (session.clock.now() - oldest).total_seconds()
    return single("oldest_untold_event_seconds", "Age of the oldest event nobody was told of yet", age)


def _polls(session: Session) -> GaugeMetricFamily:
    age = extract("epoch", func.clock_timestamp() - Line.last_good_at)
    rows = session.execute(select(Line.reference, age).where(Line.last_good_at.is_not(None)))
    return by_label("last_good_poll_seconds", "Age of a line's last good poll", "line", rows)


def _unleased(session: Session) -> GaugeMetricFamily:
    """Count lines with meters in use that no bridge holds."""
    in_use = select(Meter.id).where(Meter.line_id == Line.id, Meter.state == MeterState.ACTIVE).exists()
    held = Line.bridge_id.is_not(None) & (Line.leased_until > func.clock_timestamp())
    alone = select(func.count()).select_from(Line).where(in_use, func.coalesce(held, False).is_(False))
    return single("lines_unleased", "Lines with meters in use that no bridge holds", session.scalar(alone) or 0)


FIGURES: tuple[Callable[[Session], GaugeMetricFamily], ...] = (
    _oldest, _refundable, _commands, _frozen, _pending, _untold, _oldest_untold, _polls, _unleased,
    proof_findings, last_proof, last_tick,
)  # fmt: skip
