"""Work on site that was left: locks past their expected end, breakers a walk test did not close again."""

from datetime import timedelta

from prometheus_client.core import GaugeMetricFamily
from sqlalchemy import func, or_, select
from sqlalchemy.orm import aliased

from backend.kernel.db import Session
from backend.metering.command_models import MeterCommand
from backend.metering.lock_models import MaintenanceLock
from backend.metering.models import MeterStatus
from backend.metering.walk_models import WalkStep
from backend.operations.families import single
from meter_bridge.protocol import CommandState, SupplyState

CLOSED_WITHIN = timedelta(minutes=30)  # twice what the product waits before it closes by itself


def locks_overdue(session: Session) -> GaugeMetricFamily:
    """Return how many maintenance locks hang past the end that was expected of them."""
    overdue = select(func.count()).where(
        MaintenanceLock.taken_off_at.is_(None), MaintenanceLock.expected_until <= session.clock.now()
    )
    return single(
        "maintenance_locks_overdue", "Maintenance locks past their expected end", session.scalar(overdue) or 0
    )


def walk_breakers_open(session: Session) -> GaugeMetricFamily:
    """Return how many breakers a walk test opened long ago that say they are open still."""
    opened, closed = aliased(MeterCommand), aliased(MeterCommand)
    left = (
        select(func.count())
        .select_from(WalkStep)
        .join(opened, opened.id == WalkStep.opened_by_command)
        .join(MeterStatus, MeterStatus.meter_id == WalkStep.meter_id)
        .outerjoin(closed, closed.id == WalkStep.closed_by_command)
        .where(
            opened.queued_at <= session.clock.now() - CLOSED_WITHIN,
            MeterStatus.supply == SupplyState.OPEN,
            or_(closed.id.is_(None), closed.state != CommandState.CONFIRMED),
        )
    )
    return single("walk_breakers_open", "Breakers that a walk test left open", session.scalar(left) or 0)
