"""Group meters, as staff do."""

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from backend.audit.recording import Actor, record
from backend.estate.errors import NameTakenError
from backend.estate.models import Building, Room
from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError
from backend.kernel.inserting import insert, refusing
from backend.kernel.scope import Scope
from backend.metering.actions import MeteringAction
from backend.metering.group_models import MeterGroup, MeterGroupMember
from backend.metering.groups.locked import be_alone, refuse_forgetting, refuse_leaving
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


def describe_group(session: Session, *, scope: Scope, group_id: int, name: str, remark: str, by: Actor) -> None:
    """Give a group another name and remark. Raises NotFoundError, NameTakenError."""
    group = group_inside(session, scope=scope, group_id=group_id)
    before = {"name": group.name, "remark": group.remark}
    after = {"name": name, "remark": remark}
    if before == after:
        return
    with refusing(session, uq_meter_group_organisation_id_name=NameTakenError(name=name)):
        group.name, group.remark = name, remark
    action, park = MeteringAction.GROUP_DESCRIBED, group.park_id
    record(session, by=by, action=action, subject=group, before=before, after=after, park_id=park)


def dissolve_group(session: Session, *, scope: Scope, group_id: int, by: Actor) -> None:
    """End a group; its meters stay where they are. Raises NotFoundError, GroupRememberedError."""
    group = group_inside(session, scope=scope, group_id=group_id)
    be_alone(session, group=group)
    refuse_forgetting(session, group=group)
    gone = delete(MeterGroupMember).where(MeterGroupMember.group_id == group.id).returning(MeterGroupMember.meter_id)
    before = {"name": group.name, "meters": sorted(session.scalars(gone))}
    record(session, by=by, action=MeteringAction.GROUP_DISSOLVED, subject=group, before=before, park_id=group.park_id)
    session.delete(group)


def put_in_group(session: Session, *, scope: Scope, group_id: int, meter_ids: Iterable[int], by: Actor) -> int:
    """Put meters into a group and return how many were not in it. Raises NotFoundError for one outside the scope."""
    group, wanted = group_inside(session, scope=scope, group_id=group_id), sorted(set(meter_ids))
    known = session.scalars(select(Meter.id).where(Meter.id.in_(wanted), meters_inside(scope))).all()
    if len(known) != len(wanted):
        raise NotFoundError
    be_alone(session, group=group, meter_ids=wanted)
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
    be_alone(session, group=group)
    refuse_leaving(session, group=group)
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


def park_of_meter(session: Session, *, scope: Scope, meter_id: int) -> int:
    """Return in which park a meter of the scope hangs. Raises NotFoundError."""
    place = select(Building.park_id).join(Room, Room.building_id == Building.id).join(Meter, Meter.room_id == Room.id)
    park_id = session.scalars(place.where(Meter.id == meter_id, meters_inside(scope))).one_or_none()
    if park_id is None:
        raise NotFoundError
    return park_id


def meters_inside(scope: Scope) -> ColumnElement[bool]:
    """Say in a query that a meter hangs in a room of the scope."""
    rooms = select(Room.id).join(Building, Building.id == Room.building_id)
    return Meter.room_id.in_(rooms.where(scope.within(Building.organisation_id, Building.park_id)))
