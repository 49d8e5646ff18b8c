"""Which maintenance locks hang, and what of ours may still close a breaker under one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from sqlalchemy import ColumnElement, Select, and_, or_, select

from backend.kernel.db import Session
from backend.metering.causes import CLOSING, LETTING_CLOSE
from backend.metering.command_models import MeterCommand
from backend.metering.group_models import MeterGroup, MeterGroupMember
from backend.metering.lock_models import MaintenanceLock
from backend.metering.models import Meter
from backend.staff.models import Staff
from meter_bridge.protocol import CommandState

LOCKED_AMONG: LiteralString = """
SELECT meter.id FROM meter
WHERE meter.id = ANY(%(meters)s) AND EXISTS (
    SELECT FROM maintenance_lock hung
    WHERE hung.taken_off_at IS NULL
      AND (hung.meter_id = meter.id
           OR hung.group_id IN (SELECT group_id FROM meter_group_member WHERE meter_id = meter.id)))
"""


@dataclass(frozen=True, slots=True)
class HungLock:
    """A lock that hangs, who hung it, and the group it hangs on, if it is one."""

    lock: MaintenanceLock
    who: str
    group: str | None


def locked_among(session: Session, *, meter_ids: Iterable[int]) -> set[int]:
    """Return which of these meters a lock hangs on, on themselves or on a group they are in."""
    return set(session.run_sql(LOCKED_AMONG, meters=list(meter_ids)).scalars())


def locks_of(session: Session, *, meter_ids: Iterable[int]) -> dict[int, list[HungLock]]:
    """Return the locks that hang on each of these meters, the oldest first."""
    rows = (
        select(Meter.id, MaintenanceLock, Staff.name, MeterGroup.name)
        .select_from(Meter)
        .join(MaintenanceLock, _hangs())
        .join(Staff, Staff.id == MaintenanceLock.hung_by)
        .outerjoin(MeterGroup, MeterGroup.id == MaintenanceLock.group_id)
        .where(Meter.id.in_(meter_ids))
        .order_by(MaintenanceLock.id)
    )
    found: dict[int, list[HungLock]] = {}
    for meter_id, lock, who, group in session.execute(rows):
        found.setdefault(meter_id, []).append(HungLock(lock, who, group))
    return found


def closings_allowed(session: Session, *, meter_ids: Iterable[int]) -> dict[int, datetime]:
    """Return the meters that something of ours may yet close, permitted before a lock was hung, and until when."""
    now = session.database_now()
    sent = select(MeterCommand).where(
        MeterCommand.meter_id.in_(meter_ids),
        MeterCommand.kind.in_(CLOSING | LETTING_CLOSE),
        or_(
            MeterCommand.state.in_((CommandState.SENDING, CommandState.UNKNOWN)),
            MeterCommand.permitted_until > now,
        ),
    )
    found: dict[int, datetime] = {}
    for command in session.scalars(sent):
        until = command.permitted_until or command.next_attempt_at or now
        found[command.meter_id] = max(until, found.get(command.meter_id, until))
    return found


def meters_under(session: Session, *, lock: MaintenanceLock) -> Sequence[int]:
    """Return which meters a lock hangs on."""
    return session.scalars(select(Meter.id).where(targets(lock)).order_by(Meter.id)).all()


def waiting_on(meter_ids: Iterable[int]) -> Select[int]:
    """Ask for the commands that may wait for a lock on these meters, and be alone with them."""
    waiting = select(MeterCommand.id).where(
        MeterCommand.meter_id.in_(meter_ids), MeterCommand.state == CommandState.QUEUED
    )
    return waiting.order_by(MeterCommand.id).with_for_update(key_share=True)


def targets(lock: MaintenanceLock) -> ColumnElement[bool]:
    """Say in a query that a lock hangs on this meter."""
    if lock.meter_id is not None:
        return Meter.id == lock.meter_id
    return Meter.id.in_(select(MeterGroupMember.meter_id).filter_by(group_id=lock.group_id))


def group_locks(session: Session, *, group_ids: Iterable[int]) -> Sequence[MaintenanceLock]:
    """Return the locks that hang on these groups."""
    hung = select(MaintenanceLock).where(
        MaintenanceLock.group_id.in_(group_ids), MaintenanceLock.taken_off_at.is_(None)
    )
    return session.scalars(hung.order_by(MaintenanceLock.id)).all()


def _hangs() -> ColumnElement[bool]:
    """Say that a lock hangs on the meter of the query, on itself or on a group it is in."""
    groups = select(MeterGroupMember.group_id).where(MeterGroupMember.meter_id == Meter.id).correlate(Meter)
    on = or_(MaintenanceLock.meter_id == Meter.id, MaintenanceLock.group_id.in_(groups))
    return and_(MaintenanceLock.taken_off_at.is_(None), on)
