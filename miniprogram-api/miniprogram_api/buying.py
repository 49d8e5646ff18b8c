"""Topping up: place an order and pay it."""

from flask import g

from backend.checkout import Checkout, resume, start
from backend.runtime import runtime
from miniprogram_api.api import api
from miniprogram_api.auth import current_user, logged_in
from miniprogram_api.describing import operation
from miniprogram_api.orders import sight_of
from miniprogram_api.schemas.buying import CheckoutView, OrderRequest, PayArguments


@api.post("/orders")
@logged_in
@api.input(OrderRequest)
@api.output(CheckoutView, status_code=201)
@operation("placeOrder", "orders", 400, 403, 404, 409, 503)
def place_order(json_data: OrderRequest) -> CheckoutView:
    """Place an order for credit and return the arguments of wx.requestPayment."""
    checkout = start(
        runtime(),
        user_id=current_user().id,
        meter_reference=json_data.meter,
        amount_fen=json_data.amount_fen,
        tap=json_data.tap,
        request_id=g.request_id,
    )
    return _checkout_view(checkout)


@api.post("/orders/<order_no>/pay")
@logged_in
@api.output(CheckoutView)
@operation("payOrder", "orders", 404, 409, 503)
def pay_order(order_no: str) -> CheckoutView:
    """Return fresh payment arguments for an unpaid order of this user."""
    sight_of(order_no)  # another's order is as missing as one that never was
    return _checkout_view(resume(runtime(), user_id=current_user().id, order_no=order_no))


def _checkout_view(checkout: Checkout) -> CheckoutView:
    appid = current_user().appid  # the one the order is announced with
    return CheckoutView(
        order_no=checkout.order_no,
        state=checkout.state,
        expires_at=checkout.expires_at,
        pay=PayArguments.model_validate({"appId": appid, **checkout.pay}) if checkout.pay else None,
    )
