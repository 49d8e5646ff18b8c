"""What stands at a breaker: who holds it, and the locks that hang there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from backend.admin.kit.media import medium_of_model
from backend.kernel.db import Session
from backend.metering.group_models import MeterGroup, MeterGroupMember
from backend.metering.lines.silence import Medium
from backend.metering.lock_models import MaintenanceLock
from backend.metering.lock_queries import HungLock, closings_allowed, locks_of, meters_under, targets
from backend.metering.locks.unlocking_together import agreed_removal
from backend.metering.models import Meter
from backend.supply.holding import Hold
from backend.supply.holds import holds_of


@dataclass(frozen=True, slots=True)
class Locking:
    """Who holds its breaker, the locks that hang there and who may take them off, and what could close it yet."""

    hold: Hold
    locks: Sequence[HungLock]
    agreed: frozenset[int]
    groups: Sequence[MeterGroup]
    closing_until: datetime | None


@dataclass(frozen=True, slots=True)
class LockEffect:
    """What the meters under a lock measure, and whether something of ours may restore supply there yet.

    medium: electricity where one of them does, because its words are graver.
    """

    medium: Medium
    may_close_yet: bool


def locking_of(session: Session, *, meter_id: int) -> Locking:
    """Return what stands at the breaker of a meter."""
    hung = locks_of(session, meter_ids=[meter_id])
    here = hung.get(meter_id, [])
    agreed = {each.lock.id for each in here if agreed_removal(session, lock=each.lock) is not None}
    member = select(MeterGroupMember.group_id).filter_by(meter_id=meter_id)
    groups = session.scalars(select(MeterGroup).where(MeterGroup.id.in_(member)).order_by(MeterGroup.name)).all()
    hold = holds_of(session, meter_ids=[meter_id], locks=hung)[meter_id]
    until = closings_allowed(session, meter_ids=[meter_id]).get(meter_id) if here else None
    return Locking(hold, here, frozenset(agreed), groups, until)


def effect_of(session: Session, lock: MaintenanceLock) -> LockEffect:
    """Return what a lock is about."""
    codes = session.scalars(select(Meter.profile).where(targets(lock)).distinct())
    medium = Medium.WATER if {medium_of_model(code) for code in codes} == {Medium.WATER} else Medium.ELECTRICITY
    allowed = closings_allowed(session, meter_ids=meters_under(session, lock=lock))
    return LockEffect(medium, may_close_yet=bool(allowed))
