"""Carry out what two persons agreed to."""

from collections.abc import Mapping

from sqlalchemy import select

from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError
from backend.metering.parameters.agreeing import KIND, facts_of, require_allowed
from backend.metering.parameters.change_models import ParameterChange, ParameterChangeItem
from backend.metering.parameters.errors import ChangeDoneError
from backend.metering.parameters.money import SET
from backend.metering.parameters.planning import plan_change
from backend.metering.parameters.wanting import want
from backend.metering.parameters.wish import ParameterWish
from backend.staff.approving import use_approval
from backend.staff.signed_in import SignedIn
from meter_bridge.profile import Profile
from meter_bridge.protocol import ParameterCode


def carry_out(
    session: Session, *, who: SignedIn, change_id: int, profiles: Mapping[str, Profile], request_id: str
) -> ParameterChange:
    """Carry out what two persons agreed to; what has become impossible meanwhile is left with its reason.

    Raises NotFoundError, ChangeDoneError, ApprovalMissingError, MoneyParameterError, ProveAgainError.
    """
    change = session.get(ParameterChange, change_id, with_for_update=True, populate_existing=True)
    if change is None or not who.scope(SET).sees(change.organisation_id, change.park_id):
        raise NotFoundError
    if change.carried_out_at is not None:
        raise ChangeDoneError
    values = {ParameterCode(code): value for code, value in change.values.items()}
    listed = select(ParameterChangeItem.meter_id).filter_by(change_id=change.id).distinct()
    wish = ParameterWish(values, tuple(session.scalars(listed)), change.credit_unit)
    rows = plan_change(session, scope=who.scope(SET), wish=wish, profiles=profiles)
    require_allowed(session, who, values, rows)
    facts, approval_id = facts_of(change, rows), change.approval_id or 0
    use_approval(session, who=who, approval_id=approval_id, kind=KIND, facts=facts, request_id=request_id)
    change.carried_out_at = session.clock.now()
    want(session, change=change, rows=rows, by=who.actor(request_id))
    return change
