"""Who may use a line, and until when."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from backend.app import create_app
from backend.kernel.clock import SystemClock
from backend.metering.commands.expiring import expire_leases
from backend.metering.models import Bridge, Line, Meter
from backend.runtime import Runtime
from meter_bridge.protocol import (
    CommandKind,
    CommandState,
    HeartbeatRequest,
    LineStatistics,
    LineStatus,
    MonthBudget,
    WriteResult,
)
from tests.flows.bridge_world import START, BridgeWorld, SpokenBridge, make_world, refusal, said

STALE_INSTANCE = (409, "stale_instance")


class StandingClock(SystemClock):
    """Stands at one instant."""

    instant = datetime(2026, 3, 1, tzinfo=UTC)

    def now(self) -> datetime:
        """Return it."""
        return self.instant


@pytest.fixture
def bridges(runtime: Runtime) -> BridgeWorld:
    return make_world(runtime)


def line_of(bridges: BridgeWorld) -> Line:
    return bridges.fresh(bridges.park.line)


def test_a_heartbeat_brings_the_line_with_its_meters(bridges: BridgeWorld) -> None:
    reply = bridges.bridge().heartbeat()
    [lease] = reply.lines
    assert (lease.fence, lease.host, lease.port, lease.kind) == (1, "127.0.0.1", 5020, "modbus_tcp")
    assert [place.unit for place in lease.meters] == [1, 2, 3, 4]
    assert lease.meters[0].serial == bridges.counting.serial
    assert (lease.lease_seconds, reply.heartbeat_seconds) == (30, 10)


def test_meters_are_told_once_and_again_when_anything_of_them_changes(bridges: BridgeWorld) -> None:
    bridge = bridges.bridge()
    [told] = bridge.heartbeat().lines
    known = {told.line: told.meters_mark}
    [same] = bridge.heartbeat(known_meters=known).lines
    assert (same.meters, same.meters_unchanged, same.meters_mark) == ([], True, told.meters_mark)

    serial = update(Meter).where(Meter.id == bridges.counting.id).values(serial="000000004711")
    bridges.run(lambda session: session.execute(serial))
    [changed] = bridge.heartbeat(known_meters=known).lines
    assert changed.meters[0].serial == "000000004711"
    assert not changed.meters_unchanged
    [same] = bridge.heartbeat(known_meters={told.line: changed.meters_mark}).lines
    assert same.meters_unchanged


def test_meters_are_told_again_when_a_profile_changes(bridges: BridgeWorld) -> None:
    bridge = bridges.bridge()
    [told] = bridge.heartbeat().lines
    profiles = dict(bridges.runtime.profiles)
    profiles["reference_cas"] = profiles["reference_cas"].model_copy(update={"poll_seconds": 7.0})
    profiles["reference_cas"]._sha256 = "0" * 64
    renewed = replace(bridge, app=create_app(replace(bridges.runtime, profiles=profiles)))
    [again] = renewed.heartbeat(known_meters={told.line: told.meters_mark}).lines
    assert again.meters[0].poll_seconds == 7


def test_a_renewed_lease_keeps_its_fence_and_lasts_longer(bridges: BridgeWorld) -> None:
    bridge = bridges.holding()
    first = line_of(bridges)
    assert bridge.heartbeat().lines[0].fence == 1
    then = line_of(bridges)
    assert first.leased_until is not None
    assert then.leased_until is not None
    assert then.leased_until > first.leased_until


def test_of_two_bridges_only_one_gets_the_line(bridges: BridgeWorld) -> None:
    first, second = bridges.holding("first"), bridges.bridge("second")
    assert second.heartbeat().lines == []
    assert first.heartbeat().lines[0].fence == 1


def test_a_line_whose_bridge_fell_silent_goes_to_another_under_the_next_fence(bridges: BridgeWorld) -> None:
    first, second = bridges.holding("first"), bridges.bridge("second")
    bridges.let_leases_end()
    assert second.heartbeat().lines[0].fence == 2
    assert first.heartbeat().lines == []


def test_a_line_that_ran_out_comes_back_to_its_own_run_under_the_next_fence(bridges: BridgeWorld) -> None:
    bridge = bridges.holding()
    bridges.let_leases_end()
    assert bridge.heartbeat().lines[0].fence == 2


def test_a_restarted_bridge_gets_its_lines_back_at_once_under_the_next_fence(bridges: BridgeWorld) -> None:
    bridge = bridges.holding()
    assert bridge.restarted().heartbeat().lines[0].fence == 2


def test_a_superseded_run_has_lost_for_ever(bridges: BridgeWorld) -> None:
    zombie = bridges.holding()
    second = zombie.restarted()
    second.heartbeat()
    third = second.restarted()
    third.heartbeat()
    for lost in (zombie, second):
        assert refusal(lost.try_heartbeat()) == STALE_INSTANCE
    bridges.let_leases_end()
    assert refusal(zombie.try_heartbeat()) == STALE_INSTANCE
    assert third.heartbeat().lines[0].fence == 4


def test_a_superseded_run_can_neither_claim_nor_write_nor_tell(bridges: BridgeWorld) -> None:
    zombie = bridges.holding()
    bridges.queue(bridges.counting)
    [work] = zombie.claim()
    zombie.restarted().heartbeat()
    assert refusal(zombie.try_claim()) == STALE_INSTANCE
    assert refusal(zombie.try_intent(work, said(bridges.counting))) == STALE_INSTANCE
    assert refusal(zombie.try_outcome(work, WriteResult.NONE)) == STALE_INSTANCE


def test_a_run_that_nobody_heard_of_holds_nothing_until_its_heartbeat(bridges: BridgeWorld) -> None:
    bridge = bridges.holding()
    bridges.queue(bridges.counting)
    [work] = bridge.claim()
    unheard = bridge.restarted()
    unheard.lines = bridge.lines
    assert unheard.try_claim().get_json() == {"work": [], "lost_lines": list(bridge.lines)}
    assert refusal(unheard.try_intent(work, said(bridges.counting))) == (409, "not_leased")
    assert bridge.heartbeat().lines[0].fence == 1


def test_the_fence_only_ever_rises(bridges: BridgeWorld) -> None:
    bridge, fences = bridges.holding(), []
    for _ in range(4):
        bridge = bridge.restarted()
        fences.append(bridge.heartbeat().lines[0].fence)
        bridges.let_leases_end()
        bridges.run(expire_leases)
    assert fences == sorted(set(fences))


def test_the_ticker_frees_lines_and_leaves_nothing_in_hand(bridges: BridgeWorld) -> None:
    bridge = bridges.holding()
    sent, waiting = bridges.queue(bridges.counting), bridges.queue(bridges.blind)
    work = {one.command: one for one in bridge.claim()}
    bridge.intent(work[sent], said(bridges.counting))
    assert bridges.run(expire_leases) == 0
    bridges.let_leases_end()
    assert bridges.run(expire_leases) == 1
    assert line_of(bridges).bridge_id is None
    assert bridges.command(sent).state is CommandState.UNKNOWN
    assert bridges.command(waiting).state is CommandState.QUEUED
    assert bridges.run(expire_leases) == 0


@pytest.mark.parametrize("kind", [CommandKind.CLOSE_BREAKER, CommandKind.READ_NOW])
def test_the_ticker_cancels_what_came_too_late(bridges: BridgeWorld, kind: CommandKind) -> None:
    late = bridges.queue(bridges.relay, kind, expires_in=60)
    assert bridges.run(expire_leases) == 0
    bridges.set_commands(expires_at=START)
    assert bridges.run(expire_leases) == 1
    assert bridges.command(late).state is CommandState.CANCELLED


def test_money_never_comes_too_late(bridges: BridgeWorld) -> None:
    money = bridges.queue(bridges.counting, expires_in=60)
    assert bridges.command(money).expires_at is None


def test_what_the_bridge_says_of_its_line_is_kept_if_it_holds_it(bridges: BridgeWorld) -> None:
    bridge = bridges.holding()
    line = bridges.park.line.reference
    bridge.heartbeat(lines=[LineStatus(line=line, fence=9, gateway_answers=True, last_good_at=START)])
    assert line_of(bridges).gateway_answers is None
    bridge.heartbeat(lines=[LineStatus(line=line, fence=1, gateway_answers=False, last_good_at=START)])
    assert (line_of(bridges).gateway_answers, line_of(bridges).last_good_at) == (False, START)


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-05-02T08:00:00"])
def test_an_instant_that_no_calendar_has_is_not_kept(bridges: BridgeWorld, at: str) -> None:
    """Nobody could read a line with it: neither who frees lines of all, nor who sends money to its meters."""
    bridge, line = bridges.holding(), bridges.park.line.reference
    for told in (START, datetime.fromisoformat(at)):
        bridge.heartbeat(lines=[LineStatus(line=line, fence=1, gateway_answers=True, last_good_at=told)])
    assert line_of(bridges).last_good_at == START


@pytest.mark.parametrize(
    "wrong", [{"often_times": 10**10}, {"slot_times": 0}, {"slot_times": 10**5, "slot_seconds": 10**5}]
)
def test_a_pace_that_cannot_be_reckoned_with_is_refused(bridges: BridgeWorld, wrong: dict[str, int]) -> None:
    bridge, line = bridges.holding(), bridges.park.line.reference
    told = dict[str, Any](seconds=60, polls=1, polls_per_minute=1, bound_per_minute=9, errors={}) | wrong
    statistics = LineStatistics.model_construct(**told)
    status = LineStatus.model_construct(line=line, fence=1, gateway_answers=True, statistics=statistics)
    asked = HeartbeatRequest.model_construct(instance=bridge.instance, profiles={}, lines=[status])
    assert bridge.post("heartbeat", asked).status_code == 422
    assert line_of(bridges).statistics is None


def test_the_bytes_of_a_month_are_counted_over_restarts_and_begin_anew_on_the_first_of_the_park(
    bridges: BridgeWorld,
) -> None:
    """The park is eight hours ahead of UTC: its April begins on 31 March at 16:00."""
    owner, line = bridges.holding(), bridges.park.line.reference
    bridges.runtime.database.clock = clock = StandingClock()

    def told(bridge: SpokenBridge, carried: int, fence: int) -> MonthBudget:
        status = LineStatus(line=line, fence=fence, gateway_answers=True, carried=carried)
        month = bridge.heartbeat(lines=[status]).lines[0].month
        assert month is not None
        return month

    assert owner.heartbeat().lines[0].month is None
    bridges.run(lambda s: s.execute(update(Line).values(monthly_bytes=10_000)))
    clock.instant = datetime(2026, 3, 31, 15, 0, tzinfo=UTC)
    assert told(owner, 4_000, 1) == MonthBudget(left_bytes=6_000, left_seconds=3600)
    assert told(owner, 4_000, 1).left_bytes == 6_000  # told twice
    assert told(owner, 4_500, 1).left_bytes == 5_500
    bridges.let_leases_end()
    assert owner.heartbeat().lines[0].fence == 2
    assert told(owner, 7_000, 2).left_bytes == -1_500  # a bridge counts from nothing under each fence
    clock.instant = datetime(2026, 3, 31, 16, 0, 1, tzinfo=UTC)
    assert told(owner, 7_100, 2) == MonthBudget(left_bytes=9_900, left_seconds=30 * 86_400 - 1)


def test_profiles_that_differ_are_noted(bridges: BridgeWorld) -> None:
    bridge = bridges.bridge()
    shas = {code: profile.sha256 for code, profile in bridges.runtime.profiles.items()}
    bridge.heartbeat(profiles=shas | {"reference_cas": "another"})

    def noted() -> str:
        return str(bridges.run(lambda s: s.query(Bridge).one()).unfit_profiles)

    assert noted() == "reference_cas"
    bridge.heartbeat(profiles=shas)
    assert noted() == ""


def test_leases_are_as_long_as_the_time_scale_makes_them(bridges: BridgeWorld) -> None:
    bridges.runtime.database.time_scale = 10
    reply = bridges.bridge().heartbeat()
    assert (reply.lines[0].lease_seconds, reply.heartbeat_seconds) == (3, 1)
    line = line_of(bridges)
    assert line.leased_until is not None
    left = line.leased_until - bridges.run(lambda s: s.database_now())
    assert timedelta(0) < left <= timedelta(seconds=3)


def test_an_intent_makes_the_lease_last_as_long_as_its_order(bridges: BridgeWorld) -> None:
    bridge = bridges.holding()
    bridges.queue(bridges.counting)
    [work] = bridge.claim()
    first = line_of(bridges).leased_until
    order = bridge.intent(work, said(bridges.counting))
    assert first is not None
    assert order.expires_at == line_of(bridges).leased_until
    assert order.expires_at > first


def test_a_line_with_a_home_waits_for_its_bridge(bridges: BridgeWorld) -> None:
    """Nobody else has the device, or gets the calls."""
    world = bridges
    home, other = world.bridge("home"), world.bridge("other")
    home_id = world.run(lambda s: s.query(Bridge).filter_by(name="home").one().id)
    world.run(lambda s: s.query(Line).update({"kind": "dial_in", "registration": "DTU-7", "home_bridge_id": home_id}))
    assert other.heartbeat().lines == []
    (lease,) = home.heartbeat(refused_calls=[{"port": 6000, "packet": "00", "times": 2}]).lines
    assert (lease.kind, lease.registration) == ("dial_in", "DTU-7")
    refused = world.run(lambda s: s.query(Bridge).filter_by(name="home").one().refused_calls)
    assert refused == [{"port": 6000, "packet": "00", "times": 2}]


def test_how_a_line_goes_is_kept_as_told_last(bridges: BridgeWorld) -> None:
    bridge = bridges.holding()
    (lease,) = bridge.heartbeat().lines
    going = LineStatistics(
        seconds=300, polls=1500, polls_per_minute=300, bound_per_minute=341, errors={"LineTimeoutError": 2}
    )
    bridge.heartbeat(lines=[LineStatus(line=lease.line, fence=lease.fence, gateway_answers=True, statistics=going)])
    assert line_of(bridges).statistics == going.model_dump()
