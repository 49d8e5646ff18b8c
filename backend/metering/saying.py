"""Keep what a meter said when it was asked about a command."""

from backend.kernel.db import Session
from backend.metering.models import Meter
from backend.metering.parameters.noting import note_parameters
from backend.metering.statuses import Said, note
from meter_bridge.protocol import Evidence


def keep_said(session: Session, *, meter: Meter, evidence: Evidence) -> None:
    """Keep the newest of what a meter said of its state and of its parameters; comes when its command is judged."""
    note(session, organisation_id=meter.organisation_id, said=[Said(meter.id, evidence)])
    if evidence.parameters:
        note_parameters(session, meter=meter, told=evidence.parameters, read_at=evidence.read_at)
