"""What the demo's meters are to hold: a template of the shops, a value changed on site, a price to agree on."""

from collections.abc import Mapping

from sqlalchemy import select

from backend.cli.seeding_credit import seated
from backend.estate.models import Building, Room
from backend.kernel.db import Session
from backend.kernel.scope import Scope
from backend.metering.command_models import MeterCommand
from backend.metering.commands.transitions import confirm
from backend.metering.models import Meter
from backend.metering.parameters.change_models import ParameterChange, ParameterChangeItem
from backend.metering.parameters.changing import propose
from backend.metering.parameters.templates import make_template, set_in_template
from backend.metering.parameters.wish import ParameterWish
from meter_bridge.profile import Profile
from meter_bridge.protocol import CreditUnit, ParameterCode

SHOPS, ONE = "B座", ("A座", "302")
TEMPLATE = {
    ParameterCode.LOW_CREDIT_THRESHOLD_1: 5_000,
    ParameterCode.LOW_CREDIT_THRESHOLD_2: 2_000,
    ParameterCode.OVERLOAD_LIMIT: 8_000,
}
PRICES = {"critical_peak": 1_320_000, "peak": 1_100_000, "flat": 760_000, "valley": 420_000, "deep_valley": 310_000}


def want_parameters(session: Session, *, organisation_id: int, profiles: Mapping[str, Profile]) -> None:
    """Apply a template, leave one value that its meter does not hold, and ask for one price."""
    alice, erin = seated(session, "alice"), seated(session, "erin")
    scope = Scope(organisation_id)
    by = alice.actor("seed")
    template = make_template(
        session,
        scope=scope,
        name="商铺标准",
        park_id=None,
        credit_unit=CreditUnit.MONEY,
        remark="报警金额与负荷",
        by=by,
    )
    for code, value in TEMPLATE.items():
        number = template.id
        set_in_template(session, who=alice, scope=scope, template_id=number, code=code, value=value, request_id="seed")
    shops = tuple(meter.id for meter in _meters(session, organisation_id, SHOPS))
    wish = ParameterWish(TEMPLATE, shops, CreditUnit.MONEY, "商铺统一报警金额", template)
    propose(session, who=alice, wish=wish, profiles=profiles, request_id="seed")
    (one,) = _meters(session, organisation_id, *ONE)
    once = ParameterWish({ParameterCode.LOW_CREDIT_THRESHOLD_1: 3_000}, (one.id,), CreditUnit.MONEY, "租户要求")
    _was_done(session, propose(session, who=alice, wish=once, profiles=profiles, request_id="seed"))
    dearer = ParameterWish({ParameterCode.UNIT_PRICES: PRICES}, (one.id,), CreditUnit.MONEY, "执行新的分时电价")
    propose(session, who=erin, wish=dearer, profiles=profiles, request_id="seed")


def _was_done(session: Session, change: ParameterChange) -> None:
    """Let a change have come true before the demo began: what the meter holds now was changed on site since."""
    mine = select(ParameterChangeItem.command_id).filter_by(change_id=change.id)
    for command in session.scalars(select(MeterCommand).where(MeterCommand.id.in_(mine))):
        confirm(session, command)


def _meters(session: Session, organisation_id: int, building: str, room: str | None = None) -> list[Meter]:
    found = (
        select(Meter)
        .join(Room, Room.id == Meter.room_id)
        .join(Building, Building.id == Room.building_id)
        .where(Meter.organisation_id == organisation_id, Building.name == building)
    )
    return list(session.scalars(found.where(Room.number == room) if room else found))
