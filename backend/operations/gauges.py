"""Figures read from the database when monitoring asks, so that every process tells the same."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import extract, func, select

from backend.kernel.db import Session
from backend.kernel.outbox import Event
from backend.metering.command_models import SETTLED, MeterCommand
from backend.metering.models import Line, Meter
from backend.payments.models import Disposition, ReceiptFate
from backend.runtime import Runtime
from backend.vending.models import CreditOrder, OrderState

if TYPE_CHECKING:
    from prometheus_client import Metric


class DatabaseGauges(Collector):
    """What is open, how old it is, and what waits for a person."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def collect(self) -> "Iterator[Metric]":
        """Read every figure in one transaction."""
        with self._runtime.database.transaction() as session:
            yield _single(
                "oldest_paid_order_seconds", "Age of the oldest paid order not yet credited", _oldest(session)
            )
            yield _commands(session)
            yield _single("meters_frozen", "Meters no money is sent to until a person decides", _frozen(session))
            yield _single("receipts_pending", "Receipts whose applying failed and is tried again", _pending(session))
            yield _single("events_untold", "Events nobody was told of yet", _untold(session))
            yield _polls(session)


def _single(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"dianyuan_{name}", text, value=value)


def _oldest(session: Session) -> float:
    oldest = session.scalar(select(func.min(CreditOrder.paid_at)).where(CreditOrder.state == OrderState.PAID))
    return 0.0 if oldest is None else (session.clock.now() - oldest).total_seconds()


def _commands(session: Session) -> GaugeMetricFamily:
    family = GaugeMetricFamily(
        "dianyuan_commands_open", "Meter commands not settled, by state", labels=["kind", "state"]
    )
    rows = session.execute(
        select(MeterCommand.kind, MeterCommand.state, func.count())
        .where(MeterCommand.state.not_in(SETTLED))
        .group_by(MeterCommand.kind, MeterCommand.state)
    )
    for kind, state, count in rows:
        family.add_metric([kind.value, state.value], count)
    return family


def _frozen(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Meter).where(Meter.frozen_reason.is_not(None))) or 0


def _pending(session: Session) -> int:
    waiting = select(func.count()).select_from(ReceiptFate).where(ReceiptFate.disposition == Disposition.PENDING)
    return session.scalar(waiting) or 0


def _untold(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Event).where(Event.told_at.is_(None))) or 0


def _polls(session: Session) -> GaugeMetricFamily:
    family = GaugeMetricFamily("dianyuan_last_good_poll_seconds", "Age of a line's last good poll", labels=["line"])
    age = extract("epoch", func.clock_timestamp() - Line.last_good_at)
    for reference, seconds in session.execute(select(Line.reference, age).where(Line.last_good_at.is_not(None))):
        family.add_metric([reference], float(seconds))
    return family
