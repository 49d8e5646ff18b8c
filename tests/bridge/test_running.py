"""A bridge over time: restarts, leases, relays, readings, and what comes first."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from meter_bridge.known_meters import KnownMeters
from meter_bridge.protocol import CommandKind, CommandState, LineLease, MeterPlace, Phase, WriteResult
from meter_bridge.state_lock import StateInUseError, StateLock
from tests.bridge.bench import START_BALANCE, Bench, bench
from tests.bridge.virtual_time import run_virtually

CAS, BLIND, RELAY = "reference_cas", "reference_additive", "generic_relay"


def told(tmp_path: Path, story: Callable[[Bench], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with bench(tmp_path) as made:
            await story(made)

    run_virtually(whole())


def test_an_outcome_that_could_not_be_told_is_told_by_the_next_run_before_it_claims(tmp_path: Path) -> None:
    async def story(made: Bench) -> None:
        made.backend.faults["outcome"].extend(["lost"] * 1000)
        command = made.backend.order(made.places[BLIND], CommandKind.TOP_UP, 500)
        await made.clock.sleep(20)
        assert made.meter(BLIND).purchase_count == 1
        await made.kill()
        made.backend.faults.clear()
        made.backend.lease_ends(command)
        made.backend.calls.clear()
        made.start(seed=2)
        assert await made.backend.settled(command) is CommandState.CONFIRMED
        assert made.backend.calls[0] == "outcome"
        assert command.outcomes[0].write is WriteResult.ACKNOWLEDGED
        assert command.outcomes[0].fence == 1  # the fence of the intent
        assert made.meter(BLIND).purchase_count == 1

    told(tmp_path, story)


def test_a_bridge_killed_after_its_write_does_not_write_again(tmp_path: Path) -> None:
    async def story(made: Bench) -> None:
        made.fault("drop_reply", on="write")
        command = made.backend.order(made.places[BLIND], CommandKind.TOP_UP, 500)
        while not made.meter(BLIND).purchase_count:
            await made.clock.sleep(0.01)
        await made.kill()
        made.backend.lease_ends(command)
        made.start(seed=2)
        assert await made.backend.settled(command) is CommandState.CONFIRMED
        assert [told.write for told in command.outcomes] == [WriteResult.UNSEEN]
        assert made.meter(BLIND).balance == START_BALANCE + 500

    told(tmp_path, story)


@pytest.mark.parametrize("code", ["already_settled", "stale_fence", "held"])
def test_an_outcome_the_backend_has_decided_without_is_dropped(tmp_path: Path, code: str) -> None:
    async def story(made: Bench) -> None:
        made.backend.faults["outcome"].append(code)
        made.backend.order(made.places[CAS], CommandKind.READ_NOW)
        await made.clock.sleep(1)
        assert made.journal is not None
        assert made.journal.outcomes() == []

    told(tmp_path, story)


def test_an_outcome_that_breaks_the_backend_does_not_stop_other_meters(tmp_path: Path) -> None:
    async def story(made: Bench) -> None:
        made.backend.faults["outcome"].extend(["broken"] * 6)
        first = made.backend.order(made.places[CAS], CommandKind.TOP_UP, 500)
        await made.clock.sleep(8)
        second = made.backend.order(made.places[BLIND], CommandKind.TOP_UP, 500)
        assert await made.backend.settled(second) is CommandState.CONFIRMED
        assert await made.backend.settled(first) is CommandState.CONFIRMED

    told(tmp_path, story)


@pytest.mark.parametrize("profile", [CAS, BLIND, RELAY])
@pytest.mark.parametrize("fault", [None, "drop_request", "drop_reply", "false_echo", "garble"])
def test_a_breaker_does_what_was_asked_and_is_read_back(tmp_path: Path, profile: str, fault: str | None) -> None:
    async def story(made: Bench) -> None:
        for kind, closed in ((CommandKind.OPEN_BREAKER, False), (CommandKind.CLOSE_BREAKER, True)):
            if fault:
                made.fault(fault, on="write")
            command = made.backend.order(made.places[profile], kind)
            assert await made.backend.settled(command) is CommandState.CONFIRMED
            assert made.meter(profile).closed is closed

    told(tmp_path, story)


def test_a_breaker_that_stays_open_for_want_of_credit_is_not_reported_closed(tmp_path: Path) -> None:
    async def story(made: Bench) -> None:
        made.meter(CAS).wallet.balance = 0
        command = made.backend.order(made.places[CAS], CommandKind.CLOSE_BREAKER)
        await made.clock.sleep(10)
        assert command.state is not CommandState.CONFIRMED

    told(tmp_path, story)


def test_a_silent_meter_gives_an_outcome_that_decides_nothing(tmp_path: Path) -> None:
    async def story(made: Bench) -> None:
        made.fault("drop_request", unit=made.places[CAS].unit, times=0)
        command = made.backend.order(made.places[CAS], CommandKind.TOP_UP, 500)
        while not command.outcomes:
            await made.clock.sleep(0.1)
        assert (command.outcomes[0].write, command.outcomes[0].after) == (WriteResult.NONE, None)
        made.site.faults.clear()
        assert await made.backend.settled(command) is CommandState.CONFIRMED

    told(tmp_path, story)


def test_read_now_brings_evidence(tmp_path: Path) -> None:
    async def story(made: Bench) -> None:
        command = made.backend.order(made.places[CAS], CommandKind.READ_NOW)
        assert await made.backend.settled(command) is CommandState.CONFIRMED
        after = command.outcomes[0].after
        assert after is not None
        assert (after.balance, after.serial) == (START_BALANCE, made.places[CAS].serial)
        assert "intent" not in made.backend.calls

    told(tmp_path, story)


def test_every_meter_is_polled_and_its_readings_handed_over(tmp_path: Path) -> None:
    async def story(made: Bench) -> None:
        await made.clock.sleep(600)
        for place in made.places.values():
            assert 9 <= sum(reading.meter == place.meter for reading in made.backend.readings_told) <= 11

    told(tmp_path, story)


def test_meters_are_told_when_they_change_and_polled_all_the_same(tmp_path: Path) -> None:
    async def story(made: Bench) -> None:
        backend = made.backend
        await made.clock.sleep(200)
        assert (backend.told_meters, {told.meter for told in backend.readings_told}) == (
            [], {place.meter for place in made.places.values()},
        )  # fmt: skip
        line = next(iter(backend.lines.values()))
        gone = made.places[CAS]
        backend.lines[line.line] = line.model_copy(update={"meters": [each for each in line.meters if each != gone]})
        await made.clock.sleep(120)  # what was read before is told
        backend.readings_told.clear()
        await made.clock.sleep(200)
        polled = {told.meter for told in backend.readings_told}
        assert polled == {place.meter for place in made.places.values()} - {gone.meter}

    told(tmp_path, story)


def test_a_line_whose_meters_were_forgotten_is_asked_for_in_full() -> None:
    lines = KnownMeters()
    place = MeterPlace(meter="M" * 26, unit=1, serial="1", profile=CAS, poll_seconds=60)
    whole = LineLease(
        line="L" * 26, fence=1, lease_seconds=30, kind="modbus_tcp", host="127.0.0.1", port=1, baud=9600,
        timeout_ms=200, quiet_ms=100, meters=[place], meters_mark="a",
    )  # fmt: skip
    short = whole.model_copy(update={"meters": [], "meters_unchanged": True})
    assert lines.complete([short]) == []
    assert lines.complete([whole]) == [whole]
    assert lines.marks() == {"L" * 26: "a"}
    assert lines.complete([short])[0].meters == [place]
    assert lines.complete([short.model_copy(update={"meters_mark": "b"})]) == []
    assert lines.marks() == {}


def test_readings_taken_while_the_backend_is_away_are_told_later_in_order(tmp_path: Path) -> None:
    async def story(made: Bench) -> None:
        await made.clock.sleep(2)
        made.backend.faults["readings"].extend(["lost"] * 300)
        await made.clock.sleep(250)
        await made.kill()
        made.backend.faults.clear()
        made.start(seed=2)
        await made.clock.sleep(120)
        taken = [told.evidence.read_at for told in made.backend.readings_told]
        assert len(taken) >= 3 * 6
        assert taken == sorted(taken)

    told(tmp_path, story)


def test_a_bridge_whose_lease_ran_out_leaves_the_line_alone(tmp_path: Path) -> None:
    async def story(made: Bench) -> None:
        await made.clock.sleep(2)
        made.backend.faults["heartbeat"].extend(["lost"] * 10_000)
        await made.clock.sleep(35)
        told_before = len(made.backend.readings_told)
        await made.clock.sleep(300)
        assert len(made.backend.readings_told) == told_before

    told(tmp_path, story)


def test_a_line_that_comes_back_under_a_new_fence_is_worked_again(tmp_path: Path) -> None:
    async def story(made: Bench) -> None:
        await made.clock.sleep(2)
        line = next(iter(made.backend.lines.values()))
        made.backend.lines[line.line] = line.model_copy(update={"fence": 2})
        command = made.backend.order(made.places[CAS], CommandKind.TOP_UP, 500)
        assert await made.backend.settled(command) is CommandState.CONFIRMED
        assert command.outcomes[-1].fence == 2

    told(tmp_path, story)


def test_ten_orders_at_once_for_one_line_are_all_credited(tmp_path: Path) -> None:
    async def story(made: Bench) -> None:
        for _ in range(10):
            command = made.backend.order(made.places[CAS], CommandKind.TOP_UP, 100)
            assert await made.backend.settled(command) is CommandState.CONFIRMED
        assert made.meter(CAS).purchase_count == 10
        assert made.meter(CAS).balance == START_BALANCE + 1000

    told(tmp_path, story)


def test_a_command_for_a_meter_that_is_not_here_is_given_back(tmp_path: Path) -> None:
    async def story(made: Bench) -> None:
        place = made.places[CAS]
        command = made.backend.order(place, CommandKind.READ_NOW)
        command.place = place.model_copy(update={"meter": "Z" * 26})
        while not command.outcomes:
            await made.clock.sleep(0.1)
        assert command.outcomes[0].after is None

    told(tmp_path, story)


def test_a_stopping_bridge_finishes_what_is_under_way(tmp_path: Path) -> None:
    async def story(made: Bench) -> None:
        command = made.backend.order(made.places[CAS], CommandKind.TOP_UP, 500)
        made.backend.delays["intent"] = 2.0
        await made.clock.sleep(1.0)
        assert made.bridge is not None
        assert made.task is not None
        made.bridge.stop()
        await made.task
        assert command.outcomes[0].write is WriteResult.ACKNOWLEDGED

    told(tmp_path, story)


def test_a_run_that_was_superseded_stops_for_good(tmp_path: Path) -> None:
    async def story(made: Bench) -> None:
        await made.clock.sleep(2)
        made.backend.runs.append("Z" * 26)
        assert made.task is not None
        assert made.bridge is not None
        await asyncio.wait_for(made.task, 60)
        assert made.bridge.superseded

    told(tmp_path, story)


def test_a_wrong_wall_clock_changes_nothing(tmp_path: Path) -> None:
    async def story(made: Bench) -> None:
        for ahead in (86_400.0, -86_400.0, 0.0):
            made.clock.ahead = ahead
            command = made.backend.order(made.places[CAS], CommandKind.TOP_UP, 500)
            assert await made.backend.settled(command) is CommandState.CONFIRMED

    told(tmp_path, story)


def test_two_bridges_do_not_share_a_folder(tmp_path: Path) -> None:
    first = StateLock(tmp_path)
    with pytest.raises(StateInUseError):
        StateLock(tmp_path)
    first.release()
    StateLock(tmp_path).release()


def test_a_verification_waits_for_no_meter(tmp_path: Path) -> None:
    """A meter that stays silent is asked again by the backend, not by this bridge for ever."""

    async def story(made: Bench) -> None:
        made.fault("power_loss", on="write", seconds=5.0)
        command = made.backend.order(made.places[CAS], CommandKind.TOP_UP, 500)
        while command.phase is not Phase.VERIFY:
            await asyncio.sleep(0.1)
        assert await made.backend.settled(command) is CommandState.CONFIRMED

    told(tmp_path, story)
