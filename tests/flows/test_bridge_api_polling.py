"""The long poll: woken by the bell, holding nothing while it waits."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from backend.kernel.clock import SystemClock
from backend.runtime import Runtime
from meter_bridge.protocol import CommandKind
from tests.flows.bridge_world import BridgeWorld, SpokenBridge, make_world


class StepClock(SystemClock):
    """A clock whose monotonic time moves only when somebody waits."""

    def __init__(self) -> None:
        self.at = 0.0

    def monotonic(self) -> float:
        return self.at


class Handbell:
    """A bell that lets the test act while somebody waits, and notes how long they meant to."""

    def __init__(self, clock: StepClock) -> None:
        self.clock = clock
        self.meanwhile: Callable[[], object] = lambda: None
        self.waits: list[float] = []
        self.rung: list[str] = []
        self.calls: list[str] = []

    def ring(self, name: str) -> None:
        self.rung.append(name)

    def heard(self) -> int:
        self.calls.append("heard")
        return len(self.rung)

    def wait(self, heard: int, seconds: float) -> None:
        self.calls.append("wait")
        self.waits.append(seconds)
        self.meanwhile()
        if len(self.rung) == heard:
            self.clock.at += seconds


class Polled:
    """A bridge whose long polls run against the hand bell."""

    def __init__(self, runtime: Runtime) -> None:
        self.clock = StepClock()
        self.bell = Handbell(self.clock)
        self.world: BridgeWorld = make_world(replace(runtime, clock=self.clock, bell=self.bell))
        self.bridge: SpokenBridge = self.world.holding()
        self.bell.rung.clear()


@pytest.fixture
def polled(runtime: Runtime) -> Polled:
    return Polled(runtime)


def test_a_ring_wakes_the_poll_before_its_second_is_over(polled: Polled) -> None:
    def queue_and_ring() -> None:
        polled.world.queue(polled.world.counting)
        polled.bell.ring("commands")

    polled.bell.meanwhile = queue_and_ring
    assert len(polled.bridge.claim(wait=25)) == 1
    assert (polled.clock.at, len(polled.bell.waits)) == (0, 1)


def test_a_lost_ring_costs_a_second(polled: Polled) -> None:
    polled.bell.meanwhile = lambda: polled.world.queue(polled.world.counting)
    assert len(polled.bridge.claim(wait=25)) == 1
    assert polled.clock.at == 1


def test_a_poll_without_work_ends_when_its_wait_is_over(polled: Polled) -> None:
    assert polled.bridge.claim(wait=2.5) == []
    assert polled.bell.waits == [1, 1, 0.5]


def test_a_ring_while_the_poll_looks_for_work_is_not_missed(polled: Polled) -> None:
    polled.bridge.claim(wait=1.5)
    assert polled.bell.calls == ["heard", "wait", "heard", "wait", "heard"]  # each taken before looking


def test_a_poll_that_does_not_want_to_wait_does_not(polled: Polled) -> None:
    assert polled.bridge.claim(wait=0) == []
    assert polled.bell.waits == []


def test_a_waiting_poll_holds_no_connection(polled: Polled) -> None:
    held: list[int] = []
    polled.bell.meanwhile = lambda: held.append(polled.world.runtime.database.engine.pool.checkedout())  # type: ignore[attr-defined]
    polled.bridge.claim(wait=2)
    assert held == [0, 0]


def test_work_in_hand_does_not_make_a_poll_spin(polled: Polled) -> None:
    polled.world.queue(polled.world.counting)
    assert len(polled.bridge.claim(wait=25)) == 1
    assert polled.clock.at == 0
    assert len(polled.bridge.claim(wait=25)) == 1
    assert polled.clock.at == 0.25


def test_news_is_told_at_once_with_what_was_told_before(polled: Polled) -> None:
    polled.world.queue(polled.world.counting)
    polled.bridge.claim()
    polled.world.queue(polled.world.relay, CommandKind.CLOSE_BREAKER)
    assert len(polled.bridge.claim(wait=25)) == 2
    assert polled.clock.at == 0


def test_a_lost_line_ends_the_poll(polled: Polled) -> None:
    polled.bell.meanwhile = polled.world.let_leases_end
    answer = polled.bridge.try_claim(wait=25).get_json()
    assert answer["lost_lines"] == list(polled.bridge.lines)
    assert polled.clock.at == 1


def test_an_outcome_rings_because_the_next_command_may_go(polled: Polled) -> None:
    polled.world.queue(polled.world.relay, CommandKind.READ_NOW)
    [work] = polled.bridge.claim()
    polled.bridge.try_outcome(work, "none")  # type: ignore[arg-type]
    assert polled.bell.rung == ["commands"]


def test_a_longer_wait_than_the_protocol_allows_is_refused(polled: Polled) -> None:
    told = {"instance": polled.bridge.instance, "lines": [], "wait_seconds": 26}
    headers = {"Authorization": f"Bearer {polled.bridge.token}"}
    assert polled.world.app.test_client().post("/bridge/v1/claim", json=told, headers=headers).status_code == 422
