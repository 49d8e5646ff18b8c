"""What hung on a meter hangs on its successor."""

from sqlalchemy import delete, select, update

from backend.kernel.db import Session
from backend.metering.group_models import MeterGroup, MeterGroupMember
from backend.metering.groups.locked import be_alone
from backend.metering.lock_models import MaintenanceLock
from backend.metering.models import Meter


def hand_over_groups(session: Session, *, old: Meter, new: Meter) -> None:
    """Put the new meter into the groups of the old one; locks on those count for it."""
    session.flush()
    mine = select(MeterGroupMember.group_id).filter_by(meter_id=old.id)
    for group in session.scalars(select(MeterGroup).where(MeterGroup.id.in_(mine)).order_by(MeterGroup.id)).all():
        be_alone(session, group=group)
        session.execute(delete(MeterGroupMember).filter_by(group_id=group.id, meter_id=old.id))
        own = {"organisation_id": new.organisation_id}
        session.add(MeterGroupMember(**own, group_id=group.id, meter_id=new.id))
    session.flush()


def hand_over_locks(session: Session, *, old: Meter, new: Meter) -> None:
    """Let locks hang on the breaker that is there now."""
    hanging = update(MaintenanceLock).filter_by(meter_id=old.id, taken_off_at=None)
    session.execute(hanging.values(meter_id=new.id))
