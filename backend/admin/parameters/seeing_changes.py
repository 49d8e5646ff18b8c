"""What became of a change of parameters at each of its meters."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, case, func, select

from backend.estate.models import Building, Room
from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError
from backend.kernel.scope import Scope
from backend.metering.command_models import MeterCommand
from backend.metering.models import Meter
from backend.metering.parameters.change_models import ParameterChange, ParameterChangeItem
from backend.metering.parameters.stuck import stuck_parameters
from backend.metering.parameters.template_models import ParameterTemplate
from backend.staff.approval_models import Approval
from backend.staff.models import Staff

MOST = 500
NOT_POSSIBLE, NOT_SENT = "not_possible", "not_sent"
FIRST = (NOT_POSSIBLE, "refused", "cancelled")  # of a long list what somebody must look at


@dataclass(frozen=True, slots=True)
class ItemSight:
    """One value at one meter. state: of its order, or why there is none."""

    item: ParameterChangeItem
    meter: Meter
    place: str
    state: str
    note: str


@dataclass(frozen=True, slots=True)
class ChangeSight:
    """A change, who asked for it, who decided on it, what it came from, and what became of it.

    stuck: how many of its values came to nothing and are still wanted.
    """

    change: ParameterChange
    asked_by: str
    decided_by: str
    template: ParameterTemplate | None
    approval: Approval | None
    counts: Counter[str]
    items: Sequence[ItemSight]
    stuck: int


def change_sight(session: Session, *, scope: Scope, change_id: int) -> ChangeSight:
    """Return a change of the scope. Raises NotFoundError."""
    change = session.get(ParameterChange, change_id)
    if change is None or not scope.sees(change.organisation_id, change.park_id):
        raise NotFoundError
    template = session.get(ParameterTemplate, change.template_id) if change.template_id else None
    approval = session.get(Approval, change.approval_id) if change.approval_id else None
    decided_by = _name(session, approval.decided_by if approval else None)
    state = _state().label("state")
    mine = (
        select(ParameterChangeItem, Meter, Building.name, Room.number, state, MeterCommand.note)
        .join(Meter, Meter.id == ParameterChangeItem.meter_id)
        .join(Room, Room.id == Meter.room_id)
        .join(Building, Building.id == Room.building_id)
        .outerjoin(MeterCommand, MeterCommand.id == ParameterChangeItem.command_id)
        .where(ParameterChangeItem.change_id == change.id)
    )
    counts = Counter(session.scalars(mine.with_only_columns(state)))
    firsts = case((state.in_(FIRST), 0), else_=1)
    rows = session.execute(mine.order_by(firsts, Meter.number, ParameterChangeItem.code).limit(MOST))
    items = [ItemSight(row[0], row[1], f"{row[2]} {row[3]}", row[4], row[5] or "") for row in rows]
    stuck = session.scalar(select(func.count()).select_from(stuck_parameters(change.id).subquery())) or 0
    asked_by = _name(session, change.asked_by)
    return ChangeSight(change, asked_by, decided_by, template, approval, counts, items, stuck)


def _name(session: Session, staff_id: int | None) -> str:
    return "" if staff_id is None else session.get_one(Staff, staff_id).name


def _state() -> ColumnElement[str]:
    item = ParameterChangeItem
    return case(
        (item.unfit.is_not(None), NOT_POSSIBLE),
        (item.command_id.is_(None), NOT_SENT),
        else_=MeterCommand.state,
    )
