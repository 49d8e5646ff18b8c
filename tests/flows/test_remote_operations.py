"""What staff ask of a meter at its page, carried out by a running bridge at a simulated meter, and read back."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from backend.audit.models import AuditEntry
from backend.estate.models import Organisation, Park
from backend.kernel.db import Database, Session
from backend.metering.causes import CommandCause
from backend.metering.command_models import MeterCommand
from backend.metering.models import Meter, MeterStatus
from backend.runtime import Runtime
from backend.staff.roles import StaffRole
from meter_bridge.clock import SystemClock
from meter_bridge.protocol import CommandKind, CommandState, SupplyState, WriteResult
from tests.flows.bridge_world import make_world, refusal, said
from tests.flows.chain import Chain, running_chain
from tests.flows.conftest import World
from tests.flows.lock_world import Lockers
from tests.flows.staff_world import CountedPasswords, MovableClock, Office
from tests.web.office import Browser, at_desk


class OfficeOf(Office):
    """The staff of a park that is there already."""

    there: World

    def _found(self, session: Session) -> tuple[Organisation, list[Park]]:
        return self.there.park.organisation, [self.there.park.park]


@dataclass
class Story:
    """A technician at a desk, and meters that a bridge speaks to."""

    chain: Chain
    desk: Browser

    def ask(self, meter: Meter, what: str) -> str:
        """Ask at the meter's page and return what it says then."""
        page = f"/admin/meters/{meter.id}"
        self.desk.see(page)
        self.desk.send(f"{page}/ask", do=what, reason="演练", back=page)
        return self.desk.see(page)

    def last(self, meter: Meter) -> MeterCommand:
        """Return the newest command of a meter."""
        newest = select(MeterCommand).filter_by(meter_id=meter.id).order_by(MeterCommand.id.desc()).limit(1)
        return self.chain.world.runtime.database.run(lambda session: session.scalars(newest).one())

    def done(self, meter: Meter, kind: CommandKind) -> MeterCommand:
        """Wait until the newest command, which must be of this kind, is confirmed by the meter."""
        assert self.last(meter).kind is kind
        self.chain.wait_for(lambda: self.last(meter).state is CommandState.CONFIRMED, f"{kind.value} confirmed")
        return self.last(meter)

    def status(self, meter: Meter) -> MeterStatus:
        """Return what a meter said last."""
        known = select(MeterStatus).filter_by(meter_id=meter.id)
        return self.chain.world.runtime.database.run(lambda session: session.scalars(known).one())


@pytest.fixture
def story(world: World, tmp_path: Path) -> Iterator[Story]:
    runtime, clock, passwords = world.runtime, MovableClock(), CountedPasswords()
    here = replace(runtime, clock=clock, database=Database(runtime.database.engine, clock, runtime.database.entropy))
    here.__dict__["passwords"] = passwords
    staffed = type("Staffed", (OfficeOf,), {"there": world})
    with running_chain(world, tmp_path) as chain:
        yield Story(chain, at_desk(staffed(here, clock, passwords), "grace", StaffRole.TECHNICIAN))


def test_what_is_kept_supplied_has_light_without_credit_and_nobody_opens_it_until_that_ends(story: Story) -> None:
    meter, played = story.chain.world.park.counting.meter, story.chain.meters.meter(1)
    played.wallet.balance, played.power_w = 0, 0
    assert "将持续供电" in story.ask(meter, "keep")
    proof = story.done(meter, CommandKind.KEEP_SUPPLIED)
    assert (proof.after or {})["kept_supplied"] is True
    assert played.closed
    page = story.ask(meter, "open")
    assert ("该表处于保电状态，不会断电；请先解除保电。" in page, "保电中" in page) == (True, True)
    assert "将立即断电" not in page
    assert story.last(meter).kind is CommandKind.KEEP_SUPPLIED
    story.ask(meter, "end_keep")
    story.done(meter, CommandKind.END_KEEP_SUPPLIED)
    assert not played.closed
    assert story.status(meter).supply is SupplyState.OPEN
    assert "将立即断电" in story.ask(meter, "read")


def test_a_clock_is_set_and_counters_are_cleared_and_only_what_was_read_back_counts(story: Story) -> None:
    meter, played = story.chain.world.park.counting.meter, story.chain.meters.meter(1)
    played.set_time(SystemClock().now() - timedelta(days=3))
    played.counter = 5
    story.chain.meters.fault("false_echo", unit=1, on="write")
    story.ask(meter, "clock")
    story.done(meter, CommandKind.SYNC_CLOCK)
    assert abs(SystemClock().now() - played.told_time) < timedelta(seconds=30)
    story.ask(meter, "clear")
    assert (story.done(meter, CommandKind.CLEAR_COUNTERS).after or {})["counter"] == 0
    assert played.counter == 0
    entries = story.chain.world.runtime.database.run(
        lambda s: s.scalars(select(AuditEntry).filter_by(action="command_asked").order_by(AuditEntry.id)).all()
    )
    assert [((e.after or {})["kind"], e.reason) for e in entries] == [("sync_clock", None), ("clear_counters", "演练")]


