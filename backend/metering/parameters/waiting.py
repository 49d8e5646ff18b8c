"""Changes that wait for a second person, or for who carries them out."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, select

from backend.kernel.db import Session
from backend.metering.parameters.change_models import ParameterChange, ParameterChangeItem
from backend.metering.parameters.wish import ParameterWish, PlannedMeter
from backend.staff.approval_models import Approval, ApprovalState
from backend.staff.models import Staff

OPEN = (ApprovalState.WAITING, ApprovalState.APPROVED)


@dataclass(frozen=True, slots=True)
class WaitingChange:
    """A change that waits for a second person, or for who carries it out."""

    change: ParameterChange
    state: ApprovalState
    asked_by: str


def waiting_changes(session: Session, *, meter_id: int) -> Sequence[WaitingChange]:
    """Return the changes of a meter that are not carried out yet and still can be, the oldest first."""
    found = (
        _open_changes(session, meter_id=meter_id)
        .outerjoin(Staff, Staff.id == ParameterChange.asked_by)
        .add_columns(Approval.state, Staff.name)
    )
    rows = session.execute(found.order_by(ParameterChange.id))
    return [WaitingChange(change, state, name or "") for change, state, name in rows]


def same_asked(session: Session, *, wish: ParameterWish, rows: Sequence[PlannedMeter]) -> ParameterChange | None:
    """Return the change that asks for exactly this and is not carried out yet: same values, same meters."""
    meters = {row.meter.id for row in rows}
    same = _open_changes(session, meter_id=rows[0].meter.id).where(
        ParameterChange.values == {code.value: value for code, value in wish.values.items()},
        ParameterChange.credit_unit == wish.credit_unit,
        ParameterChange.template_id.is_not_distinct_from(wish.template and wish.template.id),
        ParameterChange.template_version.is_not_distinct_from(wish.template and wish.template.version),
    )
    for change in session.scalars(same.order_by(ParameterChange.id)):
        listed = select(ParameterChangeItem.meter_id).filter_by(change_id=change.id).distinct()
        if set(session.scalars(listed)) == meters:
            return change
    return None


def _open_changes(session: Session, *, meter_id: int) -> Select[ParameterChange]:
    mine = select(ParameterChangeItem.change_id).filter_by(meter_id=meter_id)
    return (
        select(ParameterChange)
        .join(Approval, Approval.id == ParameterChange.approval_id)
        .where(
            ParameterChange.id.in_(mine),
            ParameterChange.carried_out_at.is_(None),
            Approval.state.in_(OPEN),
            Approval.expires_at > session.clock.now(),
        )
    )
