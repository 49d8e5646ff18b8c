"""Orders of staff to meters: only what the model can do, and each kept in the audit trail."""

from collections.abc import Mapping

from backend.audit.recording import Actor, record
from backend.kernel.db import Session
from backend.metering.actions import MeteringAction
from backend.metering.causes import CommandCause
from backend.metering.command_models import MeterCommand
from backend.metering.commands.commanding import queue_command
from backend.metering.errors import NotAbleError
from backend.metering.lines.silence import Medium, medium_of
from backend.metering.lock_errors import BreakerLockedError, ValveLockedError
from backend.metering.models import Meter
from meter_bridge.profile import Profile
from meter_bridge.protocol import CommandKind

PATIENCE = 120.0  # seconds: who stands before the meter does not wait longer, and nothing shall switch after they left


def order_operation(
    session: Session,
    *,
    meter: Meter,
    kind: CommandKind,
    profiles: Mapping[str, Profile],
    by: Actor,
    reason: str | None,
    park_id: int | None,
) -> MeterCommand:
    """Queue what staff ask of a meter, for two minutes. Raises NotAbleError, and what queue_command raises."""
    profile = profiles.get(meter.profile)
    if profile is None or kind not in profile.abilities:
        raise NotAbleError(profile=profile.title if profile else meter.profile)
    try:
        command = queue_command(
            session,
            meter=meter,
            kind=kind,
            cause=CommandCause.STAFF,
            request_id=by.request_id or "",
            expires_in=PATIENCE,
        )
    except BreakerLockedError as locked:
        if medium_of(profile) is Medium.WATER:
            raise ValveLockedError(**locked.facts) from locked
        raise
    told = {"kind": kind.value, "command": command.reference}
    action = MeteringAction.COMMAND_ASKED
    record(session, by=by, action=action, subject=meter, after=told, reason=reason, park_id=park_id)
    return command


def order_clocks(
    session: Session, *, meters: list[tuple[Meter, int]], profiles: Mapping[str, Profile], by: Actor
) -> int:
    """Order every meter's clock to be right, given with its park; returns how many can be asked.

    The first that can hears it by the broadcast, and so do all others of its line: theirs are only read back then, and
    written one by one only where the broadcast did not reach.
    """
    asked, shouted = 0, False
    for meter, park_id in meters:
        able = profiles[meter.profile].abilities if meter.profile in profiles else frozenset[CommandKind]()
        if CommandKind.SYNC_CLOCK not in able:
            continue
        broadcast = not shouted and CommandKind.BROADCAST_CLOCK in able
        kind = CommandKind.BROADCAST_CLOCK if broadcast else CommandKind.SYNC_CLOCK
        order_operation(session, meter=meter, kind=kind, profiles=profiles, by=by, reason=None, park_id=park_id)
        shouted, asked = shouted or broadcast, asked + 1
    return asked
