"""Foreign writes, blind meters, and what a person decides."""

import pytest

from backend.metering.command_models import MeterCommand
from backend.metering.commands.deciding import decide, unfreeze
from backend.metering.errors import AlreadySettledError
from backend.metering.models import Meter
from backend.runtime import Runtime
from meter_bridge.protocol import CommandKind, CommandState, Evidence, Work, WriteResult
from tests.flows.bridge_world import BridgeWorld, SpokenBridge, make_world, refusal, said

HELD = (409, "held")


@pytest.fixture
def bridges(runtime: Runtime) -> BridgeWorld:
    return make_world(runtime)


@pytest.fixture
def bridge(bridges: BridgeWorld) -> SpokenBridge:
    return bridges.holding()


def given(bridges: BridgeWorld, bridge: SpokenBridge, meter: Meter) -> Work:
    reference = bridges.queue(meter)
    return next(work for work in bridge.claim() if work.command == reference)


def confirmed(bridges: BridgeWorld, bridge: SpokenBridge, count: int) -> None:
    """Let the counting meter take a top-up that leaves it at this count."""
    work = given(bridges, bridge, bridges.counting)
    bridge.intent(work, said(bridges.counting, count=count - 1))
    after = said(bridges.counting, count=count, balance=6000, at=1)
    assert bridge.outcome(work, WriteResult.ACKNOWLEDGED, after) is CommandState.CONFIRMED


def held(bridges: BridgeWorld, bridge: SpokenBridge) -> MeterCommand:
    """Let a top-up of the blind meter end in doubt."""
    work = given(bridges, bridge, bridges.blind)
    bridge.intent(work, said(bridges.blind))
    bridge.outcome(work, WriteResult.UNANSWERED, said(bridges.blind, at=1))
    return bridges.command(work.command)


def test_a_count_that_we_did_not_leave_freezes_the_meter(bridges: BridgeWorld, bridge: SpokenBridge) -> None:
    confirmed(bridges, bridge, 1)
    work = given(bridges, bridge, bridges.counting)
    assert refusal(bridge.try_intent(work, said(bridges.counting, count=2))) == HELD
    command = bridges.command(work.command)
    assert (command.state, command.purchase_no, command.sent_at) == (CommandState.HELD, None, None)
    assert bridges.fresh(bridges.counting).frozen_reason == "foreign_count"
    assert bridges.topics()[-2:] == ["meter_frozen", "command_held"]
    assert refusal(bridge.try_intent(work, said(bridges.counting, count=1))) == HELD
    assert refusal(bridge.try_outcome(work, WriteResult.NONE)) == HELD


def test_a_count_that_fell_back_freezes_the_meter_too(bridges: BridgeWorld, bridge: SpokenBridge) -> None:
    confirmed(bridges, bridge, 5)
    work = given(bridges, bridge, bridges.counting)
    assert refusal(bridge.try_intent(work, said(bridges.counting, count=4))) == HELD


def test_another_meters_serial_freezes_the_meter(bridges: BridgeWorld, bridge: SpokenBridge) -> None:
    work = given(bridges, bridge, bridges.counting)
    assert refusal(bridge.try_intent(work, said(bridges.counting, serial="999"))) == HELD
    assert bridges.fresh(bridges.counting).frozen_reason == "foreign_serial"


def test_a_meter_that_takes_money_and_does_not_name_itself_gets_none(
    bridges: BridgeWorld, bridge: SpokenBridge
) -> None:
    work = given(bridges, bridge, bridges.counting)
    assert refusal(bridge.try_intent(work, said(bridges.counting, serial=None))) == HELD


@pytest.mark.parametrize(
    ("count", "balance"),
    [(1, 1000), (1, 6001), (2, 6000)],
    ids=["our number without our money", "more than we sent", "a number further"],
)
def test_a_foreign_write_seen_afterwards_freezes_the_meter(
    bridges: BridgeWorld, bridge: SpokenBridge, count: int, balance: int
) -> None:
    work = given(bridges, bridge, bridges.counting)
    bridge.intent(work, said(bridges.counting))
    after = said(bridges.counting, count=count, balance=balance, at=1)
    assert bridge.outcome(work, WriteResult.ACKNOWLEDGED, after) is CommandState.HELD
    assert bridges.fresh(bridges.counting).frozen_reason == "foreign_write"
    assert bridges.command(work.command).purchase_no == 1


def test_money_in_hand_is_put_back_when_the_meter_freezes(bridges: BridgeWorld, bridge: SpokenBridge) -> None:
    work = given(bridges, bridge, bridges.counting)
    bridges.run(lambda s: setattr(s.get_one(Meter, bridges.counting.id), "frozen_reason", "by hand"))
    assert refusal(bridge.try_intent(work, said(bridges.counting))) == (409, "meter_frozen")
    assert bridges.command(work.command).state is CommandState.QUEUED


def test_a_blind_meter_that_shows_the_credit_is_confirmed(bridges: BridgeWorld, bridge: SpokenBridge) -> None:
    work = given(bridges, bridge, bridges.blind)
    assert bridge.intent(work, said(bridges.blind, count=None)).purchase_no is None
    after = said(bridges.blind, count=None, balance=6000, at=1)
    assert bridge.outcome(work, WriteResult.UNANSWERED, after) is CommandState.CONFIRMED


