"""How long ago a command was permitted, by the one clock that no process sets."""

from datetime import timedelta

from backend.kernel.db import Session
from backend.metering.command_models import MeterCommand
from backend.metering.lines.leases import LEASE_SECONDS
from meter_bridge.protocol import Order


def since_permission(session: Session, command: MeterCommand) -> timedelta:
    """Return the time since the last permission to write a command; 0 when there was none."""
    if command.signed is None:
        return timedelta()
    ends = Order.model_validate_json(command.signed["payload"]).expires_at
    return max(timedelta(), session.database_now() - (ends - session.span(LEASE_SECONDS)))
