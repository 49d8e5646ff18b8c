"""Parameters where other stories meet them: a meter is exchanged, a lock hangs, and thousands at once."""

from dataclasses import replace

import pytest
from sqlalchemy import Engine, func, select, text

from backend.kernel.db import Session
from backend.metering.command_models import MeterCommand
from backend.metering.models import Meter
from backend.metering.parameter_models import MeterParameter
from backend.metering.parameters.changing import propose
from backend.metering.parameters.seeing import parameters_of
from backend.metering.parameters.states import ParameterState
from backend.metering.parameters.wish import ParameterWish
from backend.runtime import Runtime
from backend.staff.roles import StaffRole
from meter_bridge.profile import Parameters
from meter_bridge.protocol import CommandState, CreditUnit, SupplyState
from tests.flows.bridge_world import refusal, said
from tests.flows.parameter_world import ABLE, FIRST, HOLDS, LOAD, OVERDRAFT, ParameterWorld, parameter_world
from tests.flows.statements import heard
from tests.flows.test_exchanging_meters import Field

# Copies of a meter, whatever else a meter has.
HANG = """
INSERT INTO meter
SELECT (jsonb_populate_record(one, jsonb_build_object(
    'id', 1000000 + n, 'reference', 'R' || n, 'number', 'X' || n, 'serial', 'S' || n, 'unit', 10 + n % 230,
    'circuit', 1 + n / 230, 'wire_unit', NULL, 'next_seq', 1))).*
FROM meter one, generate_series(1, :count) n WHERE one.id = :id
RETURNING id
"""


@pytest.fixture
def world(runtime: Runtime) -> ParameterWorld:
    return parameter_world(runtime)


def test_after_an_exchange_the_new_meter_is_to_hold_what_it_can_and_the_rest_is_said(
    runtime: Runtime, superuser: Engine
) -> None:
    cas = runtime.profiles["reference_cas"]
    able = cas.model_copy(update={"parameters": HOLDS, "abilities": cas.abilities | ABLE})
    fewer = HOLDS.model_copy(update={"overdraft_limit": None})
    plain = cas.model_copy(update={"code": "plain", "parameters": fewer, "abilities": able.abilities})
    field = Field(replace(runtime, profiles={**runtime.profiles, "reference_cas": able, "plain": plain}), superuser)
    boss = field.crew.hired("alice", StaffRole.ADMINISTRATOR)
    wish = ParameterWish({FIRST: 2_000, OVERDRAFT: 500}, (field.old.id,), CreditUnit.MONEY, "开户")
    profiles = field.town.runtime.profiles
    field.world.run(lambda s: propose(s, who=boss, wish=wish, profiles=profiles, request_id="r"))
    new = field.exchange(profile="plain")
    seen = field.world.run(lambda s: parameters_of(s, meter=s.get_one(Meter, new.id), profiles=profiles))
    told = {each.code: (each.state, each.wanted) for each in seen}
    assert (told[FIRST], told[OVERDRAFT], told[LOAD]) == (
        (ParameterState.WAITING, 2_000),
        (ParameterState.NOT_POSSIBLE, 500),
        (ParameterState.NEVER_READ, None),
    )
    assert [command.parameter for command in field.waiting(new) if command.parameter] == [
        {"code": "low_credit_threshold_1", "value": 2_000}
    ]
    assert field.waiting(field.old) == []


def test_under_a_maintenance_lock_a_meter_that_may_close_is_not_written(world: ParameterWorld) -> None:
    world.propose({FIRST: 2_000})
    (work,) = world.bridge.claim()
    world.crew.hang(world.grace, world.meter)
    assert refusal(world.bridge.try_intent(work, said(world.meter, supply=SupplyState.OPEN))) == (409, "locked")
    seen = world.sight(FIRST)
    assert (seen.state, seen.last and (seen.last.state, seen.last.note)) == (
        ParameterState.NEVER_READ,
        (CommandState.CANCELLED, "locked"),
    )
    assert seen.wanted == 2_000


def test_two_thousand_meters_are_asked_in_a_few_statements(world: ParameterWorld) -> None:
    count = 2_000

    def hung(session: Session) -> list[int]:
        return list(session.scalars(text(HANG), {"count": count, "id": world.meter.id}))

    ids = world.run(hung)
    wish = ParameterWish({FIRST: 2_000, LOAD: 3_000}, tuple(ids), CreditUnit.MONEY, "夏季")
    profiles, who = world.bridges.runtime.profiles, world.grace
    with heard() as statements:
        world.run(lambda s: propose(s, who=who, wish=wish, profiles=profiles, request_id="r"))
    assert len(statements) < 15
    assert world.run(lambda s: s.scalar(select(func.count()).select_from(MeterCommand))) == 2 * count
    assert world.run(lambda s: s.scalar(select(func.count()).select_from(MeterParameter))) == 2 * count
    seqs = world.run(lambda s: s.scalars(select(MeterCommand.seq).filter_by(meter_id=ids[7])).all())
    assert sorted(seqs) == [1, 2]


def test_a_profile_without_parameters_offers_none() -> None:
    assert Parameters().places == {}
