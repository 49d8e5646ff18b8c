"""The command that a bridge names: found by its reference, before anything is locked."""

from dataclasses import dataclass
from typing import LiteralString

from backend.kernel.db import Session
from backend.metering.errors import UnknownCommandError
from meter_bridge.protocol import CommandKind, ParameterSetting

ADDRESSED: LiteralString = """
SELECT id, request_id, meter_id, kind, amount, parameter FROM meter_command
WHERE organisation_id = %(organisation_id)s AND reference = %(reference)s
"""


@dataclass(frozen=True, slots=True)
class Addressed:
    """A command that a bridge names: what of it never changes, known before anything of it is locked."""

    id: int
    request_id: str
    meter_id: int
    kind: CommandKind
    amount: int
    setting: ParameterSetting | None


def addressed(session: Session, *, organisation_id: int, reference: str) -> Addressed:
    """Return what never changes of a command of this organisation. Raises UnknownCommandError."""
    row = session.run_sql(ADDRESSED, organisation_id=organisation_id, reference=reference).one_or_none()
    if row is None:
        raise UnknownCommandError
    setting = None if row.parameter is None else ParameterSetting.model_validate(row.parameter)
    return Addressed(row.id, row.request_id, row.meter_id, CommandKind(row.kind), row.amount, setting)
