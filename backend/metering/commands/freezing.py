"""Stop money to a meter that somebody else wrote to, or that is not the one we know; a person lets it go on."""

from typing import Any

from backend.kernel import outbox
from backend.kernel.db import Session
from backend.kernel.logs import log
from backend.metering.models import Meter

FOREIGN_COUNT = "foreign_count"
FOREIGN_WRITE = "foreign_write"
FOREIGN_SERIAL = "foreign_serial"


def freeze(session: Session, *, meter: Meter, why: str, facts: dict[str, Any], request_id: str) -> None:
    """Send no more money to this meter, and raise the alarm once; the meter's row must be locked."""
    if meter.frozen_reason is not None:
        return
    meter.frozen_reason = why
    log().error("meter frozen", meter=meter.reference, why=why)
    tell(session, meter=meter, topic="meter_frozen", facts={"why": why, **facts}, request_id=request_id)


def tell(session: Session, *, meter: Meter, topic: str, facts: dict[str, Any], request_id: str) -> None:
    """Record what happened to a meter's money queue."""
    now = session.clock.now()
    outbox.record(
        session,
        organisation_id=meter.organisation_id,
        topic=topic,
        key=f"{meter.reference}:{now.isoformat()}",
        facts={"meter": meter.reference, "meter_id": meter.id, "epoch": meter.epoch, **facts},
        request_id=request_id,
        occurred_at=now,
    )
