"""Walk tests with their steps, inside a scope."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import aliased

from backend.admin.kit.language import language
from backend.estate.models import Building, Room
from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError
from backend.kernel.scope import Scope
from backend.metering.command_models import MeterCommand
from backend.metering.models import Gateway, Line, Meter
from backend.metering.walk_errors import WHYS
from backend.metering.walk_models import WalkResult, WalkStep, WalkTest
from backend.staff.models import Staff
from meter_bridge.protocol import CommandState


@dataclass(frozen=True, slots=True)
class StepSight:
    """A step with its meter and room, the room that went dark, and how far its commands are."""

    step: WalkStep
    meter: Meter
    room: Room
    dark: Room | None
    opened: MeterCommand | None
    closed: MeterCommand | None

    @property
    def why(self) -> str:
        """Say why it was skipped."""
        kind = WHYS.get(self.step.why)
        return kind().sentence(language()) if kind else ""

    @property
    def is_dark(self) -> bool:
        """Whether the meter confirmed that its breaker is open, and nobody said yet what went dark."""
        confirmed = self.opened is not None and self.opened.state is CommandState.CONFIRMED
        return confirmed and self.step.result is None


@dataclass(frozen=True, slots=True)
class WalkSight:
    """A walk, where, by whom, and its steps."""

    walk: WalkTest
    place: str
    who: str
    steps: Sequence[StepSight]

    @property
    def present(self) -> StepSight | None:
        """The step the walk is at: the one whose breaker is open, else the first that nobody dealt with."""
        left = [each for each in self.steps if each.step.result is None]
        begun = [each for each in left if each.opened is not None]
        return next(iter(begun or left), None) if self.walk.ended_at is None else None

    @property
    def waits(self) -> bool:
        """Whether a meter is still to confirm something."""
        told = [command for each in self.steps for command in (each.opened, each.closed) if command]
        return any(command.settled_at is None for command in told)

    @property
    def crossed(self) -> list[tuple[StepSight, StepSight]]:
        """Pairs of meters that feed each other's room."""
        odd = {each.room.id: each for each in self.steps if each.step.result is WalkResult.CROSSED}
        pairs = [(each, odd.get(each.step.dark_room_id or 0)) for each in odd.values()]
        return [(a, b) for a, b in pairs if b and b.step.dark_room_id == a.room.id and a.step.id < b.step.id]


def walk_seen(session: Session, *, scope: Scope, walk_id: int) -> WalkSight:
    """Return a walk of the scope. Raises NotFoundError."""
    walk = session.get(WalkTest, walk_id)
    if walk is None or not scope.sees(walk.organisation_id, walk.park_id):
        raise NotFoundError
    return _sight(session, walk, steps=_steps(session, walk_id))


def walks_seen(session: Session, *, scope: Scope, most: int = 50) -> list[WalkSight]:
    """Return the newest walks of a scope, without their steps."""
    inside = select(WalkTest).where(scope.within(WalkTest.organisation_id, WalkTest.park_id))
    walks = session.scalars(inside.order_by(WalkTest.id.desc()).limit(most)).all()
    return [_sight(session, walk, steps=()) for walk in walks]


def _sight(session: Session, walk: WalkTest, *, steps: Sequence[StepSight]) -> WalkSight:
    who = session.scalars(select(Staff.name).filter_by(id=walk.started_by)).one()
    return WalkSight(walk, place_of(session, walk), who, steps)


def place_of(session: Session, walk: WalkTest) -> str:
    """Return what the place of a walk is called."""
    if walk.building_id is not None:
        return session.get_one(Building, walk.building_id).name
    line = session.get_one(Line, walk.line_id)
    return f"{session.get_one(Gateway, line.gateway_id).name}:{line.port}"


def _steps(session: Session, walk_id: int) -> list[StepSight]:
    dark, opened, closed = aliased(Room), aliased(MeterCommand), aliased(MeterCommand)
    rows = (
        select(WalkStep, Meter, Room, dark, opened, closed)
        .join(Meter, Meter.id == WalkStep.meter_id)
        .join(Room, Room.id == Meter.room_id)
        .outerjoin(dark, dark.id == WalkStep.dark_room_id)
        .outerjoin(opened, opened.id == WalkStep.opened_by_command)
        .outerjoin(closed, closed.id == WalkStep.closed_by_command)
        .filter(WalkStep.walk_id == walk_id)
        .order_by(WalkStep.id)
    )
    return [StepSight(*row) for row in session.execute(rows)]
