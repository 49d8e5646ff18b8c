"""Let meters be wanted to hold values: note it, queue the writes, and leave what cannot be beside its reason."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from backend.audit.recording import Actor
from backend.kernel.db import Session
from backend.metering.causes import CommandCause
from backend.metering.command_models import UNSETTLED, MeterCommand
from backend.metering.parameter_models import MeterParameter
from backend.metering.parameters.change_models import ParameterChange
from backend.metering.parameters.keeping import Place, codes_of, note_items, note_wanted, record_change
from backend.metering.parameters.queueing import Setting, lock_meters, queue_writes
from backend.metering.parameters.taking_out import SUPERSEDED, take_out
from backend.metering.parameters.wish import PlannedMeter, Values
from meter_bridge.protocol import CommandState

Known = Mapping[Place, tuple[MeterParameter, MeterCommand | None]]


def list_items(session: Session, *, change: ParameterChange, rows: Sequence[PlannedMeter]) -> None:
    """Note for each meter and value of a change whether the meter can hold it, with no order yet."""
    note_items(session, change, [(row, code, None, None) for row in rows for code in codes_of(change)])


def want(session: Session, *, change: ParameterChange, rows: Sequence[PlannedMeter], by: Actor) -> list[int]:
    """Order what a change asks for; returns the commands. What is on its way to the same value is not ordered twice."""
    values: Values = {code: change.values[code] for code in codes_of(change)}
    asked = [(row, code) for row in rows for code in row.settles(values)]
    lock_meters(session, meter_ids=[row.meter.id for row in rows])
    known = _known(session, [row.meter.id for row, _ in asked], values)
    under_way = {place: command for place, (one, command) in known.items() if _brings(one, command, values)}
    others = [one.command_id for place, (one, _) in known.items() if one.command_id and place not in under_way]
    take_out(session, command_ids=others, why=SUPERSEDED)
    new = [place for place in ((row.meter.id, code) for row, code in asked) if place not in under_way]
    commands = dict(zip(new, _queued(session, new, values, by), strict=True))
    commands |= {place: command.id for place, command in under_way.items() if command}
    note_wanted(session, change, [(row.meter.id, code) for row, code in asked], commands)
    before = {place: one.wanted for place, (one, _) in known.items()}
    items = [
        (row, code, before.get((row.meter.id, code)), commands.get((row.meter.id, code)))
        for row in rows
        for code in values
    ]
    note_items(session, change, items)
    record_change(session, change, rows, before, by)
    return [each for each in commands.values() if each is not None]


def _known(session: Session, meter_ids: Sequence[int], values: Values) -> Known:
    """Return what is noted of these values, each with its last order."""
    told = (
        select(MeterParameter, MeterCommand)
        .outerjoin(MeterCommand, MeterCommand.id == MeterParameter.command_id)
        .where(MeterParameter.meter_id.in_(set(meter_ids)), MeterParameter.code.in_(list(values)))
    )
    rows = session.execute(told.execution_options(populate_existing=True))
    return {(one.meter_id, one.code): (one, command) for one, command in rows}


def _brings(one: MeterParameter, command: MeterCommand | None, values: Values) -> bool:
    if command is None or command.state not in UNSETTLED or command.state is CommandState.HELD:
        return False
    return bool((command.parameter or {}).get("value") == values[one.code])


def _queued(session: Session, places: Sequence[Place], values: Values, by: Actor) -> list[int | None]:
    settings = [Setting(meter_id, code, values[code]) for meter_id, code in places]
    return queue_writes(session, settings=settings, cause=CommandCause.STAFF, request_id=by.request_id)
