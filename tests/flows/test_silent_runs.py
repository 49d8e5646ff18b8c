"""A run of a bridge that fell silent may only be asleep: until its permission has ended, nothing proves a "no"."""

import pytest

from backend.kernel.db import Session
from backend.metering.command_models import MeterCommand
from backend.metering.commands.commanding import cancel_queued
from backend.metering.commands.deciding import decide, unfreeze
from backend.metering.errors import IntentExistsError, StillPermittedError
from backend.metering.models import Meter
from backend.runtime import Runtime
from meter_bridge.protocol import CommandState, Work, WriteResult
from tests.flows.bridge_world import START, BridgeWorld, SpokenBridge, make_world, said


@pytest.fixture
def bridges(runtime: Runtime) -> BridgeWorld:
    return make_world(runtime)


def read_back_by_another_run(bridges: BridgeWorld) -> MeterCommand:
    """Permit a write to one run of a bridge and let the next run find nothing of it in the meter."""
    sleeper = bridges.holding()
    reference = bridges.queue(bridges.blind)
    [work] = sleeper.claim()
    sleeper.intent(work, said(bridges.blind))
    fresh = sleeper.restarted()
    fresh.heartbeat()
    [verify] = fresh.claim()
    assert fresh.outcome(verify, WriteResult.UNSEEN, said(bridges.blind, at=5)) is CommandState.HELD
    return bridges.command(reference)


def not_taken(bridges: BridgeWorld, command: MeterCommand) -> None:
    bridges.run(lambda s: decide(s, command=command, taken=False, again=True, reason="not there", by="alice"))


def test_not_taken_cannot_be_said_while_a_sleeping_run_may_still_write(bridges: BridgeWorld) -> None:
    command = read_back_by_another_run(bridges)
    with pytest.raises(StillPermittedError):
        not_taken(bridges, command)
    assert bridges.command(command.reference).state is CommandState.HELD


def test_it_can_be_said_once_the_permission_has_ended(bridges: BridgeWorld) -> None:
    command = read_back_by_another_run(bridges)
    assert command.permitted_until is not None
    bridges.set_commands(permitted_until=START)
    not_taken(bridges, command)
    assert bridges.command(command.reference).state is CommandState.QUEUED


def test_what_the_meter_took_can_be_said_at_once(bridges: BridgeWorld) -> None:
    command = read_back_by_another_run(bridges)
    bridges.run(lambda s: decide(s, command=command, taken=True, reason="on the display", by="alice"))
    assert bridges.command(command.reference).state is CommandState.CONFIRMED


def put_back_by_another_run(bridges: BridgeWorld) -> tuple[SpokenBridge, str]:
    """Let one run be permitted to write no. 1 and fall asleep, and the next find that the count is still 0."""
    sleeper = bridges.holding()
    reference = bridges.queue(bridges.counting)
    [work] = sleeper.claim()
    sleeper.intent(work, said(bridges.counting, count=0))
    fresh = sleeper.restarted()
    fresh.heartbeat()
    [verify] = fresh.claim()
    assert fresh.outcome(verify, WriteResult.UNSEEN, said(bridges.counting, at=5, count=0)) is CommandState.QUEUED
    bridges.let_waits_end()
    return fresh, reference


def claimed_again(fresh: SpokenBridge) -> Work:
    [work] = fresh.claim()
    return work


def test_nobody_is_permitted_to_write_while_a_sleeper_may(bridges: BridgeWorld) -> None:
    fresh, reference = put_back_by_another_run(bridges)
    refused = fresh.try_intent(claimed_again(fresh), said(bridges.counting, at=6, count=0))
    assert (refused.status_code, (refused.json or {})["code"]) == (409, "still_permitted")
    waiting = bridges.command(reference)
    assert (waiting.state, waiting.next_attempt_at) == (CommandState.QUEUED, waiting.permitted_until)
    assert fresh.claim() == []


def test_the_same_number_is_written_again_so_that_either_write_counts(bridges: BridgeWorld) -> None:
    fresh, reference = put_back_by_another_run(bridges)
    bridges.set_commands(permitted_until=START)
    assert fresh.intent(claimed_again(fresh), said(bridges.counting, at=6, count=0)).purchase_no == 1
    assert bridges.command(reference).state is CommandState.SENDING


