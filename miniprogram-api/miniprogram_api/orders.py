"""Orders, followed from placed to credited."""

import re

from backend.kernel.errors import NotFoundError
from backend.runtime import runtime
from miniprogram_api.api import api
from miniprogram_api.auth import current_user, logged_in
from miniprogram_api.describing import operation
from miniprogram_api.order_queries import OrderSight, order_of, orders_of
from miniprogram_api.order_views import view_of
from miniprogram_api.schemas.orders import OrderList, OrderQuery, OrderView

ORDER_NO = re.compile(r"[0-9A-Z]{24}")


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
    views = [view_of(sight, user) for sight in seen[:limit]]
    return OrderList(orders=views, next_cursor=views[-1].order_no if len(seen) > limit else None)


@api.get("/orders/<order_no>")
@logged_in
@api.output(OrderView)
@operation("getOrder", "orders", 404)
def get_order(order_no: str) -> OrderView:
    """Show an order and how far its money has come."""
    return view_of(sight_of(order_no), current_user())


def sight_of(order_no: str) -> OrderSight:
    """Return an order as the user of this request may see it. Raises NotFoundError."""
    if not ORDER_NO.fullmatch(order_no):
        raise NotFoundError
    user = current_user()
    return runtime().database.run(lambda session: order_of(session, user=user, order_no=order_no))
