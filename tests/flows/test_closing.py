"""An order that is given up while it is announced: nobody is handed the means to pay it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter

from backend import checkout
from backend.kernel.errors import ProviderUnreachableError
from backend.payments.models import MerchantAccount
from backend.payments.provider import PaymentState
from backend.vending.errors import OrderNotPayableError
from backend.vending.models import CreditOrder, OrderState
from tests.flows.conftest import World


class Meanwhile(HTTPAdapter):
    """A wire on which something else happens, once, right before a request to a place leaves or after it came back."""

    def __init__(self, place: str, happens: Callable[[], object], *, after: bool = False) -> None:
        super().__init__()
        self._place, self._happens, self._after = place, happens, after

    def send(self, request: requests.PreparedRequest, *rest: Any, **more: Any) -> requests.Response:
        struck = self._place in str(request.url)
        happens, self._happens = (self._happens, lambda: None) if struck else (lambda: None, self._happens)
        if not self._after:
            happens()
        answer = super().send(request, *rest, **more)
        if self._after:
            happens()
        return answer


def only_order(world: World) -> CreditOrder:
    """Return the one order there is."""
    with world.runtime.database.transaction() as session:
        return session.query(CreditOrder).one()


def broken() -> None:
    """Lose the connection."""
    raise requests.ConnectionError


def give_up(world: World, wire: HTTPAdapter | None = None) -> PaymentState:
    """Close the one order, as another tap of the same user does."""
    runtime = replace(world.runtime, adapter=wire or HTTPAdapter())
    order = only_order(world)
    with world.runtime.database.transaction() as session:
        merchant = session.get_one(MerchantAccount, order.merchant_account_id)
    return checkout.close_at_provider(runtime, order=order, merchant=merchant, request_id="other")


def buy(world: World, wire: HTTPAdapter) -> checkout.Checkout:
    """Place an order over a wire."""
    return checkout.start(
        replace(world.runtime, adapter=wire), user_id=world.park.bob.id,
        meter_reference=world.park.counting.meter.reference, amount_fen=5000, tap="t1", request_id="r1",
    )  # fmt: skip


def state_there(world: World) -> PaymentState:
    """Return what the provider knows of the one order."""
    return world.runtime.provider(world.park.merchant).query(only_order(world).order_no).state


def test_an_order_given_up_before_it_is_announced_is_closed_there_and_not_handed_out(world: World) -> None:
    with pytest.raises(OrderNotPayableError):
        buy(world, Meanwhile("jsapi", lambda: give_up(world)))
    assert only_order(world).state is OrderState.CLOSED
    assert state_there(world) is PaymentState.CLOSED


def test_an_order_announced_while_it_is_given_up_is_closed_there_all_the_same(world: World) -> None:
    with pytest.raises(ProviderUnreachableError):
        buy(world, Meanwhile("jsapi", broken))
    handed_out: list[checkout.Checkout] = []
    order = only_order(world)
    user = world.park.bob.id

    def announce() -> None:
        handed_out.append(checkout.resume(world.runtime, user_id=user, order_no=order.order_no))

    assert give_up(world, Meanwhile("close", announce, after=True)) is PaymentState.CLOSED
    assert handed_out[0].pay is not None
    assert state_there(world) is PaymentState.CLOSED


def test_money_that_came_for_an_order_given_up_is_kept(world: World) -> None:
    placed = buy(world, HTTPAdapter())
    world.pay(placed.order_no)
    world.wait_for(lambda: world.order(placed.order_no).paid_at, "the payment")
    assert give_up(world) is PaymentState.PAID
    assert only_order(world).state is OrderState.PAID