def test_what_the_sleeper_wrote_after_all_is_found_and_not_sent_twice(bridges: BridgeWorld) -> None:
    fresh, reference = put_back_by_another_run(bridges)
    credited = said(bridges.counting, at=7, count=1, balance=6000, cumulative=5000)
    refused = fresh.try_intent(claimed_again(fresh), credited)
    assert (refused.status_code, (refused.json or {})["code"]) == (409, "intent_exists")
    verify = claimed_again(fresh)
    assert fresh.outcome(verify, WriteResult.UNSEEN, credited) is CommandState.CONFIRMED
    assert bridges.command(reference).purchase_no == 1


def test_a_count_that_is_as_it_was_while_the_credit_is_not_is_no_leave_to_write_again(bridges: BridgeWorld) -> None:
    fresh, reference = put_back_by_another_run(bridges)
    lost = said(bridges.counting, at=7, count=0, balance=0)  # the sleeper's write was taken, then all was lost
    assert fresh.try_intent(claimed_again(fresh), lost).status_code == 409
    command = bridges.command(reference)
    assert (command.state, command.note) == (CommandState.HELD, "foreign_count")
    assert bridges.run(lambda s: s.get_one(Meter, bridges.counting.id)).frozen_reason == "foreign_count"


def test_use_between_two_permissions_is_use_and_no_loss(bridges: BridgeWorld) -> None:
    fresh, _ = put_back_by_another_run(bridges)
    bridges.set_commands(permitted_until=START)
    used = said(bridges.counting, at=60, count=0, balance=995)
    assert fresh.intent(claimed_again(fresh), used).purchase_no == 1


def test_money_that_may_be_in_the_meter_yet_is_not_taken_out_of_the_queue(bridges: BridgeWorld) -> None:
    _, reference = put_back_by_another_run(bridges)
    command = bridges.command(reference)
    with pytest.raises(IntentExistsError):
        bridges.run(lambda session: cancel_queued(session, command=command, reason="refund"))


def test_three_refusals_are_no_proof_over_readings_from_before_a_sleepers_end(bridges: BridgeWorld) -> None:
    fresh, reference = put_back_by_another_run(bridges)
    for at in (10, 20, 30):
        work = claimed_again(fresh)
        bridges.set_commands(permitted_until=bridges.run(lambda session: session.database_now()))
        fresh.intent(work, said(bridges.counting, at=at, count=0))
        told = fresh.outcome(work, WriteResult.REFUSED, said(bridges.counting, at=at + 1, count=0))
        assert told is CommandState.QUEUED
        bridges.let_waits_end()
    assert bridges.command(reference).purchase_no == 1


def test_a_reading_after_the_permission_proves_that_it_was_not_taken(bridges: BridgeWorld) -> None:
    fresh, reference = put_back_by_another_run(bridges)
    bridges.set_commands(permitted_until=START)
    work = claimed_again(fresh)
    fresh.intent(work, said(bridges.counting, at=10, count=0))
    assert fresh.outcome(work, WriteResult.UNANSWERED, said(bridges.counting, at=11, count=0)) is CommandState.QUEUED
    command = bridges.command(reference)
    cancelled = bridges.run(lambda session: cancel_queued(session, command=command, reason="refund"))
    assert (cancelled.state, cancelled.purchase_no) == (CommandState.CANCELLED, None)


def test_a_bound_number_is_nothing_to_a_new_epoch(bridges: BridgeWorld) -> None:
    fresh, reference = put_back_by_another_run(bridges)
    work = claimed_again(fresh)
    bridges.set_commands(epoch=0)
    assert fresh.try_intent(work, said(bridges.counting, at=9, count=0)).status_code == 409
    assert bridges.command(reference).state is CommandState.HELD


def test_no_epoch_begins_while_a_sleeper_may_write(bridges: BridgeWorld) -> None:
    put_back_by_another_run(bridges)

    def let_go(session: Session) -> Meter:
        meter = session.get_one(Meter, bridges.counting.id)
        meter.frozen_reason = "foreign_count"
        session.flush()
        return unfreeze(session, meter=meter, reason="looked", by="alice", new_epoch=True)

    with pytest.raises(StillPermittedError):
        bridges.run(let_go)
    bridges.set_commands(permitted_until=START)
    assert bridges.run(let_go).epoch == 2
