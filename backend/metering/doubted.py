"""Look closely at readings that are not plainly right: compare them with their neighbours, and hold what is doubted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import LiteralString

from backend.kernel.db import Session
from backend.kernel.logs import log
from backend.metering.commands.freezing import FOREIGN_SERIAL, freeze
from backend.metering.evidence import Identity, is_foreign, is_measured, is_sound, stored
from backend.metering.history.conditions import Measured, note_conditions
from backend.metering.history.doubt import Doubt
from backend.metering.history.holding import hold, sift
from backend.metering.history.storing import store_readings
from backend.metering.history.suspicions import look_closer
from backend.metering.locking import lock_meter
from backend.metering.statuses import Said
from meter_bridge.profile import Profile
from meter_bridge.protocol import Evidence, MoneyCapability, Reading

# Nothing was read before this program was there: that is a clock that was never set. Hours are drawn between readings.
OLDEST = datetime(2024, 1, 1, tzinfo=UTC)
KNOWN: LiteralString = """
SELECT reference, id, organisation_id, number, serial, capability, profile, ct_ratio * pt_ratio AS ratio FROM meter
WHERE organisation_id = %(organisation_id)s AND reference = ANY(%(references)s)
"""


@dataclass(frozen=True, slots=True)
class LookedInto:
    """How many readings were new, and the references of the meters that said something to be kept."""

    stored: int
    speaking: frozenset[str] = frozenset()


def look_into(
    session: Session,
    *,
    organisation_id: int,
    readings: Sequence[Reading],
    latest: datetime,
    profiles: Mapping[str, Profile],
    request_id: str,
) -> LookedInto:
    """Store what can be true of readings of this organisation's meters; hold the rest, or leave it out as noise."""
    if not readings:
        return LookedInto(0)
    meters = _meters(session, organisation_id, {reading.meter for reading in readings})
    said: list[Said] = []
    measured: list[Measured] = []
    foreign: dict[int, Evidence] = {}
    for reading in readings:
        meter, evidence = meters.get(reading.meter), reading.evidence
        if meter is None or not is_sound(evidence):
            log().warning("reading left out", meter=reading.meter, known=meter is not None)
        elif evidence.read_at < OLDEST:
            log().warning("reading left out", meter=reading.meter, read_at=evidence.read_at.isoformat())
        elif evidence.serial is not None and is_foreign(meter, evidence):
            foreign[meter.id] = evidence
            hold(session, meter=meter, said=[Said(meter.id, evidence)], doubt=Doubt.FOREIGN_SERIAL)
        elif evidence.read_at > latest:
            hold(session, meter=meter, said=[Said(meter.id, evidence)], doubt=Doubt.FROM_THE_FUTURE)
        else:
            said.append(Said(meter.id, evidence))
            if reading.condition is not None and is_measured(reading.condition):
                measured.append(Measured(meter.id, evidence.read_at, reading.condition))
    _freeze(session, foreign, request_id)
    note_conditions(session, organisation_id=organisation_id, measured=measured)
    by_id = {meter.id: meter for meter in meters.values()}
    kept = sift(session, said=said, meters=by_id, profiles=profiles)
    look_closer(session, said=kept, measured=measured, meters=by_id, profiles=profiles)
    new = store_readings(session, organisation_id=organisation_id, said=kept) if kept else 0
    ids = {one.meter_id for one in kept}
    return LookedInto(new, frozenset(reference for reference, meter in meters.items() if meter.id in ids))


def _meters(session: Session, organisation_id: int, references: set[str]) -> dict[str, Identity]:
    rows = session.run_sql(KNOWN, organisation_id=organisation_id, references=list(references))
    return {
        row.reference: Identity(
            id=row.id,
            organisation_id=row.organisation_id,
            number=row.number,
            serial=row.serial,
            capability=MoneyCapability(row.capability),
            profile=row.profile,
            ratio=row.ratio,
        )
        for row in rows.all()
    }


def _freeze(session: Session, foreign: dict[int, Evidence], request_id: str) -> None:
    for meter_id, evidence in sorted(foreign.items()):
        meter = lock_meter(session, meter_id)
        freeze(session, meter=meter, why=FOREIGN_SERIAL, facts={"evidence": stored(evidence)}, request_id=request_id)
