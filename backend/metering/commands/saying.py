"""Keep what a meter said when it was asked about a command."""

from backend.kernel.db import Session
from backend.metering.history.drifting import is_right
from backend.metering.history.suspecting import pass_over
from backend.metering.history.suspicion_models import Suspicion
from backend.metering.models import Meter
from backend.metering.parameters_said import note_parameters
from backend.metering.statuses import Said, note
from meter_bridge.protocol import Evidence


def keep_said(session: Session, *, meter: Meter, evidence: Evidence) -> None:
    """Keep the newest of what a meter said of its state and of its parameters; comes when its command is judged.

    A clock that was set and read back ends the case of a wrong one at once: the next poll of it may be a day away.
    """
    note(session, organisation_id=meter.organisation_id, said=Said(meter.id, evidence))
    if is_right(evidence):
        pass_over(session, Suspicion.CLOCK_DRIFT, meter_ids=[meter.id])
    if evidence.parameters:
        note_parameters(session, meter=meter, told=evidence.parameters, read_at=evidence.read_at)
