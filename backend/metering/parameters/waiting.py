"""Changes that wait for a second person, or for who carries them out."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from backend.kernel.db import Session
from backend.metering.parameters.change_models import ParameterChange, ParameterChangeItem
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
    mine = select(ParameterChangeItem.change_id).filter_by(meter_id=meter_id)
    found = (
        select(ParameterChange, Approval.state, Staff.name)
        .join(Approval, Approval.id == ParameterChange.approval_id)
        .outerjoin(Staff, Staff.id == ParameterChange.asked_by)
        .where(
            ParameterChange.id.in_(mine),
            ParameterChange.carried_out_at.is_(None),
            Approval.state.in_(OPEN),
            Approval.expires_at > session.clock.now(),
        )
    )
    rows = session.execute(found.order_by(ParameterChange.id))
    return [WaitingChange(change, state, name or "") for change, state, name in rows]
