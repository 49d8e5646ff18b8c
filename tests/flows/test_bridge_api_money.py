"""Permission to write, and what is proved afterwards: the counting meter."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from backend.metering.commands.commanding import cancel_queued
from backend.metering.models import Meter, MeterStatus
from backend.runtime import Runtime
from meter_bridge import protocol
from meter_bridge.protocol import CommandKind, CommandState, Phase, WriteResult
from tests.flows.bridge_world import BridgeWorld, SpokenBridge, make_world, message, refusal, said
from tests.park import build

ACKNOWLEDGED, NONE, REFUSED, UNANSWERED = (
    WriteResult.ACKNOWLEDGED,
    WriteResult.NONE,
    WriteResult.REFUSED,
    WriteResult.UNANSWERED,
)


@pytest.fixture
def bridges(runtime: Runtime) -> BridgeWorld:
    return make_world(runtime)


@pytest.fixture
def bridge(bridges: BridgeWorld) -> SpokenBridge:
    return bridges.holding()


def given(bridges: BridgeWorld, bridge: SpokenBridge, meter: Meter, amount: int = 5000) -> protocol.Work:
    """Queue money and let the bridge claim it."""
    reference = bridges.queue(meter, amount=amount)
    return next(work for work in bridge.claim() if work.command == reference)


def test_the_number_is_bound_at_the_intent_and_the_order_is_signed(bridges: BridgeWorld, bridge: SpokenBridge) -> None:
    work = given(bridges, bridge, bridges.counting)
    assert bridges.command(work.command).purchase_no is None
    reply = message(protocol.IntentReply, bridge.try_intent(work, said(bridges.counting, count=7)))
    key = Ed25519PublicKey.from_public_bytes(bridges.runtime.signing_key.public_key().public_bytes_raw())
    key.verify(bytes.fromhex(reply.signed.signature), reply.signed.payload.encode())
    order = protocol.Order.model_validate_json(reply.signed.payload)
    assert (order.purchase_no, order.amount, order.fence, order.serial) == (8, 5000, 1, bridges.counting.serial)
    stored = bridges.command(work.command)
    assert (stored.state, stored.purchase_no, stored.epoch) == (CommandState.SENDING, 8, 1)
    assert stored.before is not None
    assert stored.before["purchase_count"] == 7


def test_permission_is_never_given_twice(bridges: BridgeWorld, bridge: SpokenBridge) -> None:
    work = given(bridges, bridge, bridges.counting)
    bridge.intent(work, said(bridges.counting))
    assert refusal(bridge.try_intent(work, said(bridges.counting))) == (409, "intent_exists")


def test_credit_that_the_meter_shows_is_confirmed(bridges: BridgeWorld, bridge: SpokenBridge) -> None:
    work = given(bridges, bridge, bridges.counting)
    bridge.intent(work, said(bridges.counting))
    after = said(bridges.counting, count=1, balance=6000, at=1)
    assert bridge.outcome(work, ACKNOWLEDGED, after) is CommandState.CONFIRMED
    assert bridges.command(work.command).settled_at is not None
    assert bridges.topics() == ["command_confirmed"]


def test_an_outcome_told_twice_changes_nothing(bridges: BridgeWorld, bridge: SpokenBridge) -> None:
    work = given(bridges, bridge, bridges.counting)
    bridge.intent(work, said(bridges.counting))
    after = said(bridges.counting, count=1, balance=6000, at=1)
    bridge.outcome(work, ACKNOWLEDGED, after)
    assert refusal(bridge.try_outcome(work, ACKNOWLEDGED, after)) == (409, "already_settled")
    assert refusal(bridge.try_intent(work, said(bridges.counting))) == (409, "already_settled")
    assert bridges.topics() == ["command_confirmed"]


def test_an_acknowledgement_alone_is_not_success(bridges: BridgeWorld, bridge: SpokenBridge) -> None:
    work = given(bridges, bridge, bridges.counting)
    bridge.intent(work, said(bridges.counting))
    assert bridge.outcome(work, ACKNOWLEDGED) is CommandState.UNKNOWN
    assert bridges.command(work.command).purchase_no == 1


def test_the_number_stays_with_its_command_when_it_is_tried_again(bridges: BridgeWorld, bridge: SpokenBridge) -> None:
    work = given(bridges, bridge, bridges.counting)
    bridge.intent(work, said(bridges.counting))
    assert bridge.outcome(work, UNANSWERED, said(bridges.counting, at=1)) is CommandState.QUEUED
    queued = bridges.command(work.command)
    assert (queued.purchase_no, queued.attempts) == (1, 1)
    assert queued.next_attempt_at is not None
    bridges.let_waits_end()
    [again] = bridge.claim()
    assert bridge.intent(again, said(bridges.counting, at=2)).purchase_no == 1


def test_a_write_that_a_gateway_carries_late_is_found_and_counts(bridges: BridgeWorld, bridge: SpokenBridge) -> None:
    work = given(bridges, bridge, bridges.counting)
    bridge.intent(work, said(bridges.counting))
    bridge.outcome(work, UNANSWERED, said(bridges.counting, at=1))
    bridges.let_waits_end()
    [again] = bridge.claim()
    credited = said(bridges.counting, at=9, count=1, balance=6000)
    assert bridge.try_intent(again, credited).status_code == 409
    [verify] = bridge.claim()
    assert bridge.outcome(verify, WriteResult.UNSEEN, credited) is CommandState.CONFIRMED


def test_a_write_carried_late_after_its_command_was_given_up_freezes_the_meter(
    bridges: BridgeWorld, bridge: SpokenBridge
) -> None:
    work = given(bridges, bridge, bridges.counting)
    bridge.intent(work, said(bridges.counting))
    bridge.outcome(work, UNANSWERED, said(bridges.counting, at=1))
    given_up = bridges.command(work.command)
    bridges.run(lambda session: cancel_queued(session, command=given_up, reason="refund"))
    following = given(bridges, bridge, bridges.counting)
    late = said(bridges.counting, at=9, count=1, balance=6000)
    assert bridge.try_intent(following, late).status_code == 409
    assert bridges.command(following.command).state is CommandState.HELD


@pytest.mark.parametrize(("count", "state"), [(1, CommandState.CONFIRMED), (0, CommandState.QUEUED)])
def test_the_unknown_is_read_back_and_known(
    bridges: BridgeWorld, bridge: SpokenBridge, count: int, state: CommandState
) -> None:
    work = given(bridges, bridge, bridges.counting)
    bridge.intent(work, said(bridges.counting))
    bridge.outcome(work, UNANSWERED)
    assert bridge.claim() == []
    bridges.let_waits_end()
    [verify] = bridge.claim()
    assert (verify.phase, verify.command) == (Phase.VERIFY, work.command)
    after = said(bridges.counting, count=count, balance=1000 + 5000 * count, at=9)
    assert bridge.outcome(verify, WriteResult.UNSEEN, after) is state


def test_a_meter_that_stays_silent_is_asked_ever_more_rarely(bridges: BridgeWorld, bridge: SpokenBridge) -> None:
    work = given(bridges, bridge, bridges.counting)
    bridge.intent(work, said(bridges.counting))
    waits = []
    for _ in range(9):
        bridge.outcome(work, UNANSWERED)
        command = bridges.command(work.command)
        assert command.next_attempt_at is not None
        waits.append((command.next_attempt_at - bridges.run(lambda s: s.database_now())).total_seconds())
    assert [round(wait, -1 if wait > 30 else 0) for wait in waits] == [5, 10, 20, 40, 80, 160, 300, 300, 300]


def test_a_meter_that_refuses_three_times_is_believed(bridges: BridgeWorld, bridge: SpokenBridge) -> None:
    states = []
    reference = bridges.queue(bridges.counting)
    for attempt in range(3):
        bridges.let_waits_end()
        [work] = bridge.claim()
        bridge.intent(work, said(bridges.counting, at=attempt))
        states.append(bridge.outcome(work, REFUSED, said(bridges.counting, at=attempt)))
    assert states == [CommandState.QUEUED, CommandState.QUEUED, CommandState.REFUSED]
    assert bridges.command(reference).purchase_no is None
    assert bridges.topics() == ["command_refused"]


def test_more_than_the_meter_takes_is_refused_before_anything_is_written(
    bridges: BridgeWorld, bridge: SpokenBridge
) -> None:
    work = given(bridges, bridge, bridges.counting, amount=100_000_000)
    assert refusal(bridge.try_intent(work, said(bridges.counting))) == (409, "already_settled")
    command = bridges.command(work.command)
    assert (command.state, command.note) == (CommandState.REFUSED, "amount_above_maximum")


def test_an_old_fence_may_neither_write_nor_tell(bridges: BridgeWorld, bridge: SpokenBridge) -> None:
    work = given(bridges, bridge, bridges.counting)
    bridges.let_leases_end()
    assert refusal(bridge.try_intent(work, said(bridges.counting))) == (409, "not_leased")
    bridge.heartbeat()
    assert refusal(bridge.try_intent(work, said(bridges.counting))) == (409, "stale_fence")
    [new] = bridge.claim()
    assert refusal(bridge.try_outcome(work, NONE)) == (409, "stale_fence")
    bridge.intent(new, said(bridges.counting))
    assert refusal(bridge.try_outcome(work, ACKNOWLEDGED)) == (409, "stale_fence")


def test_the_writer_is_still_heard_after_its_lease_until_somebody_else_verifies(
    bridges: BridgeWorld, bridge: SpokenBridge
) -> None:
    work = given(bridges, bridge, bridges.counting)
    bridge.intent(work, said(bridges.counting))
    bridges.let_leases_end()
    after = said(bridges.counting, count=1, balance=6000, at=40)
    assert bridge.outcome(work, ACKNOWLEDGED, after) is CommandState.CONFIRMED


def test_a_write_without_an_order_is_refused(bridges: BridgeWorld, bridge: SpokenBridge) -> None:
    work = given(bridges, bridge, bridges.counting)
    after = said(bridges.counting, count=1, balance=6000)
    assert refusal(bridge.try_outcome(work, ACKNOWLEDGED, after)) == (409, "not_leased")
    assert bridges.command(work.command).state is CommandState.LEASED


def test_a_command_that_nobody_has_is_unknown(bridges: BridgeWorld, bridge: SpokenBridge) -> None:
    work = given(bridges, bridge, bridges.counting).model_copy(update={"command": "0" * 26})
    assert refusal(bridge.try_intent(work, said(bridges.counting))) == (404, "unknown_command")
    assert refusal(bridge.try_outcome(work, NONE)) == (404, "unknown_command")


def test_a_reading_without_a_count_allows_no_write(bridges: BridgeWorld, bridge: SpokenBridge) -> None:
    work = given(bridges, bridge, bridges.counting)
    assert refusal(bridge.try_intent(work, said(bridges.counting, count=None))) == (409, "evidence_missing")
    assert bridges.command(work.command).state is CommandState.QUEUED


def test_noise_in_the_registers_decides_nothing(bridges: BridgeWorld, bridge: SpokenBridge) -> None:
    work = given(bridges, bridge, bridges.counting)
    noise = said(bridges.counting, balance=2**80)
    assert refusal(bridge.try_intent(work, noise)) == (409, "evidence_missing")
    bridges.let_waits_end()
    [work] = bridge.claim()
    bridge.intent(work, said(bridges.counting))
    assert bridge.outcome(work, ACKNOWLEDGED, said(bridges.counting, serial="\0")) is CommandState.UNKNOWN


def test_an_outcome_of_an_earlier_attempt_decides_nothing_about_the_next(
    bridges: BridgeWorld, bridge: SpokenBridge
) -> None:
    work = given(bridges, bridge, bridges.blind)
    bridge.intent(work, said(bridges.blind, at=0))
    late = said(bridges.blind, at=1)
    assert bridge.outcome(work, REFUSED, late) is CommandState.QUEUED
    bridges.let_waits_end()
    [again] = bridge.claim()
    bridge.intent(again, said(bridges.blind, at=10))
    assert bridge.outcome(again, REFUSED, late) is CommandState.UNKNOWN


def test_what_the_meter_shows_after_a_command_is_its_newest_status(bridges: BridgeWorld, bridge: SpokenBridge) -> None:
    work = given(bridges, bridge, bridges.counting)
    bridge.intent(work, said(bridges.counting))
    bridge.outcome(work, ACKNOWLEDGED, said(bridges.counting, count=1, balance=6000, at=1))
    status = bridges.run(lambda s: s.query(MeterStatus).one())
    assert (status.balance, status.purchase_count) == (6000, 1)


def test_the_request_id_of_the_tap_is_on_the_answer(bridges: BridgeWorld, bridge: SpokenBridge) -> None:
    work = given(bridges, bridge, bridges.counting)
    assert bridge.try_intent(work, said(bridges.counting)).headers["X-Request-Id"] == "tap-1"
    again = bridge.try_intent(work, said(bridges.counting))
    assert again.get_json()["request_id"] == "tap-1"


def test_another_organisations_bridge_does_not_even_learn_that_a_command_exists(bridges: BridgeWorld) -> None:
    other = build(bridges.runtime, name="Dora's park")
    stranger = bridges.bridge("dora", other.organisation.id)
    stranger.heartbeat()
    work = given(bridges, bridges.holding(), bridges.counting)
    assert refusal(stranger.try_intent(work, said(bridges.counting))) == (404, "unknown_command")
    assert refusal(stranger.try_outcome(work, NONE)) == (404, "unknown_command")
    stranger.lines = {work.line: work.fence}
    assert stranger.try_claim().get_json() == {"work": [], "lost_lines": [work.line]}


@pytest.mark.parametrize("kind", [CommandKind.OPEN_BREAKER, CommandKind.CLOSE_BREAKER])
def test_a_relay_is_done_when_the_meter_shows_it(bridges: BridgeWorld, bridge: SpokenBridge, kind: CommandKind) -> None:
    bridges.queue(bridges.relay, kind)
    [work] = bridge.claim()
    wanted = "open" if kind is CommandKind.OPEN_BREAKER else "closed"
    other = "closed" if wanted == "open" else "open"
    seen = {"count": None, "balance": None, "serial": None}
    order = bridge.intent(work, said(bridges.relay, supply=other, **seen))  # type: ignore[arg-type]
    assert order.purchase_no is None
    assert bridge.outcome(work, ACKNOWLEDGED, said(bridges.relay, supply=other, **seen)) is CommandState.QUEUED  # type: ignore[arg-type]
    bridges.let_waits_end()
    [work] = bridge.claim()
    bridge.intent(work, said(bridges.relay, supply=other, **seen))  # type: ignore[arg-type]
    assert bridge.outcome(work, UNANSWERED, said(bridges.relay, supply=wanted, **seen)) is CommandState.CONFIRMED  # type: ignore[arg-type]


def test_a_reading_asked_for_is_confirmed_by_what_was_read(bridges: BridgeWorld, bridge: SpokenBridge) -> None:
    bridges.queue(bridges.counting, CommandKind.READ_NOW)
    [work] = bridge.claim()
    assert bridge.outcome(work, NONE) is CommandState.QUEUED
    bridges.let_waits_end()
    [work] = bridge.claim()
    assert bridge.outcome(work, NONE, said(bridges.counting)) is CommandState.CONFIRMED
