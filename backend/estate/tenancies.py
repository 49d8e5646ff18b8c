"""Who holds which room, from which day until which; no two at once."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select

from backend.audit.recording import Actor, record
from backend.estate.actions import EstateAction
from backend.estate.errors import RoomOccupiedError
from backend.estate.holder_errors import DatesUnfitError
from backend.estate.holders import holder_inside
from backend.estate.models import Room, Tenancy
from backend.estate.places import building_inside
from backend.estate.rooms import live_room
from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError
from backend.kernel.inserting import insert, refusing
from backend.kernel.scope import Scope


def begin_tenancy(
    session: Session,
    *,
    scope: Scope,
    room_id: int,
    holder_id: int,
    starts_on: date,
    ends_on: date | None = None,
    by: Actor,
) -> Tenancy:
    """Let a room to a holder; ends_on is the first day it is free again.

    Raises NotFoundError, RoomRetiredError, DatesUnfitError, and RoomOccupiedError when it overlaps another tenancy.
    """
    room, building = live_room(session, scope=scope, room_id=room_id)
    holder = holder_inside(session, scope=scope, holder_id=holder_id)
    if ends_on is not None and ends_on <= starts_on:
        raise DatesUnfitError
    tenancy = Tenancy(
        organisation_id=room.organisation_id,
        room_id=room.id,
        holder_id=holder.id,
        starts_on=starts_on,
        ends_on=ends_on,
    )
    insert(session, tenancy, **_occupied(room))
    after = {"holder": holder.id, "name": holder.name, "from": starts_on, "to": ends_on}
    record(session, by=by, action=EstateAction.TENANCY_BEGUN, subject=room, after=after, park_id=building.park_id)
    return tenancy


def end_tenancy(session: Session, *, scope: Scope, tenancy_id: int, ends_on: date, reason: str, by: Actor) -> Tenancy:
    """End a tenancy on a day, or move its end. Raises NotFoundError, DatesUnfitError, RoomOccupiedError."""
    tenancy = session.get(Tenancy, tenancy_id, with_for_update=True, populate_existing=True)
    if tenancy is None:
        raise NotFoundError
    room = session.get_one(Room, tenancy.room_id)
    building = building_inside(session, scope=scope, building_id=room.building_id)
    if ends_on <= tenancy.starts_on:
        raise DatesUnfitError
    before = {"holder": tenancy.holder_id, "to": tenancy.ends_on}
    with refusing(session, **_occupied(room)):
        tenancy.ends_on = ends_on
    record(
        session,
        by=by,
        action=EstateAction.TENANCY_ENDED,
        subject=room,
        before=before,
        after={"holder": tenancy.holder_id, "to": ends_on},
        reason=reason,
        park_id=building.park_id,
    )
    return tenancy


def tenancies_of_room(session: Session, *, room_id: int) -> Sequence[Tenancy]:
    """Return who held a room, the newest first."""
    return session.scalars(select(Tenancy).filter_by(room_id=room_id).order_by(Tenancy.starts_on.desc())).all()


def _occupied(room: Room) -> dict[str, RoomOccupiedError]:
    refusal = RoomOccupiedError(number=room.number)
    return {"ex_tenancy_overlap": refusal, "uq_tenancy_open": refusal}
