"""Events that nobody was told of."""

from prometheus_client.core import GaugeMetricFamily
from sqlalchemy import func, select

from backend.kernel.db import Session
from backend.kernel.outbox import Event
from backend.operations.families import single


def events_untold(session: Session) -> GaugeMetricFamily:
    """Return how many events wait to be told."""
    untold = select(func.count()).select_from(Event).where(Event.told_at.is_(None))
    return single("events_untold", "Events nobody was told of yet", session.scalar(untold) or 0)


def oldest_untold_event(session: Session) -> GaugeMetricFamily:
    """Return the age of the oldest of them; 0 when there is none."""
    oldest = session.scalar(select(func.min(Event.learned_at)).where(Event.told_at.is_(None)))
    age = 0.0 if oldest is None else (session.clock.now() - oldest).total_seconds()
    return single("oldest_untold_event_seconds", "Age of the oldest event nobody was told of yet", age)
