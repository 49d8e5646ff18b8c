"""Everything at once: rows are locked in one order, so that nobody waits in a ring."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from backend.kernel import db
from backend.metering.expiring import expire_leases
from backend.metering.models import Meter
from backend.runtime import Runtime
from meter_bridge.protocol import CommandState, Reading, ReadingsRequest, WriteResult
from tests.flows.bridge_world import BridgeWorld, SpokenBridge, make_world, said

ROUNDS = 6


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
