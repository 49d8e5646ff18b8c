"""What meters say of their credit is looked at as soon as it is stored, in the same transaction."""

from collections.abc import Iterable

from backend.kernel.db import Session
from backend.metering.commands.addressing import Addressed
from backend.metering.evidence import is_sound
from backend.metering.lines.runs import Caller
from backend.notices.low_credit import Said, watch_credit
from meter_bridge.protocol import OutcomeRequest, Reading


def watch_readings(session: Session, *, bridge: Caller, readings: Iterable[Reading], request_id: str) -> None:
    """Look at the newest of what each meter said; noise is nothing it said."""
    newest: dict[str, Said] = {}
    for reading in filter(lambda each: is_sound(each.evidence), readings):
        said = Said(reading.evidence.read_at, reading.evidence.balance)
        if reading.meter not in newest or newest[reading.meter].read_at < said.read_at:
            newest[reading.meter] = said
    watch_credit(session, organisation_id=bridge.organisation_id, said=newest, request_id=request_id)


def watch_outcome(session: Session, *, bridge: Caller, named: Addressed, request: OutcomeRequest) -> None:
    """Look at what a meter said after a command."""
    if request.after is not None:
        said = {named.meter: Said(request.after.read_at, request.after.balance)}
        watch_credit(session, organisation_id=bridge.organisation_id, said=said, request_id=named.request_id)
