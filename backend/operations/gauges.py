"""Figures read from the database when monitoring asks, so that every process tells the same."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from backend.kernel.db import Session
from backend.operations import checks, events, lines, money, trail, works
from backend.runtime import Runtime

if TYPE_CHECKING:
    from prometheus_client import Metric

FIGURES: tuple[Callable[[Session], GaugeMetricFamily], ...] = (
    money.oldest_paid_order,
    money.orders_refundable,
    money.commands_open,
    money.meters_frozen,
    money.receipts_pending,
    events.events_untold,
    events.oldest_untold_event,
    lines.last_good_poll,
    lines.lines_unleased,
    checks.proof_findings,
    checks.last_proof,
    checks.last_tick,
    trail.oldest_unsealed_entry,
    works.locks_overdue,
    works.walk_breakers_open,
)


class DatabaseGauges(Collector):
    """What is open, how old it is, and what waits for a person."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def collect(self) -> "Iterator[Metric]":
        """Read every figure in one transaction."""
        with self._runtime.database.transaction() as session:
            for figure in FIGURES:
                yield figure(session)
