"""Topping up: place an order, pay it, follow it."""

import re

from flask import g

from backend.checkout import Checkout, resume, start
from backend.kernel.errors import NotFoundError
from backend.runtime import runtime
from miniprogram_api.api import api
from miniprogram_api.auth import current_user, logged_in
from miniprogram_api.describing import operation
from miniprogram_api.order_queries import OrderSight, order_of, orders_of
from miniprogram_api.schemas import CheckoutView, OrderList, OrderQuery, OrderRequest, OrderView, PayArguments
from miniprogram_api.timeline import can_pay, message_of, steps_of
from miniprogram_api.wording import say

ORDER_NO = re.compile(r"[0-9A-Z]{24}")


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
    _sight(order_no)
    return _checkout_view(resume(runtime(), user_id=current_user().id, order_no=order_no))


@api.get("/orders")
@logged_in
@api.input(OrderQuery, location="query")
@api.output(OrderList)
@operation("listOrders", "orders")
def list_orders(query_data: OrderQuery) -> OrderList:
    """Show the orders of every holder the user is bound to, the newest first."""
    user, limit = current_user(), query_data.limit
    seen = runtime().database.run(
        lambda session: orders_of(session, user=user, cursor=query_data.cursor, limit=limit + 1)
    )
    views = [_view(sight) for sight in seen[:limit]]
    return OrderList(orders=views, next_cursor=views[-1].order_no if len(seen) > limit else None)


@api.get("/orders/<order_no>")
@logged_in
@api.output(OrderView)
@operation("getOrder", "orders", 404)
def get_order(order_no: str) -> OrderView:
    """Show an order and how far its money has come."""
    return _view(_sight(order_no))


def _sight(order_no: str) -> OrderSight:
    if not ORDER_NO.fullmatch(order_no):
        raise NotFoundError
    user = current_user()
    return runtime().database.run(lambda session: order_of(session, user=user, order_no=order_no))


def _checkout_view(checkout: Checkout) -> CheckoutView:
    return CheckoutView(
        order_no=checkout.order_no,
        state=checkout.state,
        expires_at=checkout.expires_at,
        pay=PayArguments.model_validate(checkout.pay) if checkout.pay else None,
    )


def _view(sight: OrderSight) -> OrderView:
    progress, order = sight.progress, sight.progress.order
    mine, message = order.placed_by == current_user().id, message_of(progress)
    return OrderView(
        order_no=order.order_no,
        state=order.state,
        amount_fen=order.amount_fen,
        meter=sight.meter.reference,
        meter_number=sight.meter.number,
        room=sight.location.label(),
        holder=sight.holder.id,
        holder_name=sight.holder.name,
        mine=mine,
        placed_at=order.placed_at,
        expires_at=order.expires_at,
        can_pay=mine and can_pay(progress),
        timeline=steps_of(progress),
        message=message,
        message_text=say(message.value),
    )
