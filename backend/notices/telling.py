"""Tell events: every event reaches the operations log once; alarms stand out there, and people get theirs."""

from sqlalchemy.exc import OperationalError

from backend.kernel import outbox
from backend.kernel.db import Session
from backend.kernel.logs import log
from backend.kernel.metrics import EVENTS_TOLD
from backend.kernel.outbox import Event
from backend.notices.fanning_out import fan_out

ALARMS = frozenset(
    (
        *("receipt_unapplied", "order_refused", "command_held", "command_refused", "meter_frozen", "proof_failed"),
        *("reading_held", "meter_suspected", "parameter_drift"),
    )
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
        _fan_out(session, event)
        event.told_at = session.clock.now()
        EVENTS_TOLD.labels(event.topic).inc()
    return len(events)


def _fan_out(session: Session, event: Event) -> None:
    """Put the deliveries of an event; one that cannot be worked out is an alarm, and stands in no other's way."""
    try:
        with session.begin_nested():
            fan_out(session, event)
    except OperationalError:
        raise  # a deadlock or a lost connection: the whole transaction is done again
    except Exception:  # noqa: BLE001 whatever is wrong with this event, the others must be told
        log().exception("alarm", topic="fan_out_failed", event_id=event.id)
