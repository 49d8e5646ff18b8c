"""Nothing of ours closes a breaker behind which somebody works."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select, update

from backend.audit.models import AuditEntry
from backend.kernel.errors import NotFoundError
from backend.metering.causes import CommandCause
from backend.metering.groups.grouping import dissolve_group, put_in_group, take_from_group
from backend.metering.lock_errors import (
    BreakerLockedError,
    GroupRememberedError,
    LockGoneError,
    LockHangsError,
    NotYourLockError,
    UnderLockError,
)
from backend.metering.lock_queries import closings_allowed, locks_of
from backend.metering.locks import hanging as locks
from backend.metering.locks.unlocking_together import ask_removal, take_off_together
from backend.metering.models import Meter, MeterState
from backend.runtime import Runtime
from backend.staff.approval_errors import ApprovalMissingError
from backend.staff.approving import approve
from backend.staff.errors import ProveAgainError
from backend.staff.roles import StaffRole
from backend.staff.signed_in import SignedIn
from meter_bridge.protocol import CommandKind, CommandState, Evidence, SupplyState, WriteResult
from tests.flows.bridge_world import BridgeWorld, make_world, refusal, said
from tests.flows.lock_world import Lockers
from tests.flows.staff_world import TESTER, open_office

OPEN, CLOSE, TOP_UP = CommandKind.OPEN_BREAKER, CommandKind.CLOSE_BREAKER, CommandKind.TOP_UP
STAFF, PAID = CommandCause.STAFF, CommandCause.PAYMENT


@pytest.fixture
def bridges(runtime: Runtime) -> BridgeWorld:
    return make_world(runtime)


@pytest.fixture
def crew(bridges: BridgeWorld) -> Lockers:
    return Lockers(bridges)


@pytest.fixture
def grace(crew: Lockers) -> SignedIn:
    return crew.hired("grace")


def dark(meter: Meter, at: float = 0) -> Evidence:
    """Return what a meter says whose breaker is open."""
    return said(meter, at=at, supply=SupplyState.OPEN)


def state(bridges: BridgeWorld, reference: str) -> CommandState:
    return bridges.command(reference).state


def test_an_order_to_close_is_refused_and_says_who_hung_the_lock(
    bridges: BridgeWorld, crew: Lockers, grace: SignedIn
) -> None:
    crew.hang(grace, bridges.relay)
    for cause in (STAFF, CommandCause.LOAD, CommandCause.TIME, CommandCause.PREPAID):
        with pytest.raises(BreakerLockedError) as refused:
            bridges.queue(bridges.relay, CLOSE, cause=cause)
        assert "Grace" in refused.value.sentence("zh")
        assert "更换断路器" in refused.value.sentence("zh")
    assert state(bridges, bridges.queue(bridges.relay, OPEN, cause=STAFF)) is CommandState.QUEUED


def test_what_was_paid_for_waits_and_is_carried_out_once_the_lock_is_off(
    bridges: BridgeWorld, crew: Lockers, grace: SignedIn
) -> None:
    lock, bridge = crew.hang(grace, bridges.relay), bridges.holding()
    restore = bridges.queue(bridges.relay, CLOSE)
    assert bridge.claim() == []
    opening = bridges.queue(bridges.relay, OPEN, cause=STAFF)
    [work] = bridge.claim()  # who works there can cut the supply all the same
    assert work.command == opening
    bridge.intent(work, said(bridges.relay))
    bridge.outcome(work, WriteResult.ACKNOWLEDGED, dark(bridges.relay))
    crew.take_off(grace, lock)
    [work] = bridge.claim()
    assert (work.command, bridge.intent(work, dark(bridges.relay)).kind) == (restore, CLOSE)
    assert bridge.outcome(work, WriteResult.ACKNOWLEDGED, said(bridges.relay)) is CommandState.CONFIRMED


@pytest.mark.parametrize(("cause", "then"), [(STAFF, CommandState.CANCELLED), (PAID, CommandState.QUEUED)])
def test_a_lock_hung_between_claim_and_intent_wins(
    bridges: BridgeWorld, crew: Lockers, grace: SignedIn, cause: CommandCause, then: CommandState
) -> None:
    bridge, command = bridges.holding(), bridges.queue(bridges.relay, CLOSE, cause=cause)
    [work] = bridge.claim()
    crew.hang(grace, bridges.relay)
    assert refusal(bridge.try_intent(work, dark(bridges.relay))) == (409, "locked")
    assert state(bridges, command) is then
    assert bridge.claim() == []


@pytest.mark.parametrize("cause", [STAFF, PAID])
def test_a_lock_hung_before_the_claim_keeps_the_order_from_being_handed_out(
    bridges: BridgeWorld, crew: Lockers, grace: SignedIn, cause: CommandCause
) -> None:
    bridge, command = bridges.holding(), bridges.queue(bridges.relay, CLOSE, cause=cause)
    crew.hang(grace, bridges.relay)
    assert bridge.claim() == []
    waits = cause is PAID
    assert state(bridges, command) is (CommandState.QUEUED if waits else CommandState.CANCELLED)
    assert bridges.command(command).note == (None if waits else "locked")


def test_a_command_in_hand_is_taken_back_by_the_next_claim(
    bridges: BridgeWorld, crew: Lockers, grace: SignedIn
) -> None:
    bridge, command = bridges.holding(), bridges.queue(bridges.relay, CLOSE)
    bridge.claim()
    crew.hang(grace, bridges.relay)
    assert bridge.claim() == []
    assert state(bridges, command) is CommandState.QUEUED


def test_a_permission_given_before_the_lock_is_told_until_it_is_over(
    bridges: BridgeWorld, crew: Lockers, grace: SignedIn
) -> None:
    bridge, command = bridges.holding(), bridges.queue(bridges.relay, CLOSE)
    [work] = bridge.claim()
    bridge.intent(work, dark(bridges.relay))
    crew.hang(grace, bridges.relay)
    told = bridges.run(lambda s: closings_allowed(s, meter_ids=[bridges.relay.id]))
    assert told[bridges.relay.id] > bridges.runtime.clock.now()
    assert bridge.outcome(work, WriteResult.NONE, dark(bridges.relay, at=1)) is CommandState.QUEUED
    bridges.let_waits_end()
    assert bridge.claim() == []
    assert bridges.run(lambda s: closings_allowed(s, meter_ids=[bridges.relay.id])) == {}
    assert state(bridges, command) is CommandState.QUEUED


def test_credit_for_a_meter_that_is_not_closed_waits_for_it_could_close_by_itself(
    bridges: BridgeWorld, crew: Lockers, grace: SignedIn
) -> None:
    lock, bridge = crew.hang(grace, bridges.counting), bridges.holding()
    command = bridges.queue(bridges.counting)
    [work] = bridge.claim()
    assert refusal(bridge.try_intent(work, dark(bridges.counting))) == (409, "locked")
    assert (state(bridges, command), bridges.command(command).purchase_no) == (CommandState.QUEUED, None)
    assert bridge.claim() == []  # it waits, as after any try
    crew.take_off(grace, lock)
    [work] = bridge.claim()
    assert bridge.intent(work, dark(bridges.counting)).purchase_no == 1


def test_credit_goes_on_to_a_meter_that_is_closed(bridges: BridgeWorld, crew: Lockers, grace: SignedIn) -> None:
    crew.hang(grace, bridges.counting)
    bridge = bridges.holding()
    bridges.queue(bridges.counting)
    [work] = bridge.claim()
    assert bridge.intent(work, said(bridges.counting)).amount == 5000


def test_a_lock_on_a_group_counts_for_whatever_joins_it_and_nothing_slips_out(
    bridges: BridgeWorld, crew: Lockers, grace: SignedIn
) -> None:
    group = crew.group(grace, bridges.relay)
    lock, scope = crew.hang_on_group(grace, group), grace.scope(locks.MAY)
    with pytest.raises(BreakerLockedError):
        bridges.queue(bridges.relay, CLOSE, cause=STAFF)
    bridges.queue(bridges.counting, CLOSE, cause=STAFF)
    bridges.run(lambda s: put_in_group(s, scope=scope, group_id=group.id, meter_ids=[bridges.counting.id], by=TESTER))
    assert bridges.holding().claim() == []
    with pytest.raises(UnderLockError):
        bridges.run(
            lambda s: take_from_group(s, scope=scope, group_id=group.id, meter_ids=[bridges.relay.id], by=TESTER)
        )
    [hung] = bridges.run(lambda s: locks_of(s, meter_ids=[bridges.relay.id]))[bridges.relay.id]
    assert (hung.who, hung.group, hung.lock.id) == ("Grace", "feeder", lock.id)
    crew.take_off(grace, lock)
    assert state(bridges, bridges.queue(bridges.relay, CLOSE, cause=STAFF)) is CommandState.QUEUED
    with pytest.raises(GroupRememberedError):
        bridges.run(lambda s: dissolve_group(s, scope=scope, group_id=group.id, by=TESTER))


def test_several_locks_hang_and_the_last_one_counts(bridges: BridgeWorld, crew: Lockers, grace: SignedIn) -> None:
    henry = crew.hired("henry")
    first, second = crew.hang(grace, bridges.relay), crew.hang(henry, bridges.relay)
    with pytest.raises(LockHangsError):
        crew.hang(grace, bridges.relay)
    crew.take_off(grace, first)
    with pytest.raises(BreakerLockedError):
        bridges.queue(bridges.relay, CLOSE, cause=STAFF)
    crew.take_off(henry, second)
    bridges.queue(bridges.relay, CLOSE, cause=STAFF)


def test_who_did_not_hang_it_needs_a_second_person(bridges: BridgeWorld, crew: Lockers, grace: SignedIn) -> None:
    henry, irene = crew.hired("henry"), crew.hired("irene", StaffRole.PARK_LEADER)
    lock = crew.hang(grace, bridges.relay)
    with pytest.raises(NotYourLockError):
        crew.take_off(henry, lock)

    def together(who: SignedIn) -> Any:
        return bridges.run(lambda s: take_off_together(s, who=who, lock_id=lock.id, request_id="r"))

    asked = bridges.run(lambda s: ask_removal(s, who=henry, lock_id=lock.id, reason="挂锁人已离园", request_id="r"))
    with pytest.raises(ApprovalMissingError):
        together(henry)
    bridges.run(lambda s: approve(s, who=irene, approval_id=asked.id, answer="已电话核实", request_id="r"))
    taken = together(henry)
    assert (taken.taken_off_by, taken.approval_id) == (henry.staff_id, asked.id)
    with pytest.raises(LockGoneError):
        together(henry)
    told = bridges.run(lambda s: s.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all())
    assert told == ["lock_hung", "approval_asked", "approval_given", "approval_used", "lock_taken_off"]


def test_taking_off_needs_the_password_and_the_right_park(
    runtime: Runtime, bridges: BridgeWorld, crew: Lockers
) -> None:
    late = crew.hired("late", proved_ago=600)
    lock = crew.hang(late, bridges.relay)
    with pytest.raises(ProveAgainError):
        crew.take_off(late, lock)
    other = open_office(runtime, name="Another company")
    other.hired("mallory", StaffRole.ADMINISTRATOR)
    stranger = other.who(other.log_in("mallory"))
    for work in (
        lambda: crew.hang(stranger, bridges.relay),
        lambda: crew.take_off(stranger, lock),
        lambda: crew.hang_on_group(stranger, crew.group(late)),
    ):
        with pytest.raises(NotFoundError):
            work()


def test_hanging_and_permitting_at_once_one_comes_first(bridges: BridgeWorld, crew: Lockers) -> None:
    """Twenty times both at once: a permission and a lock, and never a permission that came after the lock."""
    bridge = bridges.holding()
    people = [crew.hired(f"p{n}") for n in range(20)]
    for who in people:
        command = bridges.queue(bridges.relay, CLOSE)
        [work] = bridge.claim()
        with ThreadPoolExecutor(2) as both:
            hung = both.submit(crew.hang, who, bridges.relay)
            permitted = both.submit(bridge.try_intent, work, dark(bridges.relay))
            lock, answer = hung.result(), permitted.result()
        sent = bridges.command(command).state is CommandState.SENDING
        assert sent is (answer.status_code == 200)
        told = bridges.run(lambda s: closings_allowed(s, meter_ids=[bridges.relay.id]))
        assert bool(told) is sent
        bridges.set_commands(state=CommandState.CANCELLED, settled_at=bridges.runtime.clock.now())
        crew.take_off(who, lock)


def test_a_retired_meter_can_be_locked_and_nothing_breaks(bridges: BridgeWorld, crew: Lockers, grace: SignedIn) -> None:
    bridges.run(lambda s: s.execute(update(Meter).where(Meter.id == bridges.relay.id).values(state=MeterState.RETIRED)))
    crew.take_off(grace, crew.hang(grace, bridges.relay))
