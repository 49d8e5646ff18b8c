"""A park with money in every place, carried there by a bridge that says what the test tells it to say."""

from datetime import timedelta

from sqlalchemy import Engine, select, text, update

from backend.app import create_app
from backend.jobs import drains
from backend.kernel.db import Session
from backend.kernel.outbox import Event
from backend.lifecycle.paying import take_payment
from backend.metering.command_models import MeterCommand
from backend.metering.models import Meter
from backend.payments.provider import Payment
from backend.proving.models import Duty
from backend.runtime import Runtime
from backend.vending.models import CreditOrder, OrderState
from backend.vending.placing import OrderLimits, Wish, place_order
from meter_bridge.protocol import CommandState, Evidence, SupplyState, WriteResult
from tests import park
from tests.flows.bridge_world import START, BridgeWorld, SpokenBridge
from tests.park import KnownPark, Metered

LIMITS = OrderLimits(1, 1_000_000, 9, timedelta(minutes=30))


class Town:
    """A park with money in every place: credited, wallet, on its way, unapplied."""

    def __init__(self, runtime: Runtime, superuser: Engine, known: KnownPark | None = None) -> None:
        self.known = known or park.build(runtime)
        self.world = BridgeWorld(runtime, create_app(runtime), self.known)
        self.bridge: SpokenBridge = self.world.holding()
        self.runtime, self._superuser = runtime, superuser
        self._paid = 0
        for metered in (self.known.counting, self.known.other):
            self.credit(metered, 1000)
            self.credit(metered, 2000)
        self.pay(self.known.relay, 3000)
        self.pay(self.known.counting, 4000)
        self.take("an order nobody placed", 500)

    def break_by_hand(self, statement: str) -> None:
        """Change rows as the superuser can, past every trigger and every foreign key."""
        with self._superuser.begin() as connection:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            assert connection.execute(text(statement), self.names()).rowcount > 0

    def names(self) -> dict[str, int]:
        """Return what the statements of the tests name."""
        return {
            "meter": self.known.counting.meter.id,
            "relay": self.known.relay.meter.id,
            "account": self.known.relay.account.id,
            "organisation": self.known.organisation.id,
        }

    def take(self, order_no: str, amount_fen: int) -> None:
        """Let the provider tell of a payment."""
        self._paid += 1
        merchant, now = self.known.merchant, self.runtime.clock.now()
        paid = Payment(f"42{self._paid}", order_no, amount_fen, "CNY", merchant.appid, merchant.mchid, now)
        body = str(self._paid).encode()
        self.world.run(
            lambda s: take_payment(s, merchant=merchant, payment=paid, body=body, source="callback", request_id="r")
        )

    def pay(self, metered: Metered, amount_fen: int) -> str:
        """Place an order for a meter and pay it."""
        order_no = self.place(metered, amount_fen)
        self.take(order_no, amount_fen)
        return order_no

    def place(self, metered: Metered, amount_fen: int) -> str:
        """Place an order for a meter."""

        def placed(session: Session) -> CreditOrder:
            wish = Wish(self.known.bob, metered.account, metered.meter, amount_fen, f"tap {self._paid}")
            return place_order(session, wish=wish, merchant=self.known.merchant, limits=LIMITS, request_id="r")

        return str(self.world.run(placed).order_no)

    def credit(self, metered: Metered, amount_fen: int) -> str:
        """Pay an order and let the bridge carry it into the meter."""
        order_no = self.pay(metered, amount_fen)
        work = [w for w in self.bridge.claim() if w.meter == metered.meter.reference]
        assert len(work) == 1
        before = self.said(metered.meter)
        self.bridge.intent(work[0], before)
        after = self.said(metered.meter, amount_fen)
        assert self.bridge.outcome(work[0], WriteResult.ACKNOWLEDGED, after) is CommandState.CONFIRMED
        return order_no

    def said(self, meter: Meter, more: int = 0) -> Evidence:
        """Return what a meter would say that took all confirmed credit, and `more` as its next purchase."""
        done = [c.amount for c in self._commands(meter) if c.state is CommandState.CONFIRMED]
        taken = [*done, *([more] if more else [])]
        return Evidence(
            read_at=START + timedelta(minutes=len(taken)),
            serial=meter.serial,
            purchase_count=len(taken),
            balance=sum(taken),
            cumulative=sum(taken),
            last_purchase=taken[-1] if taken else 0,
            supply=SupplyState.CLOSED,
        )

    def _commands(self, meter: Meter) -> list[MeterCommand]:
        return list(self.world.run(lambda s: s.scalars(select(MeterCommand).filter_by(meter_id=meter.id)).all()))

    def state(self, order_no: str) -> OrderState:
        """Return how far an order is."""
        found: CreditOrder = self.world.run(lambda s: s.scalars(select(CreditOrder).filter_by(order_no=order_no)).one())
        return found.state

    def check(self) -> int:
        """Let the self-check be due and a ticker come by."""
        self.world.run(lambda s: s.execute(update(Duty).values(due_at=START)))
        return drains.proofs(self.runtime)

    def alarms(self) -> dict[str, Event]:
        """Return the alarms of the self-check, by the name of their proof."""
        events = self.world.run(lambda s: s.scalars(select(Event).filter_by(topic="proof_failed")).all())
        return {event.facts["proof"]: event for event in events}

    def frozen(self) -> set[str]:
        """Return the numbers of the meters that get no money."""
        return set(self.world.run(lambda s: s.scalars(select(Meter.number).where(Meter.frozen_reason.is_not(None)))))
