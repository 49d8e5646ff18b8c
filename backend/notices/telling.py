"""Tell events: every event reaches the operations log once; alarms stand out there, and people get theirs."""

from backend.kernel import outbox
from backend.kernel.db import Session
from backend.kernel.logs import log
from backend.kernel.metrics import EVENTS_TOLD
from backend.notices.fanning_out import fan_out

ALARMS = frozenset(
    {"receipt_unapplied", "order_refused", "command_held", "command_refused", "meter_frozen", "proof_failed"}
)


def tell(session: Session, *, most: int) -> int:
    """Tell the oldest untold events; returns how many."""
    events = outbox.untold(session, most=most)
    for event in events:
        line = log().bind(request_id=event.request_id, organisation=event.organisation_id, **event.facts)
        if event.topic in ALARMS:
            line.error("alarm", topic=event.topic)
        else:
            line.info("event", topic=event.topic)
        fan_out(session, event)
        event.told_at = session.clock.now()
        EVENTS_TOLD.labels(event.topic).inc()
    return len(events)
