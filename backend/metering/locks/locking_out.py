"""Under a maintenance lock nothing of ours lets current flow."""

from collections.abc import Iterable

from backend.kernel.db import Session
from backend.metering.causes import CLOSING, may_close
from backend.metering.command_models import MeterCommand
from backend.metering.lock_queries import locked_among
from meter_bridge.protocol import Evidence


def is_locked_out(session: Session, command: MeterCommand, before: Evidence) -> bool:
    """Whether a lock forbids to permit this, given what the meter said just now; the meter's row must be locked."""
    if not may_close(command.kind, before.supply):
        return False
    return bool(locked_among(session, meter_ids=[command.meter_id]))


def locked_closings(session: Session, commands: Iterable[MeterCommand]) -> set[int]:
    """Return the meters of these commands that are to be closed and on which a lock hangs."""
    meters = {command.meter_id for command in commands if command.kind in CLOSING}
    return locked_among(session, meter_ids=meters) if meters else set()
