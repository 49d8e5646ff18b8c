"""Ask for a change of parameters: done at once, or when a second person has agreed."""

from collections.abc import Mapping, Sequence

from backend.kernel.db import Session
from backend.metering.parameters.agreeing import KIND, facts_of, require_allowed
from backend.metering.parameters.change_models import ParameterChange
from backend.metering.parameters.errors import NothingToDoError
from backend.metering.parameters.money import SET, needs_two
from backend.metering.parameters.planning import plan_change
from backend.metering.parameters.queueing import lock_meters
from backend.metering.parameters.waiting import same_asked
from backend.metering.parameters.wanting import list_items, want
from backend.metering.parameters.wish import ParameterWish, PlannedMeter, count_asked
from backend.staff.approving import ask_approval
from backend.staff.signed_in import SignedIn
from meter_bridge.profile import Profile

Profiles = Mapping[str, Profile]


def propose(
    session: Session, *, who: SignedIn, wish: ParameterWish, profiles: Profiles, request_id: str
) -> ParameterChange:
    """Carry a change out, or where it takes two persons ask another to agree to it first, once for the same change.

    Raises NotFoundError, NothingToDoError, MoneyParameterError, ProveAgainError, NotPermittedError.
    """
    rows = plan_change(session, scope=who.scope(SET), wish=wish, profiles=profiles)
    if not any(any(row.settles(wish.values)) for row in rows):
        raise NothingToDoError
    require_allowed(session, who, wish.values, rows)
    two = needs_two(wish.values, meters=count_asked(rows, wish.values))
    if two:
        lock_meters(session, meter_ids=[row.meter.id for row in rows])
        asked = same_asked(session, wish=wish, rows=rows)
        if asked is not None:
            return asked
    change = _stored(session, who, wish, rows)
    if two:
        list_items(session, change=change, rows=rows)
        change.approval_id = ask_approval(
            session,
            who=who,
            kind=KIND,
            facts=facts_of(change, rows),
            reason=change.reason,
            park_id=change.park_id,
            request_id=request_id,
        ).id
    else:
        change.carried_out_at = session.clock.now()
        want(session, change=change, rows=rows, by=who.actor(request_id))
    session.flush()
    return change


def _stored(session: Session, who: SignedIn, wish: ParameterWish, rows: Sequence[PlannedMeter]) -> ParameterChange:
    parks = {row.building.park_id for row in rows}
    change = ParameterChange(
        organisation_id=who.organisation_id,
        park_id=parks.pop() if len(parks) == 1 else None,
        template_id=wish.template and wish.template.id,
        template_version=wish.template and wish.template.version,
        credit_unit=wish.credit_unit,
        values={code.value: value for code, value in wish.values.items()},
        found_by=wish.found_by,
        reason=wish.reason,
        asked_by=who.staff_id,
        asked_at=session.clock.now(),
    )
    session.add(change)
    session.flush()
    return change