def test_all_clocks_of_a_line_are_set_from_its_page(story: Story) -> None:
    for unit in (1, 2, 4):
        story.chain.meters.meter(unit).set_time(SystemClock().now() - timedelta(hours=unit))
    page = f"/admin/lines/{story.chain.world.park.line.id}"
    assert "为整条线路校时" in story.desk.see(page)
    story.desk.send(f"{page}/clocks")
    assert "已为 3 只表下达校时" in story.desk.see(page)
    for metered in (story.chain.world.park.counting, story.chain.world.park.blind, story.chain.world.park.other):
        story.done(metered.meter, CommandKind.SYNC_CLOCK)


def test_a_meter_is_offered_only_what_its_model_can_do(story: Story) -> None:
    relay = story.chain.world.park.relay.meter
    page = story.ask(relay, "keep")
    assert "型号“通用继电器电表（平台钱包）”的表没有这项功能。" in page
    assert ("将立即断电" in page, "将持续供电" in page, "恢复自动" in page, "校时" in page) == (
        True,
        False,
        False,
        False,
    )


def test_a_water_meter_has_a_valve_where_others_have_a_breaker(story: Story) -> None:
    meter = story.chain.world.park.other.meter
    water = update(Meter).where(Meter.id == meter.id).values(profile="reference_water")
    story.chain.world.runtime.database.run(lambda session: session.execute(water))
    page = story.desk.see(f"/admin/meters/{meter.id}")
    assert [words in page for words in ("将立即停水", "将恢复供水", "关阀", "开阀")] == [True] * 4
    assert [words in page for words in ("将立即断电", "拉闸…", "保电")] == [False] * 3


@pytest.mark.parametrize("kind", [CommandKind.KEEP_SUPPLIED, CommandKind.SYNC_CLOCK])
def test_under_a_lock_nothing_that_may_close_is_permitted_right_before_the_write(
    runtime: Runtime, kind: CommandKind
) -> None:
    bridges = make_world(runtime)
    meter, bridge = bridges.counting, bridges.holding()
    reference = bridges.queue(meter, kind, cause=CommandCause.STAFF)
    (work,) = bridge.claim()
    crew = Lockers(bridges)
    crew.hang(crew.hired("grace"), meter)
    assert refusal(bridge.try_intent(work, said(meter, supply=SupplyState.OPEN))) == (409, "locked")
    assert (bridges.command(reference).state, bridges.command(reference).note) == (CommandState.CANCELLED, "locked")


def test_a_bridge_that_reads_of_keeping_supplied_is_not_permitted_to_open(runtime: Runtime) -> None:
    bridges = make_world(runtime)
    meter, bridge = bridges.counting, bridges.holding()
    reference = bridges.queue(meter, CommandKind.OPEN_BREAKER, cause=CommandCause.LOAD)
    (work,) = bridge.claim()
    assert refusal(bridge.try_intent(work, said(meter, kept_supplied=True))) == (409, "already_settled")
    assert (bridges.command(reference).state, bridges.command(reference).note) == (
        CommandState.REFUSED,
        "kept_supplied",
    )


def test_what_a_meter_took_but_does_not_show_is_not_done(runtime: Runtime) -> None:
    bridges = make_world(runtime)
    meter, bridge = bridges.counting, bridges.holding()
    bridges.queue(meter, CommandKind.KEEP_SUPPLIED, cause=CommandCause.STAFF)
    (work,) = bridge.claim()
    bridge.intent(work, said(meter, kept_supplied=False))
    still = said(meter, kept_supplied=False, at=1)
    assert bridge.outcome(work, WriteResult.ACKNOWLEDGED, still) is CommandState.QUEUED


def test_a_clock_that_is_right_already_needs_no_write(runtime: Runtime) -> None:
    bridges = make_world(runtime)
    meter, bridge = bridges.counting, bridges.holding()
    bridges.queue(meter, CommandKind.SYNC_CLOCK, cause=CommandCause.STAFF)
    (work,) = bridge.claim()
    told = said(meter)
    right = told.model_copy(update={"clock": told.read_at + timedelta(seconds=30)})
    assert bridge.outcome(work, WriteResult.NONE, right) is CommandState.CONFIRMED
