"""A meter that was described wrongly is read in another way: registers end and begin, credit and count go on."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from backend.accounts.models import AccountMeter
from backend.audit.models import AuditEntry
from backend.kernel.errors import NotFoundError, ProductError
from backend.lifecycle.restatement import Restatement
from backend.lifecycle.restating import restate_meter
from backend.metering import exchange_errors as refusals
from backend.metering.causes import CommandCause
from backend.metering.commands.commanding import cancel_queued
from backend.metering.commands.freezing import FOREIGN_COUNT
from backend.metering.exchange_models import MeterExchange, Succession
from backend.metering.field.closing import Shown
from backend.metering.groups.grouping import meters_of_group
from backend.metering.history.freezing_registers import freeze_registers
from backend.metering.history.held_models import HeldReading
from backend.metering.history.models import Reading
from backend.metering.install_errors import MeterRetiredError, RatioRangeError, RatioUnfitError
from backend.metering.models import Meter, MeterState, MeterStatus
from backend.reports.measured import of_room
from backend.reports.spans import Span
from backend.reports.statistics import usage_by_meter
from backend.runtime import Runtime
from backend.staff.errors import NotPermittedError
from backend.staff.roles import Permission, StaffRole
from backend.staff.signed_in import SignedIn
from backend.supply.holding import BreakerHolder
from backend.supply.holds import holds_of
from meter_bridge import protocol
from meter_bridge.protocol import CommandKind, CommandState, WriteResult
from tests.flows.bridge_world import START, message, said
from tests.flows.lock_world import Lockers
from tests.flows.town import Town

CLOSE, OPEN, READ = CommandKind.CLOSE_BREAKER, CommandKind.OPEN_BREAKER, CommandKind.READ_NOW


class Desk:
    """A town, and a technician who corrects how its meters are described."""

    def __init__(self, runtime: Runtime, superuser: Engine) -> None:
        self.town = Town(runtime, superuser)
        self.world, self.known, self.bridge = self.town.world, self.town.known, self.town.bridge
        self.crew = Lockers(self.world)
        self.grace = self.crew.hired("grace")
        self.counting, self.relay = self.known.other.meter, self.known.relay.meter
        self.blind = self.known.blind.meter

    def restate(self, meter: Meter, *, who: SignedIn | None = None, **more: Any) -> Meter:
        told: dict[str, Any] = {"profile": meter.profile, "ct_ratio": 40, "pt_ratio": 1}
        told |= {"shown": Shown(energy_wh=9_000_000)} | more
        told["profile"] = self.town.runtime.profiles[told["profile"]]

        def restated(session: Any) -> Meter:
            wish = Restatement(reason="铭牌为 200/5 A", **told)
            made = restate_meter(session, who=who or self.grace, meter_id=meter.id, told=wish, request_id="r")
            return session.get_one(Meter, made.new_meter_id)  # type: ignore[no-any-return]

        new: Meter = self.world.run(restated)
        return new

    def refused(self, kind: type[ProductError], meter: Meter, **more: Any) -> str:
        with pytest.raises(kind) as error:
            self.restate(meter, **more)
        assert self.world.fresh(meter).state is MeterState.ACTIVE
        return error.value.sentence("zh") + error.value.sentence("en")

    def tell(self, meter: Meter, *counted: tuple[float, int]) -> int:
        """Let the bridge tell what a meter had counted so many seconds after the start; returns how many were new."""
        readings = [
            protocol.Reading(meter=meter.reference, evidence=said(meter, at=at, energy_wh=wh)) for at, wh in counted
        ]
        told = protocol.ReadingsRequest(instance=self.bridge.instance, readings=readings)
        return message(protocol.ReadingsReply, self.bridge.post("readings", told)).stored

    def registers(self, meter: Meter) -> list[int | None]:
        rows = select(Reading.energy_wh).filter_by(meter_id=meter.id).order_by(Reading.read_at)
        return list(self.world.run(lambda s: s.scalars(rows).all()))

    def held(self) -> list[HeldReading]:
        return list(self.world.run(lambda s: s.scalars(select(HeldReading)).all()))

    def read_just_now(self, meter: Meter, energy_wh: int) -> None:
        now = self.town.runtime.clock.now()
        self.tell(meter, (0, energy_wh))
        fresh = update(MeterStatus).filter_by(meter_id=meter.id).values(read_at=now, energy_wh=energy_wh)
        self.world.run(lambda s: s.execute(fresh))

    def exchange(self) -> MeterExchange:
        kept: MeterExchange = self.world.run(lambda s: s.scalars(select(MeterExchange)).one())
        return kept


@pytest.fixture
def desk(runtime: Runtime, superuser: Engine) -> Desk:
    return Desk(runtime, superuser)


def test_the_bridge_is_told_the_new_ratio_of_the_same_meter(desk: Desk) -> None:
    new = desk.restate(desk.relay, pt_ratio=10)
    [line] = desk.bridge.heartbeat().lines
    [place] = [place for place in line.meters if place.unit == desk.relay.unit]
    assert (place.meter, place.serial, place.ct_ratio, place.pt_ratio) == (new.reference, new.serial, 40, 10)
    assert new.reference != desk.relay.reference
    assert {(each.ct_ratio, each.pt_ratio) for each in line.meters if each != place} == {(1, 1)}


def test_what_was_counted_before_and_after_is_never_compared_and_adds_up(desk: Desk) -> None:
    """What came through the wrong ratio stays as it was; then the register, forty times larger, runs on."""
    hour, meter = 3600.0, desk.relay
    desk.tell(meter, (-20 * hour, 480_000), (0, 500_000), (hour, 502_000))
    later = START + timedelta(hours=1)
    desk.world.run(lambda s: s.execute(update(MeterStatus).values(read_at=s.clock.now(), energy_wh=502_000)))
    new = desk.restate(meter, shown=Shown())
    closed = update(MeterExchange).values(closing_read_at=later, exchanged_at=later)
    desk.world.run(lambda s: s.execute(closed))
    assert desk.tell(new, (hour + 60, 502_000 * 40), (25 * hour, 502_000 * 40 + 80_000)) == 2
    assert desk.tell(meter, (hour / 2, 501_000)) == 1  # read before, told late by a bridge that was cut off
    assert (desk.held(), desk.registers(meter)) == ([], [480_000, 500_000, 501_000, 502_000])
    desk.tell(new, (48 * hour, 502_000 * 40 + 120_000))
    desk.world.run(lambda s: freeze_registers(s, most=100))
    span, scope = Span(START.date(), START.date() + timedelta(days=2)), desk.grace.scope(Permission.INSTALL_METERS)

    def asked(session: Any) -> int:
        stretches = of_room(scope=scope, span=span, room_id=meter.room_id)
        told = usage_by_meter(session, stretches=stretches).values()
        return sum(used.energy_wh or 0 for used in told)

    # 18 kWh of the first day up to the change; then 80 in a day and 40 in the next, of which 7 hours are in the span
    assert abs(desk.world.run(asked) - (18_000 + 80_000 + 40_000 * 7 // 23)) < 100


def test_a_step_may_be_as_many_times_larger_as_the_ratio_and_no_more(desk: Desk) -> None:
    """reference_cas lets 13.2 kW through: 528 kWh an hour behind a ratio of 40."""
    new = desk.restate(desk.counting, shown=Shown(energy_wh=9_000_000))
    desk.tell(new, (0, 0), (3600, 500_000))
    assert desk.held() == []
    desk.tell(new, (7200, 1_100_000))
    assert [row.meter_id for row in desk.held()] == [new.id]


def test_account_groups_locks_and_who_opened_it_go_on(desk: Desk) -> None:
    group = desk.crew.group(desk.crew.hired("leader", StaffRole.PARK_LEADER), desk.relay)
    desk.world.queue(desk.relay, OPEN, cause=CommandCause.STAFF)
    [work] = [w for w in desk.bridge.claim() if w.meter == desk.relay.reference]
    before, opened = said(desk.relay), protocol.SupplyState.OPEN
    desk.bridge.intent(work, before)
    after = said(desk.relay, at=5, supply=opened)
    assert desk.bridge.outcome(work, WriteResult.ACKNOWLEDGED, after) is CommandState.CONFIRMED
    new = desk.restate(desk.relay, profile="acrel_dtsy1352")
    desk.world.run(
        lambda s: s.add(
            MeterStatus(organisation_id=new.organisation_id, meter_id=new.id, read_at=START, supply=opened, energy_wh=1)
        )
    )
    hold = desk.world.run(lambda s: holds_of(s, meter_ids=[new.id]))[new.id]
    assert hold.holder is BreakerHolder.STAFF
    again = desk.restate(new, profile="acrel_dtsy1352", ct_ratio=20, shown=Shown(energy_wh=9_000_000))
    desk.world.run(
        lambda s: s.add(
            MeterStatus(
                organisation_id=new.organisation_id, meter_id=again.id, read_at=START, supply=opened, energy_wh=1
            )
        )
    )
    assert desk.world.run(lambda s: holds_of(s, meter_ids=[again.id]))[again.id].holder is BreakerHolder.STAFF
    reach = desk.grace.scope(Permission.INSTALL_METERS)
    members = desk.world.run(lambda s: meters_of_group(s, scope=reach, group_id=group.id))
    links = desk.world.run(lambda s: s.scalars(select(AccountMeter).filter_by(ended_at=None)).all())
    assert [meter.id for meter in members] == [again.id]
    assert again.id in {link.meter_id for link in links}
    entries = desk.world.run(lambda s: s.scalars(select(AuditEntry).filter_by(action="meter_restated")).all())
    mine = [entry for entry in entries if entry.subject_id == new.id and entry.before["profile"] == "generic_relay"]
    assert [(entry.reason, entry.after["ct_ratio"], entry.after["profile"]) for entry in mine] == [
        ("铭牌为 200/5 A", 40, "acrel_dtsy1352")
    ]


def test_money_and_orders_without_outcome_are_in_the_way(desk: Desk) -> None:
    """Even those that nobody was ever permitted to write: they are to end first."""
    waiting = desk.world.queue(desk.counting)
    assert "1 条" in desk.refused(refusals.CommandsOpenError, desk.counting)
    desk.world.run(lambda s: cancel_queued(s, command=desk.world.command(waiting), reason="refunded"))
    desk.world.queue(desk.counting, CLOSE)
    desk.refused(refusals.CommandsOpenError, desk.counting, profile="reference_additive", ct_ratio=1)
    reading = desk.world.queue(desk.relay, READ)
    new = desk.restate(desk.relay)
    assert desk.world.command(reading).state is CommandState.CANCELLED
    [work] = [w for w in desk.bridge.claim() if w.kind is READ]
    assert work.meter == new.reference


def test_the_purchase_count_goes_on_and_a_foreign_one_freezes(desk: Desk) -> None:
    desk.town.credit(desk.known.other, 5000)
    new = desk.restate(desk.counting)
    desk.town.check()
    assert desk.town.alarms() == {}
    desk.bridge.heartbeat()
    [first] = [w for w in desk.bridge.claim() if w.meter == new.reference]
    desk.bridge.outcome(first, WriteResult.NONE, said(new, count=3, balance=8000))
    reference = desk.world.queue(new)
    [work] = [w for w in desk.bridge.claim() if w.command == reference]
    desk.bridge.try_intent(work, said(new, count=7))
    assert desk.world.fresh(new).frozen_reason == FOREIGN_COUNT
    frozen = update(Meter).filter_by(id=desk.blind.id).values(frozen_reason=FOREIGN_COUNT)
    desk.world.run(lambda s: s.execute(frozen))
    assert desk.world.fresh(desk.restate(desk.blind)).frozen_reason == FOREIGN_COUNT


@pytest.mark.parametrize("profile", ["reference_additive", "reference_bcd", "generic_relay"])
def test_a_model_with_another_wallet_is_refused_while_there_is_money(desk: Desk, profile: str) -> None:
    assert "销户" in desk.refused(refusals.WalletUnlikeError, desk.counting, profile=profile, ct_ratio=1)
    desk.town.credit(desk.known.other, 5000)
    ended = update(AccountMeter).filter_by(meter_id=desk.counting.id)
    desk.world.run(lambda s: s.execute(ended.values(ended_at=s.clock.now())))
    desk.refused(refusals.WalletUnlikeError, desk.counting, profile=profile, ct_ratio=1)  # it is still in the meter


def test_a_meter_without_account_and_money_takes_any_model(desk: Desk) -> None:
    ended = update(AccountMeter).filter_by(meter_id=desk.blind.id)
    desk.world.run(lambda s: s.execute(ended.values(ended_at=s.clock.now())))
    new = desk.restate(desk.blind, profile="generic_relay", ct_ratio=1, shown=Shown())
    assert (new.profile, new.capability) == ("generic_relay", protocol.MoneyCapability.PLATFORM_WALLET)
    kept = desk.exchange()
    assert (kept.succession, kept.credit_left) == (Succession.PROFILE, None)


def test_what_a_display_shows_closes_with_the_ratio_it_was_read_by(desk: Desk) -> None:
    first = desk.restate(desk.relay, shown=Shown(energy_wh=1_000))
    desk.read_just_now(first, 4_000_000)
    assert "100.00 kWh" in desk.refused(refusals.ClosingTooLowError, first, ct_ratio=20, shown=Shown(energy_wh=99_999))
    second = desk.restate(first, ct_ratio=20, shown=Shown(energy_wh=100_500))
    rows = desk.world.run(lambda s: s.scalars(select(MeterExchange).order_by(MeterExchange.id)).all())
    assert [(row.closing_energy_wh, row.succession) for row in rows] == [
        (1_000, Succession.RATIO),
        (4_020_000, Succession.RATIO),
    ]
    assert second.ratio == 20


def test_a_ratio_needs_a_register_to_close_with_and_a_model_does_not(desk: Desk) -> None:
    desk.world.run(lambda s: s.query(MeterStatus).delete())
    desk.refused(refusals.ClosingMissingError, desk.relay, shown=Shown())
    desk.restate(desk.relay, profile="acrel_dtsy1352", shown=Shown())
    assert (desk.exchange().closing_energy_wh, desk.exchange().typed) == (0, False)


def test_what_makes_no_sense_is_refused(desk: Desk) -> None:
    desk.refused(refusals.NothingRestatedError, desk.relay, ct_ratio=1)
    for ratio in (0, -40, 10_001):
        desk.refused(RatioRangeError, desk.relay, ct_ratio=ratio)
    ended = update(AccountMeter).filter_by(meter_id=desk.blind.id)
    desk.world.run(lambda s: s.execute(ended.values(ended_at=s.clock.now())))
    desk.refused(RatioUnfitError, desk.blind, profile="reference_bcd")
    with pytest.raises((NotPermittedError, NotFoundError)):
        desk.restate(desk.relay, who=desk.crew.hired("carla", StaffRole.CASHIER))


def test_told_again_it_is_done_once_and_something_else_is_refused(desk: Desk) -> None:
    new = desk.restate(desk.relay)
    assert desk.restate(desk.relay).id == new.id
    with pytest.raises(refusals.ExchangedAlreadyError):
        desk.restate(desk.relay, ct_ratio=50)
    retired = update(Meter).filter_by(id=desk.counting.id).values(state=MeterState.RETIRED)
    desk.world.run(lambda s: s.execute(retired))
    with pytest.raises(MeterRetiredError):
        desk.restate(desk.counting)
