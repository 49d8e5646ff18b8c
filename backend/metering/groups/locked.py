"""Groups under a maintenance lock: what joins is locked too, and nothing leaves."""

from collections.abc import Iterable

from sqlalchemy import select

from backend.kernel.db import Session
from backend.metering.group_models import MeterGroup
from backend.metering.lock_errors import GroupRememberedError, UnderLockError
from backend.metering.lock_models import MaintenanceLock
from backend.metering.lock_queries import group_locks
from backend.metering.locking import lock_meter


def be_alone(session: Session, *, group: MeterGroup, meter_ids: Iterable[int] = ()) -> None:
    """Be alone with a group and with meters that join it: a lock on the group counts for them from then on."""
    session.refresh(group, with_for_update=True)
    for number in sorted(meter_ids):
        lock_meter(session, number)


def refuse_leaving(session: Session, *, group: MeterGroup) -> None:
    """Let no meter slip out of a locked group. Raises UnderLockError."""
    if group_locks(session, group_ids=[group.id]):
        raise UnderLockError


def refuse_forgetting(session: Session, *, group: MeterGroup) -> None:
    """Let no group go that was ever locked. Raises GroupRememberedError."""
    if session.scalar(select(MaintenanceLock.id).filter_by(group_id=group.id).limit(1)) is not None:
        raise GroupRememberedError
