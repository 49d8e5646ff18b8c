"""What was wanted of a meter is wanted of its successor, as far as that one can."""

from collections.abc import Mapping

from sqlalchemy import select

from backend.estate.models import Building, Room
from backend.kernel.db import Session
from backend.metering.models import Meter
from backend.metering.parameter_models import MeterParameter
from backend.metering.parameters.change_models import ParameterChange
from backend.metering.parameters.unfit import unfit_for
from backend.metering.parameters.wanting import want
from backend.metering.parameters.wish import PlannedMeter
from backend.staff.signed_in import SignedIn
from meter_bridge.profile import Profile


def hand_over_parameters(
    session: Session, *, who: SignedIn, old: Meter, new: Meter, profile: Profile, reason: str, request_id: str
) -> None:
    """Order a new meter to hold what the old one was to hold; what its model cannot is noted with the reason."""
    known = select(MeterParameter).filter_by(meter_id=old.id).where(MeterParameter.wanted.is_not(None))
    wanted = {one.code: one.wanted for one in session.scalars(known.order_by(MeterParameter.code))}
    if not wanted:
        return
    room = session.get_one(Room, new.room_id)
    building = session.get_one(Building, room.building_id)
    now = session.clock.now()
    change = ParameterChange(
        organisation_id=new.organisation_id,
        park_id=building.park_id,
        credit_unit=new.credit_unit,
        values={code.value: value for code, value in wanted.items()},
        reason=reason,
        asked_by=who.staff_id,
        asked_at=now,
        carried_out_at=now,
    )
    session.add(change)
    session.flush()
    profiles: Mapping[str, Profile] = {profile.code: profile}
    unit = old.credit_unit
    judged = {code: unfit_for(new, code, value, credit_unit=unit, profiles=profiles) for code, value in wanted.items()}
    unfit = {code: why for code, why in judged.items() if why is not None}
    row = PlannedMeter(new, room, building, unfit)
    want(session, change=change, rows=[row], by=who.actor(request_id))
    own = {"organisation_id": new.organisation_id, "meter_id": new.id, "change_id": change.id}
    session.add_all(MeterParameter(**own, code=code, wanted=wanted[code], unfit=why) for code, why in unfit.items())
    session.flush()
