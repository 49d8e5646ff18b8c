"""A meter is exchanged: money that waits follows, money that was begun is in the way, nothing is lost or doubled."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from backend.accounts.ledger import balances_by_kind
from backend.accounts.models import AccountMeter, LedgerKind
from backend.kernel.errors import NotFoundError, ProductError
from backend.lifecycle.exchange_wish import Photo, Wish
from backend.lifecycle.exchanging import exchange_meter
from backend.metering import exchange_errors as refusals
from backend.metering.causes import CommandCause
from backend.metering.command_models import UNSETTLED, MeterCommand
from backend.metering.commands.commanding import cancel_queued
from backend.metering.commands.deciding import decide, hold
from backend.metering.commands.expiring import expire_leases
from backend.metering.errors import AlreadySettledError, StillPermittedError
from backend.metering.exchange_models import ExchangePhoto, MeterExchange
from backend.metering.field.closing import Shown
from backend.metering.groups.grouping import meters_of_group
from backend.metering.install_errors import MeterRetiredError, NumberTakenError, SerialTakenError, UnitTakenError
from backend.metering.lock_queries import locks_of
from backend.metering.models import Meter, MeterState, MeterStatus
from backend.runtime import Runtime
from backend.staff.errors import NotPermittedError
from backend.staff.roles import Permission, StaffRole
from backend.staff.signed_in import SignedIn
from backend.vending.crediting import send_again, settle
from backend.vending.models import CreditOrder, OrderState
from meter_bridge.protocol import CommandKind, CommandState, Evidence, WriteResult
from tests.flows.bridge_world import said
from tests.flows.lock_world import Lockers
from tests.flows.town import Town

SHOWN = Shown(energy_wh=9_000_000, credit_left=1_250, count=2)
CLOSE, OPEN, READ = CommandKind.CLOSE_BREAKER, CommandKind.OPEN_BREAKER, CommandKind.READ_NOW


class Field:
    """A town, and a technician who exchanges its counting meter."""

    def __init__(self, runtime: Runtime, superuser: Engine) -> None:
        self.town = Town(runtime, superuser)
        self.world, self.known, self.bridge = self.town.world, self.town.known, self.town.bridge
        self.crew = Lockers(self.world)
        self.grace = self.crew.hired("grace")
        self.old = self.known.counting.meter

    def wish(self, number: str = "M9", unit: int = 1, profile: str = "reference_cas", **more: Any) -> Wish:
        told: dict[str, Any] = {"serial": "202699990009", "line_id": self.known.line.id, "shown": SHOWN} | more
        photo, known = Photo("image/png", b"png"), self.town.runtime.profiles[profile]
        return Wish(number=number, unit=unit, profile=known, photo=photo, reason="烧毁", **told)

    def exchange(self, meter: Meter | None = None, who: SignedIn | None = None, **more: Any) -> Meter:
        old, wish = meter or self.old, self.wish(**more)

        def exchanged(session: Any) -> Meter:
            made = exchange_meter(session, who=who or self.grace, meter_id=old.id, wish=wish, request_id="r")
            return session.get_one(Meter, made.new_meter_id)  # type: ignore[no-any-return]

        new: Meter = self.world.run(exchanged)
        return new

    def refused(self, kind: type[ProductError], **more: Any) -> str:
        with pytest.raises(kind) as error:
            self.exchange(**more)
        assert self.world.fresh(self.old).state is MeterState.ACTIVE
        return error.value.sentence("zh") + error.value.sentence("en")

    def money(self) -> dict[LedgerKind, int]:
        owner = self.known.organisation.id
        kinds: dict[LedgerKind, int] = self.world.run(lambda s: balances_by_kind(s, organisation_id=owner))
        return kinds

    def order(self, order_no: str) -> CreditOrder:
        found: CreditOrder = self.world.run(lambda s: s.scalars(select(CreditOrder).filter_by(order_no=order_no)).one())
        return found

    def waiting(self, meter: Meter) -> list[MeterCommand]:
        mine = select(MeterCommand).filter_by(meter_id=meter.id).where(MeterCommand.state.in_(UNSETTLED))
        return list(self.world.run(lambda s: s.scalars(mine.order_by(MeterCommand.seq)).all()))

    def deliver(self, meter: Meter, serial: str) -> list[CommandState]:
        """Let the bridge carry whatever waits for a meter that is empty at first, and tell what became of it."""
        taken: list[int] = []
        states: list[CommandState] = []
        self.bridge.heartbeat()
        while work := [w for w in self.bridge.claim() if w.meter == meter.reference]:
            before = self._says(meter, serial, taken, len(states))
            if work[0].kind is READ:
                states.append(self.bridge.outcome(work[0], WriteResult.NONE, before))
            elif self.bridge.try_intent(work[0], before).status_code == 200:
                taken.append(self.world.command(work[0].command).amount)
                after = self._says(meter, serial, taken, len(states))
                states.append(self.bridge.outcome(work[0], WriteResult.ACKNOWLEDGED, after))
            else:
                states.append(self.world.command(work[0].command).state)
        return states

    @staticmethod
    def _says(meter: Meter, serial: str, taken: list[int], at: float) -> Evidence:
        whole, last = sum(taken), taken[-1] if taken else 0
        count, seconds = len(taken), 3600 + 2 * at + len(taken)
        return said(meter, count=count, balance=whole, at=seconds, serial=serial, cumulative=whole, last_purchase=last)

    def begin(self) -> Any:
        """Let the bridge be permitted to write what waits for the old meter."""
        [work] = [w for w in self.bridge.claim() if w.meter == self.old.reference]
        self.bridge.intent(work, self.town.said(self.old))
        return work


@pytest.fixture
def field(runtime: Runtime, superuser: Engine) -> Field:
    return Field(runtime, superuser)


def test_the_new_meter_takes_room_line_account_groups_and_locks(field: Field) -> None:
    group = field.crew.group(field.crew.hired("leader", StaffRole.PARK_LEADER), field.old)
    field.crew.hang(field.grace, field.old)
    new, old = field.exchange(), field.world.fresh(field.old)
    assert (old.state, new.state) == (MeterState.RETIRED, MeterState.ACTIVE)
    assert (new.room_id, new.line_id, new.unit) == (old.room_id, old.line_id, old.unit)
    links = field.world.run(lambda s: s.scalars(select(AccountMeter).order_by(AccountMeter.id)).all())
    mine = [link for link in links if link.meter_id in (old.id, new.id)]
    assert [(link.meter_id, link.ended_at is None) for link in mine] == [(old.id, False), (new.id, True)]
    assert len({link.account_id for link in mine}) == 1
    reach = field.grace.scope(Permission.INSTALL_METERS)
    members = field.world.run(lambda s: meters_of_group(s, scope=reach, group_id=group.id))
    assert [meter.id for meter in members] == [new.id]
    assert list(field.world.run(lambda s: locks_of(s, meter_ids=[old.id, new.id]))) == [new.id]
    kept = field.world.run(lambda s: s.scalars(select(MeterExchange)).one())
    assert (kept.closing_energy_wh, kept.closing_count, kept.credit_left, kept.typed) == (9_000_000, 2, 1_250, True)
    assert field.world.run(lambda s: s.scalars(select(ExchangePhoto)).one()).content == b"png"


def test_money_that_nobody_was_permitted_to_write_follows_and_arrives_once(field: Field) -> None:
    waiting = field.town.pay(field.known.counting, 2500)  # beside the one that waits already
    before = field.money()
    new = field.exchange()
    assert field.money() == before
    bad = field.town.check()
    assert (field.order(waiting).meter_id, bad) == (new.id, 0), [e.facts for e in field.town.alarms().values()]
    assert field.waiting(field.old) == []
    assert [(c.kind, c.amount) for c in field.waiting(new)] == [
        (CommandKind.TOP_UP, 4000),
        (CommandKind.TOP_UP, 2500),
        (READ, 0),
    ]
    assert set(field.deliver(new, new.serial)) == {CommandState.CONFIRMED}
    assert field.order(waiting).state is OrderState.CREDITED
    held = field.money()
    assert held.get(LedgerKind.IN_TRANSIT, 0) == 0
    assert held[LedgerKind.IN_METER] == before[LedgerKind.IN_METER] + before[LedgerKind.IN_TRANSIT]
    assert field.town.check() == 0


def test_a_wrong_serial_freezes_the_new_meter_and_its_money_waits(field: Field) -> None:
    new = field.exchange()
    field.deliver(new, "somebody else's")
    assert field.world.fresh(new).frozen_reason == "foreign_serial"
    assert field.world.run(lambda s: s.scalars(select(MeterStatus).filter_by(meter_id=new.id)).all()) == []
    assert field.town.check() == 0


def test_a_payment_for_an_order_of_the_old_meter_goes_to_the_new_one(field: Field) -> None:
    placed, new = field.town.place(field.known.counting, 700), field.exchange()
    field.town.take(placed, 700)
    assert (field.order(placed).state, field.order(placed).meter_id) == (OrderState.PAID, new.id)
    newest = field.exchange(new, number="M10", serial="202699990010")
    assert (field.order(placed).meter_id, field.town.check()) == (newest.id, 0)


def test_what_the_old_meter_refused_is_sent_again_to_the_new_one(field: Field) -> None:
    [waiting] = field.waiting(field.old)
    field.world.run(lambda s: settle(s, command=cancel_queued(s, command=waiting, reason="test")))
    new = field.exchange()
    order = field.world.run(lambda s: s.scalars(select(CreditOrder).filter_by(command_id=waiting.id)).one())
    sent = field.world.run(lambda s: send_again(s, order=s.get_one(CreditOrder, order.id), request_id="r"))
    assert (sent.meter_id, field.order(order.order_no).meter_id, field.town.check()) == (new.id, new.id, 0)


def _leased(field: Field) -> None:
    field.bridge.claim()


def _lost(field: Field) -> None:
    field.begin()
    field.world.let_leases_end()
    field.world.run(expire_leases)


def _put_back(field: Field) -> None:
    work = field.begin()
    field.bridge.outcome(work, WriteResult.REFUSED, field.town.said(field.old))


@pytest.mark.parametrize(
    ("begun", "refusal"),
    [
        (_leased, refusals.MoneyOnItsWayError),
        (Field.begin, refusals.MoneyOnItsWayError),
        (_lost, refusals.MoneyInDoubtError),
        (_put_back, refusals.MoneyInDoubtError),
    ],
)
def test_money_that_was_begun_is_in_the_way_and_says_what_to_do(
    field: Field, begun: Callable[[Field], object], refusal: type[ProductError]
) -> None:
    begun(field)
    before = field.money()
    assert len(field.refused(refusal)) > 40
    assert (field.money(), field.town.check()) == (before, 0)


def test_held_money_is_in_the_way(field: Field) -> None:
    [waiting] = field.waiting(field.old)
    held = update(MeterCommand).filter_by(id=waiting.id).values(state=CommandState.HELD)
    field.world.run(lambda s: s.execute(held))
    field.refused(refusals.MoneyHeldError)


def test_a_lock_of_somebody_else_is_in_the_way(field: Field) -> None:
    field.crew.hang(field.crew.hired("henry"), field.old)
    assert "Henry" in field.refused(refusals.LockedByOtherError)


def test_a_switching_that_may_yet_be_written_is_in_the_way_and_others_end_or_follow(field: Field) -> None:
    relay = field.known.relay.meter
    field.world.queue(relay, CLOSE)
    field.world.queue(relay, OPEN, cause=CommandCause.STAFF)
    new = field.exchange(relay, number="M9", unit=3, profile="generic_relay")
    assert [(c.kind, c.cause) for c in field.waiting(new)] == [
        (CLOSE, CommandCause.PAYMENT),
        (READ, CommandCause.STAFF),
    ]
    field.bridge.heartbeat()
    [work] = [w for w in field.bridge.claim() if w.kind is CLOSE]
    field.bridge.intent(work, said(new))
    with pytest.raises(refusals.SwitchingUnderWayError):
        field.exchange(new, number="M10", serial="202699990010", unit=3, profile="generic_relay")


def test_told_again_it_is_the_same_exchange_and_another_is_refused(field: Field) -> None:
    new = field.exchange()
    assert field.exchange().id == new.id
    with pytest.raises(refusals.ExchangedAlreadyError) as again:
        field.exchange(number="M10")
    assert "M9" in again.value.sentence("zh")
    assert len(field.world.run(lambda s: s.scalars(select(MeterExchange)).all())) == 1
    retired = update(Meter).filter_by(id=field.known.blind.meter.id).values(state=MeterState.RETIRED)
    field.world.run(lambda s: s.execute(retired))
    with pytest.raises(MeterRetiredError):
        field.exchange(field.known.blind.meter)


@pytest.mark.parametrize(
    ("told", "refusal"),
    [
        ({"number": "M2"}, NumberTakenError),
        ({"unit": 2}, UnitTakenError),
        ({"profile": "generic_relay"}, refusals.ProfileUnfitError),
        ({"shown": Shown(credit_left=1, count=1)}, refusals.ClosingMissingError),
        ({"shown": Shown(energy_wh=1, credit_left=1)}, refusals.ClosingMissingError),
        ({"shown": Shown(energy_wh=1, count=1)}, refusals.ClosingMissingError),
    ],
)
def test_what_cannot_be_meant_is_refused_and_nothing_changed(
    field: Field, told: dict[str, Any], refusal: type[ProductError]
) -> None:
    field.world.run(lambda s: s.execute(update(MeterStatus).values(read_at=s.clock.now() - timedelta(hours=1))))
    field.refused(refusal, **told)
    field.refused(SerialTakenError, serial=field.known.blind.meter.serial)
    assert len(field.waiting(field.old)) == 1


def test_a_fresh_reading_closes_a_meter_and_a_typed_register_is_never_below_it(field: Field) -> None:
    now = field.town.runtime.clock.now()
    read = update(MeterStatus).filter_by(meter_id=field.old.id).values(read_at=now, energy_wh=5_000)
    field.world.run(lambda s: s.execute(read))
    assert "5.00 kWh" in field.refused(refusals.ClosingTooLowError, shown=Shown(energy_wh=4_999))
    field.exchange(shown=Shown())
    kept = field.world.run(lambda s: s.scalars(select(MeterExchange)).one())
    assert (kept.closing_energy_wh, kept.credit_left, kept.closing_count, kept.typed) == (5_000, 3_000, 2, False)


def test_who_may_not_install_finds_nothing(field: Field) -> None:
    with pytest.raises((NotPermittedError, NotFoundError)):
        field.exchange(who=field.crew.hired("carla", StaffRole.CASHIER))


def test_what_a_dead_meter_cannot_tell_about_is_held_decided_and_then_sent_to_the_new_one(field: Field) -> None:
    _lost(field)
    [command] = field.waiting(field.old)

    def held(session: Any) -> MeterCommand:
        return hold(session, command=command, reason="烧毁", by="alice")

    with pytest.raises(StillPermittedError):
        field.world.run(held)
    passed = update(MeterCommand).filter_by(id=command.id).values(permitted_until=None)
    field.world.run(lambda s: s.execute(passed))
    assert field.world.run(held).state is CommandState.HELD
    with pytest.raises(AlreadySettledError):
        field.world.run(held)
    field.refused(refusals.MoneyHeldError)
    field.world.run(lambda s: settle(s, command=decide(s, command=command, taken=False, reason="r", by="alice")))
    new = field.exchange()
    order = field.world.run(lambda s: s.scalars(select(CreditOrder).filter_by(command_id=command.id)).one())
    field.world.run(lambda s: send_again(s, order=s.get_one(CreditOrder, order.id), request_id="r"))
    assert set(field.deliver(new, new.serial)) == {CommandState.CONFIRMED}
    assert (field.order(order.order_no).state, field.town.check()) == (OrderState.CREDITED, 0)
