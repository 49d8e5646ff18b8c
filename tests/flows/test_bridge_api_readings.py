"""What polls bring is stored once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from backend.kernel import db
from backend.metering.history.condition_models import MeterCondition
from backend.metering.history.freezing_registers import freeze_registers
from backend.metering.history.models import HourRegister
from backend.metering.history.models import Reading as StoredReading
from backend.metering.models import Meter, MeterStatus
from backend.metering.queries import MeterView, views_of
from backend.runtime import Runtime
from meter_bridge import protocol
from meter_bridge.protocol import CommandState, Evidence, LineStatus, Reading, WriteResult
from tests.flows.bridge_world import BridgeWorld, SpokenBridge, make_world, message, refusal, said
from tests.park import build


@pytest.fixture
def bridges(runtime: Runtime) -> BridgeWorld:
    return make_world(runtime)


@pytest.fixture
def bridge(bridges: BridgeWorld) -> SpokenBridge:
    return bridges.holding()


def tell(bridge: SpokenBridge, meter: Meter, *evidence: Evidence) -> int:
    readings = [Reading(meter=meter.reference, evidence=one) for one in evidence]
    told = protocol.ReadingsRequest(instance=bridge.instance, readings=readings)
    return message(protocol.ReadingsReply, bridge.post("readings", told)).stored


def status(bridges: BridgeWorld) -> MeterStatus:
    found: MeterStatus = bridges.run(lambda s: s.query(MeterStatus).one())
    return found


def test_readings_told_twice_are_stored_once(bridges: BridgeWorld, bridge: SpokenBridge) -> None:
    polls = [said(bridges.counting, at=at, energy_wh=1000 + at) for at in (0, 60, 120)]
    assert tell(bridge, bridges.counting, *polls[:2]) == 2
    assert tell(bridge, bridges.counting, *polls) == 1
    assert tell(bridge, bridges.counting, *polls, polls[0]) == 0
    assert bridges.run(lambda s: s.query(StoredReading).count()) == 3


def test_a_late_reading_is_stored_but_is_not_the_newest(bridges: BridgeWorld, bridge: SpokenBridge) -> None:
    tell(bridge, bridges.counting, said(bridges.counting, balance=700, at=120))
    assert tell(bridge, bridges.counting, said(bridges.counting, balance=900, at=60)) == 1
    assert status(bridges).balance == 700


def test_the_newest_of_one_batch_is_the_status_in_whatever_order(bridges: BridgeWorld, bridge: SpokenBridge) -> None:
    tell(bridge, bridges.counting, *(said(bridges.counting, balance=at, at=at) for at in (60, 180, 120)))
    assert status(bridges).balance == 180


def test_a_value_that_a_poll_did_not_bring_stays(bridges: BridgeWorld, bridge: SpokenBridge) -> None:
    tell(bridge, bridges.counting, said(bridges.counting, energy_wh=55))
    tell(bridge, bridges.counting, said(bridges.counting, balance=900, at=60))
    assert (status(bridges).energy_wh, status(bridges).balance) == (55, 900)


def test_a_reading_from_the_future_or_of_noise_is_left_out(bridges: BridgeWorld, bridge: SpokenBridge) -> None:
    future = (bridges.runtime.clock.now() + timedelta(minutes=6) - said(bridges.counting).read_at).total_seconds()
    polls = [said(bridges.counting, at=future), said(bridges.counting, balance=2**70), said(bridges.counting, at=1)]
    assert tell(bridge, bridges.counting, *polls) == 1


@pytest.mark.parametrize("year", [3, 1970, 2000])
def test_a_bridge_whose_clock_was_never_set_makes_no_history(
    bridges: BridgeWorld, bridge: SpokenBridge, year: int
) -> None:
    """Registers of each hour since then would be drawn, for each of its meters, by the one who freezes those of all."""
    never = (datetime(year, 1, 1, tzinfo=UTC) - said(bridges.counting).read_at).total_seconds()
    for at, energy_wh in ((never, 1000), (never + 60, 1001), (0, 1010), (7200, 1020)):
        tell(bridge, bridges.counting, said(bridges.counting, at=at, energy_wh=energy_wh))
    assert bridges.run(lambda s: s.query(StoredReading).count()) == 2
    bridges.run(lambda s: freeze_registers(s, most=9))
    assert bridges.run(lambda s: s.query(HourRegister).count()) == 2


@pytest.mark.parametrize("noise", [{"power_w": 2**70}, {"phase_power_w": [2**62] * 3}, {"power_factor": -(2**63)}])
def test_measurements_of_noise_hold_up_neither_their_reading_nor_those_of_others(
    bridges: BridgeWorld, bridge: SpokenBridge, noise: dict[str, Any]
) -> None:
    one, other = bridges.counting, bridges.park.other.meter
    readings = [
        Reading(meter=one.reference, evidence=said(one, energy_wh=5)),
        Reading(meter=other.reference, evidence=said(other, energy_wh=5), condition=protocol.Condition(**noise)),
    ]
    told = protocol.ReadingsRequest(instance=bridge.instance, readings=readings)
    assert message(protocol.ReadingsReply, bridge.post("readings", told)).stored == 2
    assert bridges.run(lambda s: s.query(MeterCondition).count()) == 0


def test_a_status_from_the_future_gives_way_to_what_is_told_next(bridges: BridgeWorld, bridge: SpokenBridge) -> None:
    now = (bridges.runtime.clock.now() - said(bridges.counting).read_at).total_seconds()
    tell(bridge, bridges.counting, said(bridges.counting, balance=900, at=now + 240))
    tell(bridge, bridges.counting, said(bridges.counting, balance=800, at=now - 60))
    assert status(bridges).balance == 800
    tell(bridge, bridges.counting, said(bridges.counting, balance=700, at=now - 120))
    assert status(bridges).balance == 800


def test_another_meters_serial_freezes_the_meter_and_is_no_status(bridges: BridgeWorld, bridge: SpokenBridge) -> None:
    assert tell(bridge, bridges.counting, said(bridges.counting, serial="999")) == 0
    assert tell(bridge, bridges.counting, said(bridges.counting, serial="999", at=60)) == 0
    assert bridges.fresh(bridges.counting).frozen_reason == "foreign_serial"
    assert sorted(bridges.topics()) == ["meter_frozen", "reading_held"]
    assert bridges.run(lambda s: s.query(MeterStatus).count()) == 0


def test_a_meter_of_another_organisation_cannot_be_told_of(bridges: BridgeWorld, bridge: SpokenBridge) -> None:
    other = build(bridges.runtime, name="Dora's park").counting.meter
    assert tell(bridge, other, said(other)) == 0


@pytest.mark.parametrize("sent", [False, True])
def test_a_meter_that_speaks_again_gets_its_command_at_once(
    bridges: BridgeWorld, bridge: SpokenBridge, *, sent: bool
) -> None:
    reference = bridges.queue(bridges.counting)
    for attempt in range(4):
        bridges.let_waits_end()
        [work] = bridge.claim()
        if sent and attempt == 0:
            bridge.intent(work, said(bridges.counting))
        bridge.outcome(work, WriteResult.UNANSWERED if sent else WriteResult.NONE)
    expected = CommandState.UNKNOWN if sent else CommandState.QUEUED
    assert bridges.command(reference).state is expected
    assert bridge.claim() == []
    tell(bridge, bridges.counting, said(bridges.counting, at=60))
    assert [work.command for work in bridge.claim()] == [reference]


def test_a_poll_does_not_hand_out_again_what_is_being_read_back(bridges: BridgeWorld, bridge: SpokenBridge) -> None:
    bridges.queue(bridges.counting)
    [work] = bridge.claim()
    bridge.intent(work, said(bridges.counting))
    bridge.outcome(work, WriteResult.UNANSWERED)
    bridges.let_waits_end()
    assert len(bridge.claim()) == 1
    tell(bridge, bridges.counting, said(bridges.counting, at=60))
    assert bridge.claim() == []


def test_a_journal_is_delivered_by_the_next_run_before_its_heartbeat(
    bridges: BridgeWorld, bridge: SpokenBridge
) -> None:
    later = bridge.restarted()
    assert tell(later, bridges.counting, said(bridges.counting)) == 1
    later.heartbeat()
    told = protocol.ReadingsRequest(instance=bridge.instance, readings=[])
    assert refusal(bridge.post("readings", told)) == (409, "stale_instance")


def test_batches_told_at_once_in_opposite_orders_do_not_block_each_other(
    bridges: BridgeWorld, bridge: SpokenBridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "RETRIED", ())  # a deadlock shall be seen, not done again
    meters = (bridges.counting, bridges.blind, bridges.park.other.meter)

    def batch(number: int) -> int:
        readings = [Reading(meter=m.reference, evidence=said(m, at=at)) for at in range(1000) for m in meters]
        told = protocol.ReadingsRequest(instance=bridge.instance, readings=readings[:: 1 if number % 2 else -1])
        return message(protocol.ReadingsReply, bridge.post("readings", told)).stored

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(batch, range(8))) == 3000


def test_others_see_the_newest_its_age_and_whether_the_gateway_answers(
    bridges: BridgeWorld, bridge: SpokenBridge
) -> None:
    meter = bridges.counting

    def view() -> MeterView:
        found: dict[int, MeterView] = bridges.run(lambda s: views_of(s, meter_ids=[meter.id]))
        return found[meter.id]

    assert (view().balance, view().read_at, view().age_seconds, view().gateway_alive) == (None, None, None, None)
    tell(bridge, meter, said(meter, balance=4200))
    bridge.heartbeat(lines=[LineStatus(line=bridges.park.line.reference, fence=1, gateway_answers=True)])
    assert (view().balance, view().gateway_alive, view().frozen) == (4200, True, False)
    assert (view().age_seconds or 0) > 0
    bridges.let_leases_end()
    assert view().gateway_alive is None
