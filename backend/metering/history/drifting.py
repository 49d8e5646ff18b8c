"""Meters whose own clock is off: registers of tariff periods then count in the wrong period."""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from backend.kernel.db import Session
from backend.metering.evidence import Identity
from backend.metering.history.suspecting import Suspected, pass_over, suspect
from backend.metering.history.suspicion_models import Suspicion
from backend.metering.statuses import Said
from meter_bridge.protocol import Evidence

MOST = timedelta(minutes=2)  # less than the five minutes by which a broadcast can still set it (DL/T 645-2007, 7.5)


def note_clocks(session: Session, *, said: Iterable[Said], meters: Mapping[int, Identity]) -> None:
    """Suspect meters whose clock is off by more than two minutes; what was noted is over once a clock is right."""
    newest: dict[int, Evidence] = {}
    for one in said:
        known = newest.get(one.meter_id)
        if one.evidence.clock is not None and (known is None or known.read_at < one.evidence.read_at):
            newest[one.meter_id] = one.evidence
    found: dict[int, Suspected] = {}
    right: list[int] = []
    for meter_id, evidence in newest.items():
        if is_right(evidence):
            right.append(meter_id)
            continue
        ahead = evidence.clock - evidence.read_at if evidence.clock else timedelta()
        shown = evidence.model_dump(mode="json", include={"clock", "read_at"})
        found[meter_id] = Suspected(evidence.read_at, shown | {"ahead_s": int(ahead.total_seconds())})
    suspect(session, Suspicion.CLOCK_DRIFT, found=found, meters=meters)
    pass_over(session, Suspicion.CLOCK_DRIFT, meter_ids=right)


def is_right(evidence: Evidence) -> bool:
    """Whether a meter told its clock, and it was off by no more than two minutes."""
    return evidence.clock is not None and abs(evidence.clock - evidence.read_at) <= MOST
