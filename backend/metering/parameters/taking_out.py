"""Take orders out of the queue that nobody wrote yet."""

from collections.abc import Iterable

from sqlalchemy import select

from backend.kernel.db import Session
from backend.metering.command_models import MeterCommand
from backend.metering.commands.transitions import cancel
from backend.metering.locking import FRESH
from meter_bridge.protocol import CommandState

SUPERSEDED = "superseded"


def take_out(session: Session, *, command_ids: Iterable[int], why: str) -> set[int]:
    """Cancel of these commands what surely nobody wrote; return which those were. Locks all of them."""
    wanted = sorted(set(command_ids))
    found = select(MeterCommand).where(MeterCommand.id.in_(wanted)).order_by(MeterCommand.id).with_for_update()
    gone = set()
    for command in session.scalars(found.execution_options(**FRESH)) if wanted else ():
        if command.state is CommandState.QUEUED and command.permitted_until is None:
            cancel(session, command, why=why)
            gone.add(command.id)
    return gone
