"""Order once more what a change wants of meters whose orders came to nothing."""

from backend.audit.recording import Change, record_many
from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError
from backend.metering.actions import MeteringAction
from backend.metering.parameters.change_models import ParameterChange
from backend.metering.parameters.errors import NothingWantedError
from backend.metering.parameters.keeping import codes_of
from backend.metering.parameters.money import SET, is_priced, require_priced
from backend.metering.parameters.ordering_again import order_again
from backend.metering.parameters.queueing import lock_meters
from backend.metering.parameters.stuck import stuck_parameters
from backend.metering.parameters.telling import as_told
from backend.staff.signed_in import SignedIn


def write_change_again(session: Session, *, who: SignedIn, change_id: int, request_id: str) -> int:
    """Order once more what came to nothing; two persons agreed to it then. Returns how many orders those are.

    Raises NotFoundError, NothingWantedError, MoneyParameterError, ProveAgainError.
    """
    change = session.get(ParameterChange, change_id, with_for_update=True, populate_existing=True)
    if change is None or not who.scope(SET).sees(change.organisation_id, change.park_id):
        raise NotFoundError
    require_priced(who, codes_of(change), [change.park_id or 0])
    if is_priced(codes_of(change)):
        who.require_proof(session.clock.now())
    stuck = stuck_parameters(change.id)
    lock_meters(session, meter_ids=[meter.id for _, meter in session.execute(stuck)])
    rows = session.execute(stuck.execution_options(populate_existing=True)).all()
    if not rows:
        raise NothingWantedError
    order_again(session, [one for one, _ in rows], request_id=request_id)
    told = [
        Change(meter, after={"parameters": as_told({one.code: one.wanted}, meter.credit_unit)}, park_id=change.park_id)
        for one, meter in rows
    ]
    by, action = who.actor(request_id), MeteringAction.PARAMETER_AGAIN
    record_many(session, by=by, action=action, changes=told, reason=change.reason)
    return len(rows)
