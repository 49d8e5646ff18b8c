"""Which meters would get which values, which not, and why."""

from collections.abc import Mapping

from sqlalchemy import select

from backend.estate.models import Building, Room
from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError
from backend.kernel.scope import Scope
from backend.metering.groups.grouping import meters_inside
from backend.metering.models import Meter
from backend.metering.parameter_models import MeterParameter
from backend.metering.parameters.errors import TooManyMetersError
from backend.metering.parameters.unfit import Unfit, unfit_for
from backend.metering.parameters.wish import ParameterWish, PlannedMeter
from meter_bridge.profile import Profile
from meter_bridge.protocol import ParameterCode

MOST = 20_000


def plan_change(
    session: Session, *, scope: Scope, wish: ParameterWish, profiles: Mapping[str, Profile]
) -> list[PlannedMeter]:
    """Return what would become of each meter, by number. Raises NotFoundError, TooManyMetersError."""
    wanted = set(wish.meter_ids)
    if len(wanted) > MOST:
        raise TooManyMetersError(most=MOST)
    rows = session.execute(
        select(Meter, Room, Building)
        .join(Room, Room.id == Meter.room_id)
        .join(Building, Building.id == Room.building_id)
        .where(Meter.id.in_(wanted), meters_inside(scope))
        .order_by(Meter.number)
    ).all()
    if len(rows) != len(wanted):
        raise NotFoundError
    held = _held(session, wish)
    return [
        PlannedMeter(meter, room, building, _unfit(meter, wish, profiles), held.get(meter.id, {}))
        for meter, room, building in rows
    ]


def _unfit(meter: Meter, wish: ParameterWish, profiles: Mapping[str, Profile]) -> dict[ParameterCode, Unfit]:
    unit = wish.credit_unit
    judged = {
        code: unfit_for(meter, code, value, credit_unit=unit, profiles=profiles) for code, value in wish.values.items()
    }
    return {code: why for code, why in judged.items() if why is not None}


def _held(session: Session, wish: ParameterWish) -> dict[int, dict[ParameterCode, MeterParameter]]:
    known = select(MeterParameter).where(
        MeterParameter.meter_id.in_(wish.meter_ids), MeterParameter.code.in_(list(wish.values))
    )
    held: dict[int, dict[ParameterCode, MeterParameter]] = {}
    for row in session.scalars(known):
        held.setdefault(row.meter_id, {})[row.code] = row
    return held
