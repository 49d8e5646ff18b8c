"""What staff want a meter to hold, what it says it holds, and how one becomes the other."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update

from backend.audit.models import AuditEntry
from backend.kernel.errors import NotFoundError
from backend.metering.command_models import MeterCommand
from backend.metering.errors import NotAbleError
from backend.metering.models import Meter, MeterState
from backend.metering.parameter_models import MeterParameter
from backend.metering.parameters.asking import read_parameters
from backend.metering.parameters.change_models import ParameterChangeItem
from backend.metering.parameters.errors import (
    ChangeDoneError,
    InWritingError,
    MoneyParameterError,
    NothingToDoError,
    NothingWaitsError,
)
from backend.metering.parameters.states import ParameterState
from backend.metering.parameters.withdrawing import withdraw
from backend.metering.parameters.writing_again import write_again
from backend.runtime import Runtime
from backend.staff.approval_errors import ApprovalMissingError, SamePersonError
from backend.staff.errors import ProveAgainError
from backend.staff.roles import Grant, StaffRole
from meter_bridge.protocol import CommandKind, CommandState, ParameterCode, WriteResult
from tests.flows.bridge_world import said
from tests.flows.parameter_world import (
    FIRST,
    LOAD,
    OVERDRAFT,
    PEAK_AND_FLAT,
    PRICES,
    ParameterWorld,
    parameter_world,
)
from tests.park import build

S = ParameterState


@pytest.fixture
def world(runtime: Runtime) -> ParameterWorld:
    return parameter_world(runtime)


def test_what_is_wanted_waits_is_written_and_is_the_same_only_when_read_back(world: ParameterWorld) -> None:
    assert world.sight(FIRST).state is S.NEVER_READ
    world.propose({FIRST: 2_000})
    assert (world.sight(FIRST).state, world.sight(FIRST).wanted, world.sight(FIRST).asked_by) == (
        S.WAITING,
        2_000,
        "Grace",
    )
    (work,) = world.bridge.claim()
    assert (work.kind, work.parameter and work.parameter.value) == (CommandKind.WRITE_PARAMETER, 2_000)
    assert world.sight(FIRST).state is S.WRITING
    world.bridge.intent(work, said(world.meter))
    assert world.tell(work, 1, WriteResult.ACKNOWLEDGED, low_credit_threshold_1=1_500) is CommandState.QUEUED
    assert (world.sight(FIRST).state, world.sight(FIRST).actual) == (S.WAITING, 1_500)
    world.bridges.let_waits_end()
    assert world.write(2, low_credit_threshold_1=2_000) is CommandState.CONFIRMED
    seen = world.sight(FIRST)
    assert (seen.state, seen.actual, seen.one and seen.one.read_at) == (S.SAME, 2_000, said(world.meter, at=3).read_at)
    assert "parameter_drift" not in world.bridges.topics()


def test_a_meter_that_refuses_three_times_is_shown_with_its_refusal_and_can_be_asked_again(
    world: ParameterWorld,
) -> None:
    world.propose({FIRST: 2_000})
    state = CommandState.QUEUED
    for at in range(3):
        world.bridges.let_waits_end()
        (work,) = world.bridge.claim()
        world.bridge.intent(work, said(world.meter, at=at))
        state = world.tell(work, at + 0.5, WriteResult.REFUSED, low_credit_threshold_1=900)
    assert state is CommandState.REFUSED
    seen = world.sight(FIRST)
    assert (seen.state, seen.actual, seen.last and seen.last.note) == (S.REFUSED, 900, "refused_by_meter")
    assert world.bridges.topics()[-2:] == ["command_refused", "parameter_drift"]
    world.run(lambda s: write_again(s, who=world.grace, meter_id=world.meter.id, code=FIRST, request_id="r"))
    assert world.sight(FIRST).state is S.WAITING
    assert world.write(9, low_credit_threshold_1=2_000) is CommandState.CONFIRMED
    assert world.bridges.topics()[-1] == "parameter_drift_over"


def test_a_newer_wish_takes_the_place_of_what_nobody_wrote_and_follows_what_is_being_written(
    world: ParameterWorld,
) -> None:
    world.propose({FIRST: 2_000})
    world.propose({FIRST: 3_000})
    assert [work.parameter and work.parameter.value for work in world.bridge.claim()] == [3_000]
    world.propose({FIRST: 4_000})
    (work,) = world.bridge.claim()
    world.bridge.intent(work, said(world.meter))
    assert world.tell(work, 1, WriteResult.ACKNOWLEDGED, low_credit_threshold_1=3_000) is CommandState.CONFIRMED
    assert (world.sight(FIRST).state, world.sight(FIRST).wanted) == (S.WAITING, 4_000)
    assert world.write(2, low_credit_threshold_1=4_000) is CommandState.CONFIRMED
    assert world.sight(FIRST).state is S.SAME
    notes = world.run(lambda s: s.scalars(select(MeterCommand.note).order_by(MeterCommand.id)).all())
    assert notes == ["superseded", None, None]


def test_the_same_wish_told_twice_is_one_order(world: ParameterWorld) -> None:
    first, again = (world.propose({FIRST: 2_000}) for _ in range(2))
    assert world.items(first)[world.meter.id].command_id == world.items(again)[world.meter.id].command_id
    assert len(world.bridge.claim()) == 1


def test_what_waits_is_taken_back_and_what_was_wanted_before_is_wanted_again(world: ParameterWorld) -> None:
    world.propose({FIRST: 2_000})
    world.write(0, low_credit_threshold_1=2_000)
    world.propose({FIRST: 5_000})
    world.propose({FIRST: 5_000})  # told again while it waits: the order is the same, and so is what was before it

    def back() -> None:
        world.run(lambda s: withdraw(s, who=world.grace, meter_id=world.meter.id, code=FIRST, request_id="r"))

    back()
    assert (world.sight(FIRST).state, world.sight(FIRST).wanted) == (S.SAME, 2_000)
    with pytest.raises(NothingWaitsError):
        back()
    world.propose({FIRST: 6_000})
    (work,) = world.bridge.claim()
    world.bridge.intent(work, said(world.meter, at=5))
    with pytest.raises(InWritingError):
        back()


def test_drift_is_told_once_and_over_when_the_meter_holds_it_again_or_its_value_is_accepted(
    world: ParameterWorld,
) -> None:
    world.propose({FIRST: 2_000})
    world.write(0, low_credit_threshold_1=2_000)
    for at in (10, 20):
        world.bridges.queue(world.meter, CommandKind.READ_PARAMETERS)
        (work,) = world.bridge.claim()
        assert world.tell(work, at, low_credit_threshold_1=100, overload_limit=3_000) is CommandState.CONFIRMED
    assert (world.sight(FIRST).state, world.sight(LOAD).state) == (S.DRIFT, S.NOT_WANTED)
    assert world.bridges.topics().count("parameter_drift") == 1
    world.propose({FIRST: world.sight(FIRST).actual})
    assert world.write(30, low_credit_threshold_1=100) is CommandState.CONFIRMED
    assert (world.sight(FIRST).state, world.sight(FIRST).wanted) == (S.SAME, 100)


def test_what_a_meter_does_not_tell_is_no_proof_that_it_holds_it(world: ParameterWorld) -> None:
    world.propose({FIRST: 2_000})
    world.write(0, low_credit_threshold_1=2_000)
    world.bridges.queue(world.meter, CommandKind.READ_PARAMETERS)
    (work,) = world.bridge.claim()
    world.tell(work, 10, low_credit_threshold_1=None)
    assert world.sight(FIRST).state is S.NOT_TOLD
    assert world.bridges.topics()[-1] == "parameter_drift"


def test_prices_take_two_persons_and_exactly_what_was_agreed_is_done_once(world: ParameterWorld) -> None:
    change = world.propose({PRICES: PEAK_AND_FLAT}, who=world.erin)
    assert (change.carried_out_at, world.bridge.claim()) == (None, [])
    with pytest.raises(ApprovalMissingError):
        world.carry_out(change, world.erin)
    with pytest.raises(SamePersonError):
        world.agree(change, world.erin)
    boss = world.person("alice", StaffRole.ADMINISTRATOR)
    world.agree(change, boss)
    world.run(lambda s: s.execute(update(type(change)).values(values={"unit_prices": {"peak": 1, "flat": 1}})))
    with pytest.raises(ApprovalMissingError):
        world.carry_out(change, world.erin)
    world.run(lambda s: s.execute(update(type(change)).values(values={"unit_prices": PEAK_AND_FLAT})))
    world.carry_out(change, world.erin)
    with pytest.raises(ChangeDoneError):
        world.carry_out(change, world.erin)
    assert world.write(0, unit_prices=PEAK_AND_FLAT) is CommandState.CONFIRMED
    assert world.sight(PRICES).state is S.SAME


def test_prices_and_overdraft_are_for_who_may_change_prices_and_told_their_password(world: ParameterWorld) -> None:
    for code, value in ((PRICES, PEAK_AND_FLAT), (OVERDRAFT, 1_000)):
        with pytest.raises(MoneyParameterError):
            world.propose({code: value}, who=world.grace)
        late = world.crew.hired(f"late-{code}", StaffRole.FINANCE, proved_ago=600)
        with pytest.raises(ProveAgainError):
            world.propose({code: value}, who=late)
    assert world.propose({OVERDRAFT: 1_000}, who=world.erin).carried_out_at is not None


def test_each_meter_that_cannot_is_left_with_its_reason_and_the_others_are_asked(world: ParameterWorld) -> None:
    park, other = world.bridges.park, world.bridges.park.other.meter
    world.run(lambda s: s.execute(update(Meter).where(Meter.id == other.id).values(state=MeterState.RETIRED)))
    change = world.propose({FIRST: 2_000}, world.meter, park.blind.meter, park.relay.meter, other)
    why = {meter_id: (item.unfit or {}).get("why") for meter_id, item in world.items(change).items()}
    assert why == {
        world.meter.id: None,
        park.blind.meter.id: "not_offered",
        park.relay.meter.id: "not_offered",
        other.id: "retired",
    }
    assert [row.meter_id for row in world.rows()] == [world.meter.id]
    with pytest.raises(NothingToDoError):
        world.propose({FIRST: 2_000}, park.blind.meter)


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({FIRST: 100_001}, {"why": "too_high", "given": 100_001, "most": 100_000}),
        ({LOAD: 2_005}, {"why": "between_steps", "given": 2_005, "step": 10}),
        ({PRICES: {"peak": 1_200_000}}, {"why": "wrong_periods", "given": "peak", "periods": "flat, peak"}),
    ],
)
def test_what_a_model_cannot_hold_is_said_with_the_numbers(
    world: ParameterWorld, values: dict[ParameterCode, Any], why: dict[str, object]
) -> None:
    (code,) = values
    change = world.propose({OVERDRAFT: 1, **values}, who=world.erin)
    listed = select(ParameterChangeItem).filter_by(change_id=change.id, code=code)
    assert world.run(lambda s: s.scalars(listed).one()).unfit == why


def test_credit_of_a_meter_whose_wallet_is_here_is_not_set_in_the_meter(runtime: Runtime) -> None:
    world = parameter_world(runtime, relay=True)
    relay = world.bridges.park.relay.meter
    change = world.propose({OVERDRAFT: 1_000, LOAD: 2_000}, relay, who=world.erin)
    told = world.run(
        lambda s: s.execute(
            select(MeterParameter.code, MeterParameter.wanted).where(MeterParameter.meter_id == relay.id)
        ).all()
    )
    assert [tuple(row) for row in told] == [(LOAD, 2_000)]
    assert change.carried_out_at is not None


def test_another_organisations_and_another_parks_meter_is_not_found(world: ParameterWorld, runtime: Runtime) -> None:
    far = build(runtime, name="Another").counting.meter
    with pytest.raises(NotFoundError):
        world.propose({FIRST: 2_000}, world.meter, far)
    elsewhere = world.crew.hired("ivan", StaffRole.TECHNICIAN)
    there = (Grant(StaffRole.TECHNICIAN, world.bridges.park.park.id + 1_000),)
    outsider = replace(elsewhere, grants=there)
    with pytest.raises(NotFoundError):
        world.propose({FIRST: 2_000}, who=outsider)
    assert world.rows() == []


def test_a_meter_is_asked_now_what_it_holds_if_its_model_can_say(world: ParameterWorld) -> None:
    profiles = world.bridges.runtime.profiles

    def read(meter: Meter) -> MeterCommand:
        asked: MeterCommand = world.run(
            lambda s: read_parameters(s, who=world.grace, meter_id=meter.id, profiles=profiles, request_id="r")
        )
        return asked

    assert read(world.meter).kind is CommandKind.READ_PARAMETERS
    with pytest.raises(NotAbleError):
        read(world.bridges.park.blind.meter)


def test_every_change_stands_in_the_trail_beside_its_meter(world: ParameterWorld) -> None:
    world.propose({FIRST: 2_000}, world.meter, world.bridges.park.other.meter)
    entries = world.run(
        lambda s: s.scalars(select(AuditEntry).filter_by(action="parameters_wanted").order_by(AuditEntry.id)).all()
    )
    assert [(e.subject_kind, e.subject_id, e.after, e.reason) for e in entries] == [
        ("meter", meter.id, {"parameters": {"unit": "money", "low_credit_threshold_1": 2_000}}, "调整")
        for meter in (world.meter, world.bridges.park.other.meter)
    ]


def test_a_change_waits_for_a_silent_meter_as_long_as_it_takes(world: ParameterWorld) -> None:
    world.propose({FIRST: 2_000})
    (work,) = world.bridge.claim()
    for _ in range(3):
        assert world.bridge.outcome(work, WriteResult.NONE) is CommandState.QUEUED
        world.bridges.let_waits_end()
        (work,) = world.bridge.claim()
    last, much_later = world.sight(FIRST).last, 86_400 * 9
    assert (last and last.expires_at, last and last.attempts) == (None, 3)
    world.bridge.intent(work, said(world.meter, at=much_later))
    told = world.tell(work, much_later + 1, WriteResult.ACKNOWLEDGED, low_credit_threshold_1=2_000)
    assert (told, world.sight(FIRST).state) == (CommandState.CONFIRMED, S.SAME)
    assert world.bridge.claim() == []
