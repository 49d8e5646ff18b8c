"""Everything at once: rows are locked in one order, so that nobody waits in a ring."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest
from sqlalchemy import text

from backend.kernel import db
from backend.kernel.db import Session
from backend.metering.commands.commanding import cancel_queued
from backend.metering.commands.expiring import expire_leases
from backend.metering.errors import IntentExistsError
from backend.metering.locking import lock_command, lock_line, lock_meter
from backend.metering.models import Meter
from backend.runtime import Runtime
from meter_bridge.protocol import CommandState, Reading, ReadingsRequest, WriteResult
from tests.flows.bridge_world import BridgeWorld, SpokenBridge, make_world, refusal, said

ROUNDS = 6
T = TypeVar("T")
WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")


def top_up(world: BridgeWorld, bridge: SpokenBridge, meter: Meter) -> Counter[str]:
    """Deliver one top-up after the other to a counting meter; return what became of them."""
    seen: Counter[str] = Counter()
    for count in range(ROUNDS):
        reference = world.queue(meter)
        work = next(work for work in bridge.claim() if work.command == reference)
        bridge.intent(work, said(meter, count=count, balance=5000 * count, at=count))
        after = said(meter, count=count + 1, balance=5000 * (count + 1), at=count)
        seen[bridge.outcome(work, WriteResult.ACKNOWLEDGED, after)] += 1
    return seen


def meanwhile(world: BridgeWorld, change: Callable[[Session], object], call: Callable[[], T]) -> T:
    """Make a change, let the call run into it, then commit; return what the call says."""
    clock = world.runtime.clock
    with ThreadPoolExecutor(1) as pool:
        with world.runtime.database.transaction() as session:
            change(session)
            session.flush()
            called = pool.submit(call)
            while not called.done() and not world.run(lambda s: s.scalar(WAITING)):
                clock.sleep(0.005)
        return called.result()


def moved(world: BridgeWorld) -> Callable[[Session], object]:
    """Return what a heartbeat of another bridge does to the line."""

    def move(session: Session) -> None:
        lock_line(session, world.park.line.id).fence += 1

    return move


def test_a_claim_sees_the_line_that_is_being_taken_away(runtime: Runtime) -> None:
    world = make_world(runtime)
    bridge = world.holding()
    reference = world.queue(world.counting)
    answer = meanwhile(world, moved(world), bridge.try_claim)
    assert answer.get_json() == {"work": [], "lost_lines": list(bridge.lines)}
    assert world.command(reference).state is CommandState.QUEUED


def test_an_intent_sees_the_line_that_is_being_taken_away(runtime: Runtime) -> None:
    world = make_world(runtime)
    bridge = world.holding()
    world.queue(world.counting)
    [work] = bridge.claim()
    answer = meanwhile(world, moved(world), lambda: bridge.try_intent(work, said(world.counting)))
    assert refusal(answer) == (409, "stale_fence")


def test_an_intent_sees_the_meter_that_is_being_frozen(runtime: Runtime) -> None:
    world = make_world(runtime)
    bridge = world.holding()
    world.queue(world.counting)
    [work] = bridge.claim()
    answer = meanwhile(
        world,
        lambda s: setattr(lock_meter(s, world.counting.id), "frozen_reason", "foreign"),
        lambda: bridge.try_intent(work, said(world.counting)),
    )
    assert refusal(answer) == (409, "meter_frozen")


def test_a_refund_sees_the_command_that_is_being_handed_out(runtime: Runtime) -> None:
    world = make_world(runtime)
    world.holding()
    reference = world.queue(world.counting)
    command = world.command(reference)

    def cancelled() -> str:
        try:
            return str(world.run(lambda s: cancel_queued(s, command=s.merge(command), reason="refund")).state)
        except IntentExistsError as refused:
            return refused.code

    def lease(session: Session) -> None:
        lock_command(session, command.id).state = CommandState.LEASED

    assert meanwhile(world, lease, cancelled) == "intent_exists"


def test_heartbeats_claims_intents_outcomes_and_readings_never_wait_in_a_ring(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_world(runtime)
    bridge = world.holding()
    monkeypatch.setattr(db, "RETRIED", ())  # a deadlock shall be seen, not done again
    meters = [world.counting, world.park.other.meter]

    def beat() -> Counter[str]:
        return Counter(str(bridge.try_heartbeat().status_code) for _ in range(3 * ROUNDS))

    def poll() -> Counter[str]:
        readings = [
            Reading(meter=meter.reference, evidence=said(meter, serial=serial, balance=None, count=None, at=-at))
            for at in range(1, 20)
            for meter, serial in ((meters[at % 2], meters[at % 2].serial), (world.relay, "999"), (world.blind, "999"))
        ]
        told = ReadingsRequest(instance=bridge.instance, readings=readings)
        return Counter(str(bridge.post("readings", told).status_code) for _ in range(3 * ROUNDS))

    def tick() -> Counter[str]:
        return Counter(str(world.run(expire_leases)) for _ in range(3 * ROUNDS))

    jobs: list[Callable[[], Counter[str]]] = [beat, poll, tick, *(lambda m=m: top_up(world, bridge, m) for m in meters)]
    with ThreadPoolExecutor(len(jobs)) as pool:
        done = sum((job.result() for job in [pool.submit(job) for job in jobs]), Counter[str]())
    assert done == {"200": 6 * ROUNDS, "0": 3 * ROUNDS, CommandState.CONFIRMED.value: 2 * ROUNDS}
    assert world.topics().count("meter_frozen") == 2
