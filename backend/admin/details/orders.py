"""An order as a timeline, with the raw receipts and what became of them."""

from flask import Response

from backend.admin.details.raw_answers import readable
from backend.admin.details.seeing_orders import order_sight
from backend.admin.kit.page import BASE, blueprint, flash, for_staff, go, office, scope, show, t
from backend.audit.queries import entries_of
from backend.kernel.db import Session
from backend.runtime import runtime
from backend.staff.roles import Permission
from backend.vending.asking import ask_now
from backend.vending.models import OrderState


@blueprint.get("/orders/<order_no>")
@for_staff(Permission.VIEW_MONEY)
def order(order_no: str) -> Response:
    """Show an order. Raises NotFoundError."""
    reach = scope(Permission.VIEW_MONEY)
    with office().reading() as session:
        sight = order_sight(session, scope=reach, order_no=order_no)
        entries = entries_of(session, scope=reach, subject=sight.order)
    waits = sight.order.state is OrderState.PLACED
    return show("order.html", sight=sight, entries=entries, raw=readable, may_ask=waits)


@blueprint.post("/orders/<order_no>/ask")
@for_staff(Permission.VIEW_MONEY)
def ask_provider(order_no: str) -> Response:
    """Have the provider asked now what it knows of an unpaid order."""

    def asked(session: Session) -> None:
        sight = order_sight(session, scope=scope(Permission.VIEW_MONEY), order_no=order_no)
        ask_now(session, order_no=sight.order.order_no)

    office().run(asked)
    runtime().queue.start("payments")
    flash(t("正在向支付渠道查询，请稍后刷新。"))
    return go(f"{BASE}/orders/{order_no}")
