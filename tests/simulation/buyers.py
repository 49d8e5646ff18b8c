"""People who buy: each with a habit, some of them bad."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy.exc import DBAPIError

from backend import checkout
from backend.checkout import Checkout
from backend.kernel.errors import ProductError
from backend.payments.models import MerchantAccount
from backend.runtime import Runtime
from backend.vending.models import CreditOrder, OrderState
from sandbox import payments
from sandbox.payments import Wish
from sandbox.refusals import ControlRefusal
from sandbox.world import World
from tests.park import KnownPark, Metered
from tests.simulation.invariants import Paid
from tests.simulation.plan import Purchase
from tests.simulation.scene import Scene

T = TypeVar("T")
TRIES = 3
TWO_ORDERS = ("changes the amount", "pays the one before")
HABITS = {"pays twice": "twice", "pays another amount": "wrong_amount", "pays another app's order": "foreign"}


@dataclass(frozen=True)
class Market:
    """What buyers see: the product's checkout, the WeChat app, and what meters there are."""

    scene: Scene
    runtime: Runtime
    sandbox: World
    park: KnownPark
    paid: Paid


class Buyer:
    """One person buying once."""

    def __init__(self, market: Market, purchase: Purchase) -> None:
        self._market, self._purchase = market, purchase
        self._scene = market.scene

    async def buy(self) -> None:
        """Do what the habit says."""
        await asyncio.sleep(self._purchase.at)
        habit = self._purchase.habit
        first = None
        if habit in TWO_ORDERS:
            first = await self._order(self._purchase.amount_fen + 1, "a")
            await asyncio.sleep(self._scene.chance.between("mind", 0.1, 8.0))
        if habit == "taps twice":
            self._scene.loop.spawn(None, self._order(self._purchase.amount_fen, "b"))
        placed = await self._order(self._purchase.amount_fen, "b")
        if placed is None or placed.pay is None or habit == "abandons":
            return
        if habit == "pays the one before" and first is not None and first.pay is not None:
            self._pay(first.order_no, "normal")
            return
        if habit == "resumes":
            await asyncio.sleep(5.0)
            order_no = placed.order_no
            placed = await self._ask(lambda: self._resumed(order_no)) or placed
        await asyncio.sleep(self._scene.chance.between("typing", 0.5, 6.0))
        if habit == "pays too late":
            await asyncio.sleep(self._scene.chance.between("late", 0.5, 6.0))
            await self._ask(lambda: self._close(placed.order_no))
        self._pay(placed.order_no, HABITS.get(habit, "late" if habit == "pays too late" else "normal"))

    def _name(self, text: str) -> None:
        self._scene.story.tell(self._purchase.name, text)

    async def _order(self, amount_fen: int, tap: str) -> Checkout | None:
        market, purchase = self._market, self._purchase
        metered: Metered = getattr(market.park, purchase.meter)
        person = market.park.charlie if purchase.meter == "other" else market.park.bob
        self._name(f"orders {amount_fen} fen for the {purchase.meter} meter")
        placed = await self._ask(
            lambda: checkout.start(
                market.runtime,
                user_id=person.id,
                meter_reference=metered.meter.reference,
                amount_fen=amount_fen,
                tap=f"{purchase.name} {tap}",
                request_id=purchase.name.replace(" ", "-"),
            )
        )
        if placed is not None:
            if placed.pay is not None:
                market.paid.handed_out.add(placed.order_no)
            self._name(f"got order {placed.order_no[-6:]}, {placed.state.value}")
        return placed

    def _resumed(self, order_no: str) -> Checkout:
        bob, charlie = self._market.park.bob, self._market.park.charlie
        user = charlie if self._purchase.meter == "other" else bob
        return checkout.resume(self._market.runtime, user_id=user.id, order_no=order_no)

    def _close(self, order_no: str) -> None:
        market = self._market
        with market.runtime.database.transaction() as session:
            order = session.query(CreditOrder).filter_by(order_no=order_no).one()
            merchant = session.get_one(MerchantAccount, order.merchant_account_id)
        if order.state is OrderState.PLACED:
            checkout.close_at_provider(market.runtime, order=order, merchant=merchant, request_id="late")

    async def _ask(self, work: Callable[[], T]) -> T | None:
        """Ask the web, again if need be, as a person does."""
        for _ in range(TRIES):
            try:
                return await self._scene.hosts["web"].run(work)
            except ProductError as refusal:
                self._name(f"is refused: {refusal.code}")
                if refusal.status < 500:
                    return None
            except (ConnectionResetError, DBAPIError) as error:
                self._name(f"gets no answer: {type(error).__name__}")
            await asyncio.sleep(2.0)
        return None

    def _pay(self, order_no: str, mode: str) -> None:
        chance, sandbox = self._scene.chance, self._market.sandbox
        if mode == "normal":
            mode = next((m for m, f in TELLINGS if chance.strikes(f, self._purchase.name)), mode)
        delay = chance.between("callback delay", 1.0, 100.0) if chance.strikes("callback late") else 0.3
        copies = chance.stream("copies").randint(2, 4) if chance.strikes("callback twice") else 1
        try:
            done = payments.pay(sandbox, order_no, Wish(mode=mode, delay=delay, copies=copies, person="payer"))
        except ControlRefusal as refusal:
            self._name(f"cannot pay: {refusal}")
            return
        for transaction in done["transaction_ids"]:
            payment = sandbox.books.payments.get(transaction)
            if payment is not None:
                self._market.paid.amounts[transaction] = (payment.out_trade_no, payment.amount)
        if mode == "normal":
            self._market.paid.took(order_no)
        self._name(f"pays {order_no[-6:]} ({mode}, told {copies}x after {delay:.1f} s)")
        if chance.strikes("callback forged", self._purchase.name):
            payments.pay(sandbox, order_no, Wish(mode="forge", delay=0.1, person="payer"))
        if self._purchase.habit == "tells again":
            payments.pay(sandbox, order_no, Wish(mode="again", delay=7.0, copies=2))


TELLINGS = (("silent", "callback never"), ("garbled", "callback garbled"), ("old", "callback old"))
