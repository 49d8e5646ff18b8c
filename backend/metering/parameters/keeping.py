"""Keep what is wanted, what became of each part of a change, and the entries of the trail."""

from collections.abc import Mapping, Sequence
from json import dumps
from typing import Any, LiteralString

from backend.audit.recording import Actor, Change, record_many
from backend.kernel.db import Session
from backend.metering.actions import MeteringAction
from backend.metering.parameters.change_models import ParameterChange
from backend.metering.parameters.telling import as_told
from backend.metering.parameters.wish import PlannedMeter
from meter_bridge.protocol import ParameterCode

Place = tuple[int, ParameterCode]  # a meter and what it is to hold
# What a meter said stays beside what is wanted from now on.
WANT: LiteralString = """
INSERT INTO meter_parameter (organisation_id, meter_id, code, wanted, change_id, command_id)
SELECT %(organisation_id)s, meter_id, code, wanted, %(change_id)s, command_id
FROM unnest(%(meter_id)b::bigint[], %(code)b::text[], %(wanted)b::jsonb[], %(command_id)b::bigint[])
     AS told (meter_id, code, wanted, command_id)
ORDER BY meter_id, code
ON CONFLICT (meter_id, code) DO UPDATE SET wanted = excluded.wanted, change_id = excluded.change_id,
    command_id = excluded.command_id, unfit = NULL
"""
ITEMS: LiteralString = """
INSERT INTO parameter_change_item (organisation_id, change_id, meter_id, code, before, unfit, command_id)
SELECT %(organisation_id)s, %(change_id)s, meter_id, code, before, unfit, command_id
FROM unnest(%(meter_id)b::bigint[], %(code)b::text[], %(before)b::jsonb[], %(unfit)b::jsonb[], %(command_id)b::bigint[])
     AS told (meter_id, code, before, unfit, command_id)
ON CONFLICT (change_id, meter_id, code) DO UPDATE SET before = excluded.before, unfit = excluded.unfit,
    command_id = excluded.command_id
"""


def codes_of(change: ParameterChange) -> list[ParameterCode]:
    """Return what a change is about."""
    return [ParameterCode(code) for code in change.values]


def note_wanted(
    session: Session,
    change: ParameterChange,
    places: Sequence[Place],
    commands: Mapping[Place, int | None],
) -> None:
    """Note what is wanted of these meters from now on, and the order that brings it."""
    session.run_sql(
        WANT,
        organisation_id=change.organisation_id,
        change_id=change.id,
        meter_id=[meter_id for meter_id, _ in places],
        code=[code.value for _, code in places],
        wanted=[dumps(change.values[code]) for _, code in places],
        command_id=[commands.get(place) for place in places],
    )


def note_items(
    session: Session,
    change: ParameterChange,
    items: Sequence[tuple[PlannedMeter, ParameterCode, Any, int | None]],
) -> None:
    """Note for each meter and value what was wanted before, why it cannot be, and its order."""
    unfit = [row.unfit.get(code) for row, code, _, _ in items]
    session.run_sql(
        ITEMS,
        organisation_id=change.organisation_id,
        change_id=change.id,
        meter_id=[row.meter.id for row, _, _, _ in items],
        code=[code.value for _, code, _, _ in items],
        before=[None if before is None else dumps(before) for _, _, before, _ in items],
        unfit=[None if why is None else dumps(why) for why in unfit],
        command_id=[command for _, _, _, command in items],
    )


def record_change(
    session: Session,
    change: ParameterChange,
    rows: Sequence[PlannedMeter],
    before: Mapping[Place, Any],
    by: Actor,
) -> None:
    """Leave an entry beside each meter that got something."""
    told = []
    for row in rows:
        codes = [code for code in codes_of(change) if code not in row.unfit]
        if codes:
            unit = change.credit_unit
            was = {code: before[row.meter.id, code] for code in codes if before.get((row.meter.id, code)) is not None}
            becomes = {code: change.values[code] for code in codes}
            told.append(
                Change(
                    subject=row.meter,
                    before={"parameters": as_told(was, unit)} if was else None,
                    after={"parameters": as_told(becomes, unit)},
                    park_id=row.building.park_id,
                )
            )
    action = MeteringAction.PARAMETERS_WANTED
    record_many(session, by=by, action=action, changes=told, reason=change.reason)
