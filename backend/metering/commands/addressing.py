"""The command that a bridge names: found by its reference, before anything is locked."""

from dataclasses import dataclass
from typing import LiteralString

from backend.kernel.db import Session
from backend.metering.errors import UnknownCommandError
from meter_bridge.protocol import CommandKind, ParameterSetting

ADDRESSED: LiteralString = """
SELECT command.id, command.request_id, command.meter_id, meter.reference AS meter, command.kind, command.amount,
       command.parameter
FROM meter_command command JOIN meter ON meter.id = command.meter_id
WHERE command.organisation_id = %(organisation_id)s AND command.reference = %(reference)s
"""


@dataclass(frozen=True, slots=True)
class Addressed:
    """A command that a bridge names: what of it never changes, known before anything of it is locked.

    meter: the reference of its meter.
    """

    id: int
    request_id: str
    meter_id: int
    meter: str
    kind: CommandKind
    amount: int
    setting: ParameterSetting | None


def addressed(session: Session, *, organisation_id: int, reference: str) -> Addressed:
    """Return what never changes of a command of this organisation. Raises UnknownCommandError."""
    row = session.run_sql(ADDRESSED, organisation_id=organisation_id, reference=reference).one_or_none()
    if row is None:
        raise UnknownCommandError
    setting = None if row.parameter is None else ParameterSetting.model_validate(row.parameter)
    return Addressed(row.id, row.request_id, row.meter_id, row.meter, CommandKind(row.kind), row.amount, setting)
