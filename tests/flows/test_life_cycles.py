"""Life cycles as state machines: in whatever order things come, ledger, orders and commands keep their rules."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import cast

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from backend.accounts import ledger
from backend.accounts.errors import TransferChangedError
from backend.accounts.ledger import Movement, Place, balances_by_kind
from backend.accounts.models import Account, LedgerKind
from backend.kernel.db import Session
from backend.kernel.errors import ProductError
from backend.lifecycle.paying import take_payment
from backend.metering.command_models import MeterCommand
from backend.metering.commands.commanding import cancel_queued
from backend.metering.commands.deciding import decide
from backend.payments.provider import Payment
from backend.runtime import Runtime
from backend.vending.asking import close_order
from backend.vending.crediting import send_again, settle
from backend.vending.models import CreditOrder, OrderState
from backend.vending.placing import OrderLimits, Wish, place_order
from meter_bridge.protocol import CommandState, Evidence, Work, WriteResult
from meter_bridge.simulator.behaviour import Counted, Wallet
from tests.flows.bridge_world import BridgeWorld, SpokenBridge, make_world, said
from tests.park import build

NOON = datetime(2026, 3, 4, 4, 0, tzinfo=UTC)
BOUNDS = settings(
    max_examples=12, stateful_step_count=20, deadline=None, derandomize=False,
    suppress_health_check=list(HealthCheck), database=None,
)  # fmt: skip
LIMITS = OrderLimits(1, 10_000_000, 1000, timedelta(minutes=30))
NAMES = (f"company {number}" for number in count())


def play(machine: Callable[[BridgeWorld], RuleBasedStateMachine], runtime: Runtime) -> None:
    """Play a machine; every example has a property company of its own."""
    world = make_world(runtime)

    def made() -> RuleBasedStateMachine:
        return machine(replace(world, park=build(runtime, name=next(NAMES))))

    run_state_machine_as_test(cast("type[RuleBasedStateMachine]", made), settings=BOUNDS)


class LedgerMachine(RuleBasedStateMachine):
    """Money moves between four places; some movements are told again, and some are told again otherwise."""

    def __init__(self, world: BridgeWorld) -> None:
        super().__init__()
        self.world, self.park = world, world.park
        self.held: Counter[int] = Counter()
        self.booked: dict[str, tuple[int, int, int]] = {}

    def place(self, session: Session, number: int) -> Place:
        owner, account = self.park.organisation.id, (self.park.relay, self.park.counting)[number % 2].account
        if number < 2:
            return ledger.place(
                session, organisation_id=owner, kind=LedgerKind.WALLET, subject_id=account.id, account_id=account.id
            )
        return ledger.place(session, organisation_id=owner, kind=LedgerKind.UNAPPLIED, subject_id=number)

    @rule(sides=st.permutations(range(4)), fen=st.integers(1, 10**6), key=st.integers(0, 8))
    def move(self, sides: list[int], fen: int, key: int) -> None:
        told = (sides[0], sides[1], fen)
        known = self.booked.get(str(key))
        if known not in (None, told):
            with pytest.raises(TransferChangedError):
                self._book(str(key), *told)
            return
        assert self._book(str(key), *told) is (known is None)
        if known is None:
            self.booked[str(key)] = told
            self.held[sides[0]] -= fen
            self.held[sides[1]] += fen

    @precondition(lambda self: self.booked)
    @rule(which=st.integers(0, 8))
    def tell_again(self, which: int) -> None:
        key = sorted(self.booked)[which % len(self.booked)]
        assert self._book(key, *self.booked[key]) is False

    @invariant()
    def every_place_holds_what_was_moved_there(self) -> None:
        def look(session: Session) -> None:
            kinds = balances_by_kind(session, organisation_id=self.park.organisation.id)
            assert kinds.get(LedgerKind.UNAPPLIED, 0) == self.held[2] + self.held[3]
            assert sum(kinds.values()) == 0
            for number, metered in enumerate((self.park.relay, self.park.counting)):
                assert session.get_one(Account, metered.account.id).wallet_fen == self.held[number]

        self.world.run(look)

    def _book(self, key: str, debit: int, credit: int, fen: int) -> bool:
        def book(session: Session) -> bool:
            places = self.place(session, debit), self.place(session, credit)
            movement = Movement(*places, fen, "test", key, "group", NOON)
            return ledger.move(session, organisation_id=self.park.organisation.id, movement=movement)

        return bool(self.world.run(book))


class OrderMachine(RuleBasedStateMachine):
    """Orders are placed, paid, paid again, paid wrongly, closed, refused by the meter, and sent again."""

    def __init__(self, world: BridgeWorld) -> None:
        super().__init__()
        self.world, self.park = world, world.park
        self.orders: dict[int, OrderState] = {}
        self.received = self.transactions = 0

    def order(self, which: int) -> CreditOrder:
        number = sorted(self.orders)[which % len(self.orders)]
        found: CreditOrder = self.world.run(lambda session: session.get_one(CreditOrder, number))
        return found

    @initialize()
    def first(self) -> None:
        self.buy(fen=100, tap=0, platform=False)

    @rule(fen=st.integers(1, 10**6), tap=st.integers(0, 10**6), platform=st.booleans())
    def buy(self, fen: int, tap: int, platform: bool) -> None:
        metered = self.park.relay if platform else self.park.counting
        wish = Wish(self.park.bob, metered.account, metered.meter, fen, f"tap {tap}")

        def buy(session: Session) -> CreditOrder:
            return place_order(session, wish=wish, merchant=self.park.merchant, limits=LIMITS, request_id="r")

        try:
            order = self.world.run(buy)
        except ProductError:
            return
        self.orders.setdefault(order.id, OrderState.PLACED)

    @rule(which=st.integers(0, 50), more=st.sampled_from([0, 0, 0, 1]))
    def pay(self, which: int, more: int) -> None:
        order = self.order(which)
        self.transactions += 1
        assert self._take(order, order.amount_fen + more, self.transactions) is True
        self.received += order.amount_fen + more
        if order.state is OrderState.PLACED and not more:
            on_platform = order.account_id == self.park.relay.account.id
            self.orders[order.id] = OrderState.CREDITED if on_platform else OrderState.PAID
        elif order.state is OrderState.PLACED:
            self.orders[order.id] = OrderState.CLOSED  # nobody is to pay twice for what was paid wrongly

    @precondition(lambda self: self.transactions)
    @rule(which=st.integers(0, 50))
    def tell_again(self, which: int) -> None:
        assert self._take(self.order(which), 1, self.transactions) is False

    @rule(which=st.integers(0, 50))
    def close(self, which: int) -> None:
        order = self.order(which)
        owner = self.park.organisation.id
        closed = self.world.run(lambda s: close_order(s, organisation_id=owner, order_no=order.order_no))
        assert closed is (self.orders[order.id] is OrderState.PLACED)
        if closed:
            self.orders[order.id] = OrderState.CLOSED

    @rule(which=st.integers(0, 50))
    def take_back_and_send_again(self, which: int) -> None:
        order = self.order(which)

        def cancel_and_resend(session: Session) -> None:
            command = session.get_one(MeterCommand, order.command_id)
            settle(session, command=cancel_queued(session, command=command, reason="test"))
            send_again(session, order=session.get_one(CreditOrder, order.id), request_id="again")

        if self.orders[order.id] is OrderState.PAID:
            self.world.run(cancel_and_resend)

    @invariant()
    def orders_are_where_they_should_be_and_every_fen_is_in_one_place(self) -> None:
        def look(session: Session) -> None:
            stored = {o.id: o for o in session.query(CreditOrder).filter_by(organisation_id=self.park.organisation.id)}
            assert {number: order.state for number, order in stored.items()} == self.orders
            kinds = balances_by_kind(session, organisation_id=self.park.organisation.id)
            assert -kinds.get(LedgerKind.CLEARING, 0) == self.received
            on_the_way = sum(o.amount_fen for o in stored.values() if o.state is OrderState.PAID)
            in_wallets = sum(o.amount_fen for o in stored.values() if o.state is OrderState.CREDITED)
            assert kinds.get(LedgerKind.IN_TRANSIT, 0) == on_the_way
            assert kinds.get(LedgerKind.WALLET, 0) == in_wallets
            assert kinds.get(LedgerKind.UNAPPLIED, 0) == self.received - on_the_way - in_wallets

        self.world.run(look)

    def _take(self, order: CreditOrder, fen: int, transaction: int) -> bool:
        merchant = self.park.merchant
        payment = Payment(
            transaction_no=f"t{transaction}", order_no=order.order_no, amount_fen=fen, currency="CNY",
            appid=merchant.appid, mchid=merchant.mchid, paid_at=NOON,
        )  # fmt: skip

        def take(session: Session) -> bool:
            body = f"{transaction} {fen}".encode()
            return take_payment(session, merchant=merchant, payment=payment, body=body, source="test", request_id="r")

        return bool(self.world.run(take))


class CommandMachine(RuleBasedStateMachine):
    """A counting meter and a bridge that loses requests, answers and its lease; money is taken once all the same."""

    def __init__(self, world: BridgeWorld) -> None:
        super().__init__()
        self.world, self.meter = world, world.park.counting.meter
        self.bridge: SpokenBridge = world.bridge(next(NAMES), world.park.organisation.id)
        self.bridge.heartbeat()
        self.wallet, self.rule_of_meter = Wallet(balance=1000), Counted()
        self.references: list[str] = []
        self.seconds = 0
        self.in_hand: Work | None = None
        self.number: int | None = None

    @rule(fen=st.integers(100, 10**5))
    def queue(self, fen: int) -> None:
        self.references.append(self.world.queue(self.meter, amount=fen))

    @rule()
    def claim(self) -> None:
        self.world.let_waits_end()
        self.bridge.heartbeat()
        self.in_hand, self.number = next(iter(self.bridge.claim()), None), None

    @precondition(lambda self: self.in_hand is not None)
    @rule(heard=st.booleans())
    def ask_to_write(self, heard: bool) -> None:
        assert self.in_hand is not None
        answer = self.bridge.try_intent(self.in_hand, self._look())
        if answer.status_code == 200 and heard:
            self.number = self.world.command(self.in_hand.command).purchase_no

    @precondition(lambda self: self.number is not None)
    @rule(arrives=st.booleans())
    def write(self, arrives: bool) -> None:
        assert self.in_hand is not None
        assert self.number is not None
        if arrives:
            self.rule_of_meter.take(self.wallet, self.world.command(self.in_hand.command).amount, self.number)

    @precondition(lambda self: self.in_hand is not None)
    @rule(
        seen=st.sampled_from([WriteResult.UNSEEN, WriteResult.UNANSWERED, WriteResult.ACKNOWLEDGED]),
        looks=st.booleans(),
    )
    def tell(self, seen: WriteResult, looks: bool) -> None:
        assert self.in_hand is not None
        write = seen if self.number is not None else WriteResult.NONE
        self.bridge.try_outcome(self.in_hand, write, self._look() if looks else None)
        self.in_hand = self.number = None

    @rule()
    def start_again(self) -> None:
        self.bridge = self.bridge.restarted()
        self.bridge.heartbeat()
        self.in_hand = self.number = None

    @precondition(lambda self: self.references)
    @rule(which=st.integers(0, 20), again=st.booleans())
    def try_to_decide(self, which: int, again: bool) -> None:
        """Nobody can decide about a command that is not held."""
        command = self.world.command(self.references[which % len(self.references)])
        with pytest.raises(ProductError):
            self.world.run(lambda s: decide(s, command=command, taken=True, reason="r", by="x", again=again))

    @invariant()
    def the_meter_took_what_is_confirmed_and_at_most_one_more(self) -> None:
        commands = [self.world.command(reference) for reference in self.references]
        confirmed = [c for c in commands if c.state is CommandState.CONFIRMED]
        sent = [c.amount for c in commands if c.state in (CommandState.SENDING, CommandState.UNKNOWN)]
        assert len(sent) <= 1
        assert self.wallet.cumulative - sum(c.amount for c in confirmed) in (0, *sent)
        assert [c.purchase_no for c in confirmed] == list(range(1, len(confirmed) + 1))

    def _look(self) -> Evidence:
        self.seconds += 1
        wallet = self.wallet
        more = {"cumulative": wallet.cumulative, "last_purchase": wallet.last_purchase}
        return said(self.meter, count=wallet.purchase_count, balance=wallet.balance, at=self.seconds, **more)


@pytest.mark.parametrize("machine", [LedgerMachine, OrderMachine, CommandMachine])
def test_a_life_cycle_keeps_its_rules(
    machine: Callable[[BridgeWorld], RuleBasedStateMachine], runtime: Runtime
) -> None:
    play(machine, runtime)
