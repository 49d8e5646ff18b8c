"""Group meters, as staff do."""

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from backend.audit.recording import Actor, record
from backend.estate.errors import NameTakenError
from backend.estate.models import Building, Room
from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError
from backend.kernel.inserting import insert
from backend.kernel.scope import Scope
from backend.metering.actions import MeteringAction
from backend.metering.group_models import MeterGroup, MeterGroupMember
from backend.metering.lock_errors import UnderLockError
from backend.metering.lock_queries import group_locks
from backend.metering.locking import lock_meter
from backend.metering.models import Meter


def make_group(
    session: Session, *, scope: Scope, name: str, park_id: int | None, remark: str = "", by: Actor
) -> MeterGroup:
    """Add a group of one park, or with none of the whole organisation. Raises NotFoundError, NameTakenError."""
    scope.require(scope.organisation_id, park_id)
    group = MeterGroup(organisation_id=scope.organisation_id, name=name, park_id=park_id, remark=remark)
    insert(session, group, uq_meter_group_organisation_id_name=NameTakenError(name=name))
    record(session, by=by, action=MeteringAction.GROUP_MADE, subject=group, after={"name": name}, park_id=park_id)
    return group


def put_in_group(session: Session, *, scope: Scope, group_id: int, meter_ids: Iterable[int], by: Actor) -> int:
    """Put meters into a group and return how many were not in it. Raises NotFoundError for one outside the scope."""
    group, wanted = group_inside(session, scope=scope, group_id=group_id), sorted(set(meter_ids))
    known = session.scalars(select(Meter.id).where(Meter.id.in_(wanted), meters_inside(scope))).all()
    if len(known) != len(wanted):
        raise NotFoundError
    _lock_rows(session, group, wanted)
    rows = [{"organisation_id": group.organisation_id, "group_id": group.id, "meter_id": meter} for meter in wanted]
    new = upsert(MeterGroupMember).values(rows).on_conflict_do_nothing().returning(MeterGroupMember.meter_id)
    joined = session.scalars(new).all() if rows else []
    if joined:
        after = {"meters": sorted(joined)}
        record(session, by=by, action=MeteringAction.GROUP_JOINED, subject=group, after=after, park_id=group.park_id)
    return len(joined)


def take_from_group(session: Session, *, scope: Scope, group_id: int, meter_ids: Iterable[int], by: Actor) -> None:
    """Take meters out of a group. Raises NotFoundError, and UnderLockError while a maintenance lock hangs on it."""
    group = group_inside(session, scope=scope, group_id=group_id)
    _lock_rows(session, group, ())
    if group_locks(session, group_ids=[group.id]):
        raise UnderLockError
    gone = delete(MeterGroupMember).where(
        MeterGroupMember.group_id == group.id, MeterGroupMember.meter_id.in_(sorted(set(meter_ids)))
    )
    left = session.scalars(gone.returning(MeterGroupMember.meter_id)).all()
    if left:
        before = {"meters": sorted(left)}
        record(session, by=by, action=MeteringAction.GROUP_LEFT, subject=group, before=before, park_id=group.park_id)


def groups_seen(session: Session, *, scope: Scope) -> Sequence[MeterGroup]:
    """Return the groups of a scope by name."""
    inside = scope.within(MeterGroup.organisation_id, MeterGroup.park_id)
    return session.scalars(select(MeterGroup).where(inside).order_by(MeterGroup.name)).all()


def meters_of_group(session: Session, *, scope: Scope, group_id: int) -> Sequence[Meter]:
    """Return the meters of a group by number. Raises NotFoundError."""
    group = group_inside(session, scope=scope, group_id=group_id)
    members = select(MeterGroupMember.meter_id).filter_by(group_id=group.id)
    return session.scalars(select(Meter).where(Meter.id.in_(members)).order_by(Meter.number)).all()


def group_inside(session: Session, *, scope: Scope, group_id: int) -> MeterGroup:
    """Return a group of the scope. Raises NotFoundError."""
    group = session.get(MeterGroup, group_id)
    if group is None or not scope.sees(group.organisation_id, group.park_id):
        raise NotFoundError
    return group


def _lock_rows(session: Session, group: MeterGroup, meter_ids: Iterable[int]) -> None:
    """Be alone with a group and with meters that join it: a lock on the group counts for them from then on."""
    session.refresh(group, with_for_update=True)
    for number in meter_ids:
        lock_meter(session, number)


def meters_inside(scope: Scope) -> ColumnElement[bool]:
    """Say in a query that a meter hangs in a room of the scope."""
    rooms = select(Room.id).join(Building, Building.id == Room.building_id)
    return Meter.room_id.in_(rooms.where(scope.within(Building.organisation_id, Building.park_id)))
