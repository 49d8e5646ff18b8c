"""Walk a building or a line: one breaker after another is opened, seen, and closed again."""

from sqlalchemy import select

from backend.audit.recording import Actor, record
from backend.estate.models import Building, Room
from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError
from backend.lifecycle.walk_hindrance import hindrance
from backend.lifecycle.walk_switching import close_again, switch
from backend.metering.actions import MeteringAction
from backend.metering.command_models import MeterCommand
from backend.metering.models import Gateway, Line, Meter, MeterState
from backend.metering.walk_errors import WalkEmptyError, WalkNotDarkError, WalkOverError
from backend.metering.walk_models import WalkResult, WalkStep, WalkTest
from backend.staff.roles import Permission
from backend.staff.signed_in import SignedIn
from meter_bridge.protocol import CommandKind, CommandState

MAY = Permission.INSTALL_METERS


def start_walk(
    session: Session, *, who: SignedIn, building_id: int | None, line_id: int | None, cut_reason: str, request_id: str
) -> WalkTest:
    """Begin a walk through a building or along a line. Raises NotFoundError, WalkEmptyError."""
    meters = select(Meter).join(Room, Room.id == Meter.room_id).filter(Meter.state == MeterState.ACTIVE)
    if building_id is not None:
        place = select(Building.park_id).filter_by(id=building_id)
        meters = meters.where(Room.building_id == building_id)
    else:
        place = select(Gateway.park_id).join(Line, Line.gateway_id == Gateway.id).where(Line.id == line_id)
        meters = meters.where(Meter.line_id == line_id)
    park_id = session.scalars(place).one_or_none()
    if park_id is None or not who.scope(MAY).sees(who.organisation_id, park_id):
        raise NotFoundError
    found = session.scalars(meters.order_by(Room.level, Room.number, Meter.number)).all()
    if not found:
        raise WalkEmptyError
    own, now = {"organisation_id": who.organisation_id}, session.clock.now()
    walk = WalkTest(**own, park_id=park_id, building_id=building_id, line_id=line_id, cut_reason=cut_reason)
    walk.started_by, walk.started_at = who.staff_id, now
    session.add(walk)
    session.flush()
    session.add_all(WalkStep(**own, walk_id=walk.id, meter_id=meter.id) for meter in found)
    _note(session, who.actor(request_id), walk, MeteringAction.WALK_STARTED, {"meters": len(found)})
    return walk


def walk_inside(session: Session, *, who: SignedIn, walk_id: int) -> WalkTest:
    """Return a walk of the scope, alone with it. Raises NotFoundError."""
    walk = session.get(WalkTest, walk_id, with_for_update=True)
    if walk is None or not who.scope(MAY).sees(walk.organisation_id, walk.park_id):
        raise NotFoundError
    return walk


def open_step(session: Session, *, who: SignedIn, walk_id: int, step_id: int, request_id: str) -> WalkStep:
    """Open the breaker of one meter, or skip it with the reason. Raises NotFoundError, WalkOverError."""
    walk, step = _step(session, who, walk_id, step_id)
    busy = select(WalkStep.id).filter_by(walk_id=walk.id, result=None).where(WalkStep.opened_by_command.is_not(None))
    if session.scalars(busy).first() is not None:
        raise WalkOverError
    why = hindrance(session, meter_id=step.meter_id, cut_tenants=bool(walk.cut_reason))
    if why is not None:
        step.result, step.why = WalkResult.SKIPPED, why.code
        return step
    step.opened_by_command = switch(session, who.actor(request_id), walk, step, CommandKind.OPEN_BREAKER)
    return step


def judge_step(
    session: Session, *, who: SignedIn, walk_id: int, step_id: int, dark_room_id: int | None, request_id: str
) -> WalkStep:
    """Note which room went dark, or that none did, and close the breaker. Raises WalkNotDarkError, WalkOverError."""
    walk, step = _step(session, who, walk_id, step_id)
    opened = session.get(MeterCommand, step.opened_by_command) if step.opened_by_command else None
    if opened is None or opened.state is not CommandState.CONFIRMED:
        raise WalkNotDarkError
    meter = session.get_one(Meter, step.meter_id)
    step.result = WalkResult.NONE
    if dark_room_id is not None:
        step.result = WalkResult.RIGHT if dark_room_id == meter.room_id else WalkResult.CROSSED
    step.dark_room_id, step.judged_by, step.judged_at = dark_room_id, who.staff_id, session.clock.now()
    by, after = who.actor(request_id), {"found": step.result.value, "room": dark_room_id}
    record(session, by=by, action=MeteringAction.WALK_JUDGED, subject=meter, after=after, park_id=walk.park_id)
    step.closed_by_command = switch(session, by, walk, step, CommandKind.CLOSE_BREAKER)
    return step


def skip_step(session: Session, *, who: SignedIn, walk_id: int, step_id: int, request_id: str) -> WalkStep:
    """Pass a meter over; if its breaker was opened it is closed again. Raises NotFoundError, WalkOverError."""
    walk, step = _step(session, who, walk_id, step_id)
    step.result, step.judged_by, step.judged_at = WalkResult.SKIPPED, who.staff_id, session.clock.now()
    close_again(session, walk=walk, step=step, by=who.actor(request_id))
    return step


def end_walk(session: Session, *, walk: WalkTest, by: Actor) -> None:
    """End a walk and close whatever it opened."""
    if walk.ended_at is not None:
        return
    for step in session.scalars(select(WalkStep).filter_by(walk_id=walk.id, closed_by_command=None)).all():
        close_again(session, walk=walk, step=step, by=by)
    walk.ended_at = session.clock.now()
    _note(session, by, walk, MeteringAction.WALK_ENDED, None)


def _step(session: Session, who: SignedIn, walk_id: int, step_id: int) -> tuple[WalkTest, WalkStep]:
    walk, step = walk_inside(session, who=who, walk_id=walk_id), session.get(WalkStep, step_id)
    if step is None or step.walk_id != walk.id:
        raise NotFoundError
    if walk.ended_at is not None or step.result is not None:
        raise WalkOverError
    return walk, step


def _note(session: Session, by: Actor, walk: WalkTest, action: MeteringAction, after: dict[str, int] | None) -> None:
    place = session.get(Building, walk.building_id) if walk.building_id else session.get(Line, walk.line_id)
    if place is not None:
        record(session, by=by, action=action, subject=place, after=after, reason=walk.cut_reason, park_id=walk.park_id)
