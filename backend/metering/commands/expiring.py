"""What happens when a bridge falls silent, and when a command comes too late."""

from collections.abc import Sequence
from typing import LiteralString

from sqlalchemy import bindparam, select

from backend.kernel.db import Session
from backend.metering.command_models import MeterCommand
from backend.metering.commands.transitions import cancel, lose_sight, put_back
from backend.metering.locking import FRESH
from backend.metering.models import Line, Meter
from meter_bridge.protocol import CommandState

BATCH = 100
ENDED = (
    select(Line)
    .where(Line.bridge_id.is_not(None), Line.leased_until <= bindparam("now"))
    .order_by(Line.id)
    .limit(bindparam("most"))
    .with_for_update(key_share=True, skip_locked=True)
    .execution_options(**FRESH)
)
LATE = (
    select(MeterCommand)
    .where(MeterCommand.state == CommandState.QUEUED, MeterCommand.expires_at <= bindparam("now"))
    .order_by(MeterCommand.id)
    .limit(bindparam("most"))
    .with_for_update(key_share=True, skip_locked=True)
    .execution_options(**FRESH)
)
IS_ANY_OVER: LiteralString = """
SELECT EXISTS (SELECT FROM line WHERE bridge_id IS NOT NULL AND leased_until <= %(now)s)
    OR EXISTS (SELECT FROM meter_command WHERE state = 'queued' AND expires_at <= %(now)s)
"""


def is_any_over(session: Session) -> bool:
    """Say whether a lease, or the time of a command, is over."""
    return bool(session.run_sql(IS_ANY_OVER, now=session.database_now()).scalar())


def expire_leases(session: Session, *, most: int = BATCH) -> int:
    """Free lines whose lease ended, with the commands on them, and cancel what came too late; returns how many."""
    return _free_lines(session, most) + _cancel_late(session, most)


def _free_lines(session: Session, most: int) -> int:
    """Free lines; a command that may have been written stays bound to its bridge, whose word still counts."""
    lines = session.scalars(ENDED, {"now": session.database_now(), "most": most}).all()
    for line in lines:
        line.bridge_id = line.instance = line.leased_until = line.gateway_answers = None
    for command in _in_hand(session, [line.id for line in lines]):
        if command.state is CommandState.LEASED:
            put_back(command)
        else:
            lose_sight(command)
    return len(lines)


def _in_hand(session: Session, lines: list[int]) -> Sequence[MeterCommand]:
    if not lines:
        return []
    in_hand = (
        select(MeterCommand)
        .join(Meter, Meter.id == MeterCommand.meter_id)
        .where(Meter.line_id.in_(lines), MeterCommand.state.in_((CommandState.LEASED, CommandState.SENDING)))
        .order_by(MeterCommand.id)
        .with_for_update(key_share=True, of=MeterCommand)
    )
    return session.scalars(in_hand.execution_options(**FRESH)).all()


def _cancel_late(session: Session, most: int) -> int:
    commands = session.scalars(LATE, {"now": session.database_now(), "most": most}).all()
    for command in commands:
        cancel(session, command, why="expired")
    return len(commands)
