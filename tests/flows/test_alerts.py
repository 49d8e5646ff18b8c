"""Every alert rule is quiet when all is well, and fires when what it watches for really happens."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from backend.audit.recording import SYSTEM
from backend.jobs import drains
from backend.kernel import queue
from backend.kernel.clock import SystemClock
from backend.kernel.db import Session
from backend.kernel.metrics import BELL_FAILURES
from backend.kernel.queue import RedisQueue
from backend.kernel.scope import Scope
from backend.metering.causes import CommandCause
from backend.metering.commands.commanding import queue_command
from backend.metering.groups.grouping import make_group
from backend.metering.locks.hanging import Sign
from backend.metering.models import Meter, MeterState
from backend.metering.statuses import Said, note
from backend.metering.walk_models import WalkStep, WalkTest
from meter_bridge import protocol
from meter_bridge.protocol import CommandKind, CommandState, Evidence, SupplyState, WriteResult
from tests.flows.alert_rules import Rule, Scrape, rules, scrape
from tests.flows.callbacks import signed_callback
from tests.flows.conftest import World
from tests.flows.lock_world import Lockers
from tests.flows.town import Town
from tests.house.sources import text_of

RULES = {rule.name: rule for rule in rules()}
HOUR = timedelta(hours=1)
Happening = Callable[[Town, World], None]


class QuickClock(SystemClock):
    """Does not wait."""

    def sleep(self, seconds: float) -> None:
        """Return at once."""


@pytest.fixture
def town(world: World, superuser: Engine) -> Town:
    """A park with money in every place, tended by a ticker."""
    town = Town(world.runtime, superuser, world.park)
    drains.run_all(world.runtime)
    return town


def seen(town: Town, at: float) -> Scrape:
    """Scrape /metrics, as if at this second."""
    return scrape(town.world.app.test_client().get("/metrics").text, at)


def over(town: Town, rule: Rule, *earlier: Scrape) -> list[Scrape]:
    """Scrape twice, as far apart as the rule must hold, after what was scraped earlier."""
    start = earlier[-1].at + 15 if earlier else 0.0
    return [*earlier, seen(town, start), seen(town, start + rule.seconds)]


def paid_before(minutes: int) -> Happening:
    def happen(town: Town, _: World) -> None:
        town.break_by_hand(f"UPDATE credit_order SET paid_at = paid_at - interval '{minutes} min' WHERE state = 'paid'")

    return happen


def hold(town: Town, _: World) -> None:
    blind = town.known.blind
    town.pay(blind, 900)
    [work] = [w for w in town.bridge.claim() if w.meter == blind.meter.reference]
    town.bridge.intent(work, town.said(blind.meter))
    assert town.bridge.outcome(work, WriteResult.UNANSWERED, town.said(blind.meter)) is CommandState.HELD


def freeze(town: Town, _: World) -> None:
    other = town.said(town.known.counting.meter).model_copy(update={"serial": "999999999999"})
    reading = protocol.Reading(meter=town.known.counting.meter.reference, evidence=other)
    town.bridge.post("readings", protocol.ReadingsRequest(instance=town.bridge.instance, readings=[reading]))


def refuse(town: Town, _: World) -> None:
    meter = town.known.counting.meter
    for _attempt in range(3):
        [work] = [w for w in town.bridge.claim() if w.meter == meter.reference]
        town.bridge.intent(work, town.said(meter))
        town.bridge.outcome(work, WriteResult.REFUSED, town.said(meter))
        town.world.let_waits_end()


def fail_to_apply(town: Town, _: World) -> None:
    def retired(session: object) -> None:
        session.get_one(Meter, town.known.blind.meter.id).state = MeterState.RETIRED  # type: ignore[attr-defined]

    def retire_after_placing(order_no: str) -> None:
        town.world.run(retired)
        town.take(order_no, 800)

    retire_after_placing(town.place(town.known.blind, 800))


def break_wallet(town: Town, _: World) -> None:
    town.break_by_hand("UPDATE account SET wallet_fen = wallet_fen + 1 WHERE id = :account")
    assert town.check() == 1


def long_since(duty: str, minutes: int) -> Happening:
    def happen(town: Town, _: World) -> None:
        town.break_by_hand(f"UPDATE duty SET done_at = done_at - interval '{minutes} min' WHERE name = '{duty}'")

    return happen


def never(duty: str) -> Happening:
    def happen(town: Town, _: World) -> None:
        town.break_by_hand(f"DELETE FROM duty WHERE name = '{duty}'")

    return happen


def call_back(count: int, *, age_seconds: int, flaw: bytes) -> Happening:
    def happen(town: Town, world: World) -> None:
        merchant = town.known.merchant
        for _ in range(count):
            headers, body = signed_callback(
                world.sandbox, merchant, order_no="no such order", amount_fen=1, age_seconds=age_seconds
            )
            path = f"/callbacks/wechat_pay/{merchant.callback_key}"
            answer = town.world.app.test_client().post(path, data=body + flaw, headers=headers)
            assert answer.status_code == 401

    return happen


def leave_untold(town: Town, _: World) -> None:
    town.pay(town.known.counting, 100)
    town.break_by_hand("UPDATE event SET learned_at = learned_at - interval '3 min' WHERE told_at IS NULL")


def leave_unsealed(town: Town, _: World) -> None:
    scope = Scope(town.known.organisation.id)
    town.runtime.database.run(lambda session: make_group(session, scope=scope, name="g", park_id=None, by=SYSTEM))
    town.break_by_hand("UPDATE audit_entry SET occurred_at = occurred_at - interval '61 s'")


def lose_redis(town: Town, world: World) -> None:
    rung = RedisQueue(queue.connect("unix:///nowhere/valkey.sock"), QuickClock())
    failures = BELL_FAILURES.labels("redis")
    before = failures._value.get()

    def failed_often() -> bool:
        rung.start("events")
        return bool(failures._value.get() - before > 5)

    world.wait_for(failed_often, "the bell failing")


def stop_answering(town: Town, _: World) -> None:
    now = town.runtime.clock.now()
    status = [
        protocol.LineStatus(line=line, fence=fence, gateway_answers=False, last_good_at=now - timedelta(minutes=11))
        for line, fence in town.bridge.lines.items()
    ]
    town.bridge.heartbeat(lines=status)


def lose_bridge(town: Town, _: World) -> None:
    town.world.let_leases_end()


def leave_lock(town: Town, _: World) -> None:
    crew = Lockers(town.world)
    crew.hang(crew.hired("grace"), town.known.relay.meter, Sign("更换断路器", town.runtime.clock.now() + HOUR))
    town.break_by_hand("UPDATE maintenance_lock SET expected_until = now() - interval '1 min'")


def leave_walk(town: Town, _: World) -> None:
    meter, staff, now = town.known.relay.meter, Lockers(town.world).hired("erin").staff_id, town.runtime.clock.now()
    own = {"organisation_id": town.known.organisation.id}

    def walked(session: Session) -> None:
        stored, cause = session.get_one(Meter, meter.id), CommandCause.STAFF
        opened = queue_command(session, meter=stored, kind=CommandKind.OPEN_BREAKER, cause=cause, request_id="r")
        walk = WalkTest(
            **own, park_id=town.known.park.id, line_id=stored.line_id, started_by=staff, started_at=now, cut_reason=""
        )
        session.add(walk)
        session.flush()
        session.add(WalkStep(**own, walk_id=walk.id, meter_id=stored.id, opened_by_command=opened.id, why=""))
        dark = Evidence(read_at=now, serial=stored.serial, supply=SupplyState.OPEN)
        note(session, organisation_id=stored.organisation_id, said=Said(stored.id, dark))

    town.runtime.database.run(walked)
    town.break_by_hand("UPDATE meter_command SET queued_at = queued_at - interval '31 min' WHERE kind = 'open_breaker'")


HAPPENINGS: list[tuple[str, Happening]] = [
    ("PaidOrderWaits", paid_before(3)),
    ("PaidOrderWaitsLong", paid_before(11)),
    ("CommandsHeld", hold),
    ("MetersFrozen", freeze),
    ("OrdersRefundable", refuse),
    ("ReceiptsPending", fail_to_apply),
    ("ProofFailed", break_wallet),
    ("ProofSilent", long_since("self_check", 31)),
    ("ProofSilent", never("self_check")),
    ("CallbacksStale", call_back(1, age_seconds=600, flaw=b"")),
    ("CallbacksForged", call_back(21, age_seconds=0, flaw=b" ")),
    ("EventsUntold", leave_untold),
    ("AuditUnsealed", leave_unsealed),
    ("BellFails", lose_redis),
    ("TickerSilent", long_since("tick", 2)),
    ("TickerSilent", never("tick")),
    ("PollTooOld", stop_answering),
    ("LineUnleased", lose_bridge),
    ("MaintenanceLockOverdue", leave_lock),
    ("WalkLeftBreakerOpen", leave_walk),
]


def test_every_rule_is_seen_to_fire() -> None:
    assert {name for name, _ in HAPPENINGS} == set(RULES)


def test_every_metric_a_rule_names_is_on_the_metrics_page(town: Town) -> None:
    there = seen(town, 0).names
    assert {name for rule in RULES.values() for name in rule.metrics()} - there == set()


def test_all_is_quiet_when_all_is_well(town: Town) -> None:
    assert [rule.name for rule in RULES.values() if rule.fires(over(town, rule))] == []


@pytest.mark.parametrize(("name", "happen"), HAPPENINGS, ids=[name for name, _ in HAPPENINGS])
def test_a_rule_fires_when_it_happens_and_not_before(town: Town, world: World, name: str, happen: Happening) -> None:
    rule = RULES[name]
    before = over(town, rule)
    assert not rule.fires(before)
    happen(town, world)
    assert rule.fires(over(town, rule, *before))


def test_less_than_the_limit_is_quiet(town: Town, world: World) -> None:
    before = seen(town, 0)
    paid_before(3)(town, world)
    call_back(20, age_seconds=0, flaw=b" ")(town, world)
    for name in ("PaidOrderWaitsLong", "CallbacksForged"):
        assert not RULES[name].fires([before, seen(town, 15)])


def test_what_has_just_begun_does_not_fire_a_rule_that_waits(town: Town, world: World) -> None:
    before = seen(town, 0)
    lose_bridge(town, world)
    begun, later = seen(town, 30), seen(town, 150)
    assert not RULES["LineUnleased"].fires([before, begun])
    assert not RULES["LineUnleased"].fires([before, seen(town, 119)])
    assert RULES["LineUnleased"].fires([before, begun, later])


def test_every_rule_stands_in_the_operators_page() -> None:
    told = set(re.findall(r"^\| `(\w+)` \|", text_of("docs/operations.md"), re.MULTILINE))
    assert set(RULES) <= told
