"""Walks that nobody goes on with: what they opened is closed."""

from datetime import timedelta

from sqlalchemy import select

from backend.audit.recording import SYSTEM
from backend.kernel.db import Session
from backend.lifecycle.walk_switching import close_again
from backend.metering.command_models import MeterCommand
from backend.metering.lock_errors import BreakerLockedError
from backend.metering.walk_models import WalkResult, WalkStep, WalkTest

PATIENCE = timedelta(minutes=15)  # for going to the room and looking


def close_left_open(session: Session, *, most: int) -> int:
    """Close breakers that walks opened and nobody judged in time; the step counts as skipped. Returns how many.

    One under a lock is tried again later.
    """
    long_ago = session.clock.now() - PATIENCE
    left = (
        select(WalkStep)
        .join(MeterCommand, MeterCommand.id == WalkStep.opened_by_command)
        .where(WalkStep.closed_by_command.is_(None), MeterCommand.queued_at <= long_ago)
        .order_by(WalkStep.id)
        .limit(most)
        .with_for_update(of=WalkStep, skip_locked=True)
    )
    closed = 0
    for step in session.scalars(left).all():
        try:
            close_again(session, walk=session.get_one(WalkTest, step.walk_id), step=step, by=SYSTEM)
        except BreakerLockedError:
            continue
        step.result = step.result or WalkResult.SKIPPED
        closed += 1
    return closed
