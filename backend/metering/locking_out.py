"""Under a maintenance lock nothing of ours lets current flow: orders are refused, what was paid for waits."""

from backend.kernel.db import Session
from backend.metering.causes import WAITING, may_close
from backend.metering.command_models import MeterCommand
from backend.metering.lock_queries import locked_among
from backend.metering.transitions import cancel, put_back, try_later
from meter_bridge.protocol import CommandKind, Evidence

LOCKED = "locked"


def is_locked_out(session: Session, command: MeterCommand, before: Evidence) -> bool:
    """Whether a lock forbids to permit this, given what the meter said just now; the meter's row must be locked."""
    if not may_close(command.kind, before.supply):
        return False
    return bool(locked_among(session, meter_ids=[command.meter_id]))


def keep_locked_out(session: Session, command: MeterCommand) -> None:
    """Put what was paid for back until the lock is off; end what somebody else ordered: it would be asked for anew."""
    if command.kind is CommandKind.TOP_UP:
        try_later(session, command)  # the meter may be found closed at the next reading
    elif command.cause in WAITING:
        put_back(command)
    else:
        cancel(session, command, why=LOCKED)
