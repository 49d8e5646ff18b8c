"""Which work is handed out, to whom, and in which order."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.exc import IntegrityError

from backend.metering.models import Meter
from backend.runtime import Runtime
from meter_bridge.protocol import ClaimReply, CommandKind, CommandState, Phase, WriteResult
from tests.flows.bridge_world import START, BridgeWorld, make_world, message, refusal, said

CLOSE, OPEN, READ = CommandKind.CLOSE_BREAKER, CommandKind.OPEN_BREAKER, CommandKind.READ_NOW


@pytest.fixture
def bridges(runtime: Runtime) -> BridgeWorld:
    return make_world(runtime)


def test_a_queued_command_is_leased_to_the_bridge_that_holds_the_line(bridges: BridgeWorld) -> None:
    reference = bridges.queue(bridges.counting)
    [work] = bridges.holding().claim()
    assert (work.command, work.meter, work.fence) == (reference, bridges.counting.reference, 1)
    assert (work.phase, work.request_id, work.signed) == (Phase.DELIVER, "tap-1", None)
    assert bridges.command(reference).state is CommandState.LEASED


def test_a_claim_whose_answer_was_lost_is_answered_the_same_again(bridges: BridgeWorld) -> None:
    bridge = bridges.holding()
    bridges.queue(bridges.counting)
    bridges.queue(bridges.relay, CLOSE)
    assert bridge.claim() == bridge.claim() != []


def test_a_bridge_without_the_line_gets_nothing_and_is_told_so(bridges: BridgeWorld) -> None:
    first, second = bridges.holding("first"), bridges.bridge("second")
    second.heartbeat()
    second.lines = dict(first.lines)
    bridges.queue(bridges.counting)
    assert second.try_claim().get_json() == {"work": [], "lost_lines": list(first.lines)}
    assert len(first.claim()) == 1


def test_an_old_fence_gets_nothing(bridges: BridgeWorld) -> None:
    bridge = bridges.holding()
    old = dict(bridge.lines)
    bridges.let_leases_end()
    bridge.heartbeat()
    bridge.lines = old
    bridges.queue(bridges.counting)
    assert bridge.try_claim().get_json()["lost_lines"] == list(old)


def test_a_lease_that_ended_gets_nothing(bridges: BridgeWorld) -> None:
    bridge = bridges.holding()
    bridges.queue(bridges.counting)
    bridges.let_leases_end()
    assert bridge.try_claim().get_json() == {"work": [], "lost_lines": list(bridge.lines)}


def test_what_was_leased_without_an_intent_goes_to_the_next_holder(bridges: BridgeWorld) -> None:
    first, second = bridges.holding("first"), bridges.bridge("second")
    bridges.queue(bridges.counting)
    [old] = first.claim()
    bridges.let_leases_end()
    second.heartbeat()
    [new] = second.claim()
    assert (new.command, new.phase, new.fence) == (old.command, Phase.DELIVER, 2)


def test_what_may_have_been_written_is_only_read_back_by_the_next_holder(bridges: BridgeWorld) -> None:
    first, second = bridges.holding("first"), bridges.bridge("second")
    bridges.queue(bridges.counting)
    [old] = first.claim()
    order = first.intent(old, said(bridges.counting))
    bridges.let_leases_end()
    second.heartbeat()
    [new] = second.claim()
    assert (new.command, new.phase, new.fence) == (old.command, Phase.VERIFY, 2)
    assert new.signed is not None
    assert type(order).model_validate_json(new.signed.payload) == order
    assert refusal(first.try_outcome(old, WriteResult.ACKNOWLEDGED, said(bridges.counting))) == (409, "stale_fence")


def test_an_order_that_ran_out_without_an_outcome_is_read_back_by_the_same_run(bridges: BridgeWorld) -> None:
    bridge = bridges.holding()
    bridges.queue(bridges.counting)
    [work] = bridge.claim()
    bridge.intent(work, said(bridges.counting))
    assert bridge.claim() == []
    bridges.let_waits_end()
    [again] = bridge.claim()
    assert again.phase is Phase.VERIFY
    assert bridge.claim() == []


def test_commands_of_a_meter_go_one_by_one_in_order(bridges: BridgeWorld) -> None:
    bridge = bridges.holding()
    first, second = bridges.queue(bridges.counting), bridges.queue(bridges.counting, amount=700)
    [work] = bridge.claim()
    assert work.command == first
    bridge.intent(work, said(bridges.counting))
    assert bridge.claim() == []
    after = said(bridges.counting, count=1, balance=6000, at=1)
    assert bridge.outcome(work, WriteResult.ACKNOWLEDGED, after) is CommandState.CONFIRMED
    assert [work.command for work in bridge.claim()] == [second]


def test_meters_do_not_wait_for_each_other(bridges: BridgeWorld) -> None:
    expected = {bridges.queue(meter) for meter in (bridges.counting, bridges.blind)}
    assert {work.command for work in bridges.holding().claim()} == expected


def test_the_database_itself_allows_one_money_command_in_flight(bridges: BridgeWorld) -> None:
    bridges.queue(bridges.counting)
    bridges.queue(bridges.counting)
    with pytest.raises(IntegrityError, match="money_in_flight"):
        bridges.set_commands(state=CommandState.SENDING)


def test_money_that_waits_lets_a_relay_pass_but_no_other_money(bridges: BridgeWorld) -> None:
    bridge = bridges.holding()
    bridges.queue(bridges.counting)
    [work] = bridge.claim()
    assert bridge.outcome(work, WriteResult.NONE) is CommandState.QUEUED
    bridges.queue(bridges.counting)
    relay = bridges.queue(bridges.counting, CLOSE)
    assert [work.command for work in bridge.claim()] == [relay]


@pytest.mark.parametrize("blocked", ["held", "frozen"])
def test_a_held_or_frozen_meter_gets_no_money_but_relays_and_readings(bridges: BridgeWorld, blocked: str) -> None:
    bridge = bridges.holding()
    bridges.queue(bridges.counting)
    if blocked == "held":
        bridges.set_commands(state=CommandState.HELD)
        bridges.queue(bridges.counting)
    else:
        bridges.run(lambda s: setattr(s.get_one(Meter, bridges.counting.id), "frozen_reason", "by hand"))
    assert bridge.claim() == []
    relay = bridges.queue(bridges.counting, CLOSE)
    assert [work.command for work in bridge.claim()] == [relay]


def test_a_bridge_with_another_profile_gets_no_money_for_its_meters(bridges: BridgeWorld) -> None:
    bridge = bridges.bridge()
    shas = {code: profile.sha256 for code, profile in bridges.runtime.profiles.items()}
    bridge.heartbeat(profiles=shas | {"reference_cas": "another"})
    bridges.queue(bridges.counting)
    fit, reading = bridges.queue(bridges.blind), bridges.queue(bridges.counting, READ)
    assert {work.command for work in bridge.claim()} == {fit, reading}


def test_money_in_hand_is_taken_back_when_the_profile_no_longer_fits(bridges: BridgeWorld) -> None:
    bridge = bridges.holding()
    reference = bridges.queue(bridges.counting)
    assert len(bridge.claim()) == 1
    bridge.heartbeat(profiles={})
    assert bridge.claim() == []
    assert bridges.command(reference).state is CommandState.QUEUED


def test_a_postponed_command_waits(bridges: BridgeWorld) -> None:
    bridge = bridges.holding()
    bridges.queue(bridges.counting)
    [work] = bridge.claim()
    bridge.outcome(work, WriteResult.NONE)
    assert bridge.claim() == []
    bridges.let_waits_end()
    assert len(bridge.claim()) == 1


@pytest.mark.parametrize("handed", [True, False])
def test_a_relay_that_came_too_late_is_cancelled_at_the_claim(bridges: BridgeWorld, *, handed: bool) -> None:
    bridge = bridges.holding()
    late = bridges.queue(bridges.relay, OPEN, expires_in=60)
    if handed:
        assert len(bridge.claim()) == 1
    bridges.set_commands(expires_at=START)
    assert bridge.claim() == []
    assert bridges.command(late).state is CommandState.CANCELLED
    assert bridges.topics()[-1] == "command_cancelled"


def test_eight_threads_claiming_at_once_get_each_command_once_as_news(bridges: BridgeWorld) -> None:
    bridge = bridges.holding()
    for _ in range(3):
        for meter in (bridges.counting, bridges.blind, bridges.park.other.meter):
            bridges.queue(meter)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: bridge.try_claim(), range(24)))
    told = Counter(work.command for answer in answers for work in message(ClaimReply, answer).work)
    assert set(told.values()) == {24}
    assert len(told) == 3
    intents = [w for w in message(ClaimReply, answers[0]).work if w.meter == bridges.counting.reference] * 8
    with ThreadPoolExecutor(8) as pool:
        statuses = Counter(pool.map(lambda work: bridge.try_intent(work, said(bridges.counting)).status_code, intents))
    assert statuses == {200: 1, 409: 7}


def test_two_bridges_fighting_for_lines_never_hold_one_command_under_one_fence(bridges: BridgeWorld) -> None:
    bridges.queue(bridges.counting)
    fighters = [bridges.bridge("one"), bridges.bridge("two")]
    seen: Counter[tuple[str, int]] = Counter()
    for _ in range(5):
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda fighter: fighter.heartbeat(), fighters))
            for works in pool.map(lambda fighter: fighter.claim(), fighters):
                seen.update((work.command, work.fence) for work in works)
        bridges.let_leases_end()
    assert set(seen.values()) == {1}
    assert len(seen) == 5
