"""Changes of parameters that are told twice, or came to nothing."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import select

from backend.audit.models import AuditEntry
from backend.kernel.errors import NotFoundError
from backend.metering.actions import MeteringAction
from backend.metering.parameters.errors import NothingWantedError
from backend.metering.parameters.states import ParameterState
from backend.metering.parameters.writing_change_again import write_change_again
from backend.runtime import Runtime
from backend.staff.approval_models import Approval
from backend.staff.roles import Grant, StaffRole
from meter_bridge.protocol import SupplyState
from tests.flows.bridge_world import refusal, said
from tests.flows.parameter_world import FIRST, OVERDRAFT, PEAK_AND_FLAT, PRICES, ParameterWorld, parameter_world


@pytest.fixture
def world(runtime: Runtime) -> ParameterWorld:
    return parameter_world(runtime)


def test_prices_asked_for_four_times_at_once_are_one_request(world: ParameterWorld) -> None:
    who = world.erin
    with ThreadPoolExecutor(4) as pool:
        changes = list(pool.map(lambda _: world.propose({PRICES: PEAK_AND_FLAT}, who=who), range(4)))
    assert len({change.id for change in changes}) == 1
    assert len(world.run(lambda s: s.scalars(select(Approval)).all())) == 1


def test_what_a_lock_kept_out_is_ordered_again_by_its_change_and_kept_in_the_trail(world: ParameterWorld) -> None:
    change = world.propose({FIRST: 2_000})
    (work,) = world.bridge.claim()
    lock = world.crew.hang(world.grace, world.meter)
    assert refusal(world.bridge.try_intent(work, said(world.meter, supply=SupplyState.OPEN))) == (409, "locked")
    world.crew.take_off(world.grace, lock)

    def again() -> int:
        told: int = world.run(lambda s: write_change_again(s, who=world.grace, change_id=change.id, request_id="r"))
        return told

    assert again() == 1
    assert world.sight(FIRST).state is ParameterState.WAITING
    with pytest.raises(NothingWantedError):
        again()
    world.write(1, low_credit_threshold_1=2_000)
    assert world.sight(FIRST).state is ParameterState.SAME
    trail = select(AuditEntry.after).filter_by(action=MeteringAction.PARAMETER_AGAIN.value)
    assert world.run(lambda s: s.scalars(trail).all()) == [
        {"parameters": {"unit": "money", "low_credit_threshold_1": 2_000}}
    ]


def test_a_change_of_another_park_is_not_ordered_again(world: ParameterWorld) -> None:
    change = world.propose({FIRST: 2_000})
    there = (Grant(StaffRole.TECHNICIAN, world.bridges.park.park.id + 1_000),)
    outsider = replace(world.crew.hired("henry"), grants=there)
    with pytest.raises(NotFoundError):
        world.run(lambda s: write_change_again(s, who=outsider, change_id=change.id, request_id="r"))


def test_an_overdraft_of_one_meter_is_set_by_one_and_of_several_by_two(world: ParameterWorld) -> None:
    alone = world.propose({OVERDRAFT: 1_000}, who=world.erin)
    assert (alone.approval_id, alone.carried_out_at is None) == (None, False)
    other = world.bridges.park.other.meter
    several = world.propose({OVERDRAFT: 2_000}, world.meter, other, who=world.erin)
    assert (several.approval_id is None, several.carried_out_at) == (False, None)
    assert world.sight(OVERDRAFT).wanted == 1_000
    world.agree(several, world.person("alice", StaffRole.ADMINISTRATOR))
    world.carry_out(several, world.erin)
    assert [world.sight(OVERDRAFT, meter).wanted for meter in (world.meter, other)] == [2_000, 2_000]


def test_meters_that_cannot_hold_an_overdraft_do_not_make_it_one_of_several(world: ParameterWorld) -> None:
    blind = world.bridges.park.blind.meter
    assert world.propose({OVERDRAFT: 1_000}, world.meter, blind, who=world.erin).approval_id is None
    assert world.propose({FIRST: 1_000}, world.meter, world.bridges.park.other.meter).approval_id is None
