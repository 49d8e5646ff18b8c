"""Store what polls brought, once, however often a bridge tells it."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import LiteralString

from sqlalchemy import ARRAY, BigInteger, and_, any_, literal, or_, select, update

from backend.kernel.db import Session
from backend.kernel.logs import log
from backend.metering.command_models import MeterCommand
from backend.metering.commands.freezing import FOREIGN_SERIAL, freeze
from backend.metering.commands.transitions import VERIFY_WITHIN
from backend.metering.evidence import Identity, is_foreign, is_sound, stored
from backend.metering.history.conditions import Measured, note_conditions
from backend.metering.history.doubt import Doubt
from backend.metering.history.holding import hold, sift
from backend.metering.history.storing import store_readings
from backend.metering.history.suspicions import look_closer
from backend.metering.lines.runs import refuse_superseded
from backend.metering.locking import lock_meter
from backend.metering.models import Bridge
from backend.metering.statuses import Said, note
from meter_bridge.profile import Profile
from meter_bridge.protocol import CommandState, Evidence, MoneyCapability, ReadingsRequest

FUTURE = timedelta(minutes=5)
KNOWN: LiteralString = """
SELECT reference, id, organisation_id, number, serial, capability, profile, ct_ratio * pt_ratio AS ratio FROM meter
WHERE organisation_id = %(organisation_id)s AND reference = ANY(%(references)s)
"""


def store(
    session: Session,
    *,
    bridge: Bridge,
    request: ReadingsRequest,
    profiles: Mapping[str, Profile],
    request_id: str = "",
) -> int:
    """Store readings of this organisation's meters, returning how many were new.

    Noise is left out. Registers that cannot be true are held for a person; so is a reading from the future, and one
    with another meter's serial, which freezes the meter. Raises StaleInstanceError.
    """
    refuse_superseded(session, bridge=bridge, instance=request.instance)
    meters = _meters(session, bridge, {reading.meter for reading in request.readings})
    latest = session.clock.now() + FUTURE
    said: list[Said] = []
    measured: list[Measured] = []
    foreign: dict[int, Evidence] = {}
    for reading in request.readings:
        meter, evidence = meters.get(reading.meter), reading.evidence
        if meter is None or not is_sound(evidence):
            log().warning("reading left out", meter=reading.meter, known=meter is not None)
        elif evidence.serial is not None and is_foreign(meter, evidence):
            foreign[meter.id] = evidence
            hold(session, meter=meter, said=[Said(meter.id, evidence)], doubt=Doubt.FOREIGN_SERIAL)
        elif evidence.read_at > latest:
            hold(session, meter=meter, said=[Said(meter.id, evidence)], doubt=Doubt.FROM_THE_FUTURE)
        else:
            said.append(Said(meter.id, evidence))
            if reading.condition is not None:
                measured.append(Measured(meter.id, evidence.read_at, reading.condition))
    _freeze(session, foreign, request_id)
    note_conditions(session, organisation_id=bridge.organisation_id, measured=measured)
    by_id = {meter.id: meter for meter in meters.values()}
    kept = sift(session, said=said, meters=by_id, profiles=profiles)
    look_closer(session, said=kept, measured=measured, meters=by_id, profiles=profiles)
    return _keep(session, bridge.organisation_id, kept)


def _meters(session: Session, bridge: Bridge, references: set[str]) -> dict[str, Identity]:
    rows = session.run_sql(KNOWN, organisation_id=bridge.organisation_id, references=list(references))
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


def _keep(session: Session, organisation_id: int, said: list[Said]) -> int:
    if not said:
        return 0
    new = store_readings(session, organisation_id=organisation_id, said=said)
    note(session, organisation_id=organisation_id, said=said)
    _first_contact(session, {one.meter_id for one in said})
    return new


def _first_contact(session: Session, meters: Iterable[int]) -> None:
    """Make commands that wait after a failure due at once: their meter speaks again.

    A command that was just handed over to be read back waits for that, which is never longer than VERIFY_WITHIN.
    """
    soon = session.database_now() + session.span(VERIFY_WITHIN)
    waiting = (
        select(MeterCommand.id)
        .where(
            MeterCommand.meter_id == any_(literal(list(meters), ARRAY(BigInteger))),  # one plan for any number
            or_(
                and_(MeterCommand.state == CommandState.QUEUED, MeterCommand.next_attempt_at.is_not(None)),
                and_(MeterCommand.state == CommandState.UNKNOWN, MeterCommand.next_attempt_at > soon),
            ),
        )
        .order_by(MeterCommand.id)
        .with_for_update(key_share=True, skip_locked=True)
    )
    due = update(MeterCommand).where(MeterCommand.id.in_(waiting.scalar_subquery())).values(next_attempt_at=None)
    session.execute(due.execution_options(synchronize_session=False))