@pytest.mark.parametrize("write", [WriteResult.UNANSWERED, WriteResult.ACKNOWLEDGED, WriteResult.UNSEEN])
def test_a_blind_meter_in_doubt_is_held_and_never_written_again(
    bridges: BridgeWorld, bridge: SpokenBridge, write: WriteResult
) -> None:
    work = given(bridges, bridge, bridges.blind)
    bridge.intent(work, said(bridges.blind))
    assert bridge.outcome(work, write, said(bridges.blind, at=1)) is CommandState.HELD
    assert bridges.topics() == ["command_held"]
    bridges.let_waits_end()
    assert bridge.claim() == []


@pytest.mark.parametrize("write", [WriteResult.NONE, WriteResult.REFUSED])
def test_a_blind_meter_that_was_not_written_is_tried_again(
    bridges: BridgeWorld, bridge: SpokenBridge, write: WriteResult
) -> None:
    work = given(bridges, bridge, bridges.blind)
    bridge.intent(work, said(bridges.blind))
    assert bridge.outcome(work, write, said(bridges.blind, at=1)) is CommandState.QUEUED


@pytest.mark.parametrize("write", [WriteResult.NONE, WriteResult.REFUSED])
def test_who_reads_back_cannot_know_that_nothing_was_written(
    bridges: BridgeWorld, bridge: SpokenBridge, write: WriteResult
) -> None:
    work = given(bridges, bridge, bridges.blind)
    bridge.intent(work, said(bridges.blind))
    bridges.let_leases_end()
    bridge.heartbeat()
    [verify] = bridge.claim()
    assert bridge.outcome(verify, write, said(bridges.blind, at=40)) is CommandState.HELD


def test_a_relay_of_a_meter_that_is_another_is_refused(bridges: BridgeWorld, bridge: SpokenBridge) -> None:
    bridges.queue(bridges.relay, CommandKind.CLOSE_BREAKER)
    [work] = bridge.claim()
    assert refusal(bridge.try_intent(work, said(bridges.relay, serial="999"))) == (409, "meter_frozen")
    assert bridges.command(work.command).state is CommandState.REFUSED


def test_a_person_finds_that_the_meter_took_it(bridges: BridgeWorld, bridge: SpokenBridge) -> None:
    command = held(bridges, bridge)
    bridges.run(lambda s: decide(s, command=command, taken=True, reason="seen on the display", by="alice"))
    assert bridges.command(command.reference).state is CommandState.CONFIRMED
    assert bridges.topics() == ["command_held", "command_decided", "command_confirmed"]


def test_money_found_in_a_meter_that_was_never_permitted_lies_in_its_present_epoch(
    bridges: BridgeWorld, bridge: SpokenBridge
) -> None:
    work = given(bridges, bridge, bridges.counting)
    bridge.try_intent(work, said(bridges.counting, serial="999"))
    command = bridges.command(work.command)
    assert command.epoch is None
    bridges.run(lambda s: decide(s, command=command, taken=True, reason="typed in by hand", by="alice"))
    assert bridges.command(work.command).epoch == 1


@pytest.mark.parametrize(("again", "state"), [(False, CommandState.REFUSED), (True, CommandState.QUEUED)])
def test_a_person_finds_that_the_meter_did_not_take_it(
    bridges: BridgeWorld, bridge: SpokenBridge, state: CommandState, *, again: bool
) -> None:
    command = held(bridges, bridge)
    bridges.run(lambda s: decide(s, command=command, taken=False, again=again, reason="not there", by="alice"))
    assert bridges.command(command.reference).state is state
    assert len(bridge.claim()) == again


def test_nobody_decides_twice_or_about_what_is_not_held(bridges: BridgeWorld, bridge: SpokenBridge) -> None:
    command = held(bridges, bridge)
    bridges.run(lambda s: decide(s, command=command, taken=False, reason="no", by="alice"))
    with pytest.raises(AlreadySettledError):
        bridges.run(lambda s: decide(s, command=command, taken=True, reason="yes", by="bob"))


@pytest.mark.parametrize("new_epoch", [True, False])
def test_a_new_epoch_accepts_the_count_that_was_foreign(
    bridges: BridgeWorld, bridge: SpokenBridge, *, new_epoch: bool
) -> None:
    confirmed(bridges, bridge, 1)
    work = given(bridges, bridge, bridges.counting)
    foreign: Evidence = said(bridges.counting, count=9, at=5)
    bridge.try_intent(work, foreign)
    told = {"reason": "sold by handheld", "by": "alice"}
    bridges.run(lambda s: unfreeze(s, meter=bridges.counting, new_epoch=new_epoch, **told))
    command = bridges.command(work.command)
    bridges.run(lambda s: decide(s, command=command, taken=False, again=True, **told))
    [again] = bridge.claim()
    answer = bridge.try_intent(again, foreign)
    if new_epoch:
        assert answer.status_code == 200
        assert (bridges.command(work.command).epoch, bridges.command(work.command).purchase_no) == (2, 10)
    else:
        assert refusal(answer) == HELD


def test_two_alarms_about_one_command_are_two_events(bridges: BridgeWorld, bridge: SpokenBridge) -> None:
    command = held(bridges, bridge)
    bridges.run(lambda s: decide(s, command=command, taken=False, again=True, reason="not there", by="alice"))
    [work] = bridge.claim()
    bridge.intent(work, said(bridges.blind, at=20))
    bridge.outcome(work, WriteResult.UNANSWERED, said(bridges.blind, at=21))
    assert bridges.topics() == ["command_held", "command_decided", "command_held"]
