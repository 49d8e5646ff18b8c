"""Unpaid orders that no callback came for: when to ask the provider, and when to give up."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import LiteralString

from sqlalchemy import bindparam, select

from backend.kernel import outbox
from backend.kernel.db import Session
from backend.payments.recording import has_pending
from backend.vending.models import CreditOrder, OrderState

STEPS = (120.0, 300.0, 900.0, 3600.0)  # the first question comes 60 s after placing
GIVE_UP = 26 * 3600.0
DUE = (
    select(CreditOrder)
    .where(CreditOrder.state == OrderState.PLACED, CreditOrder.next_query_at <= bindparam("now"))
    .order_by(CreditOrder.next_query_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
NAMED = (
    select(CreditOrder)
    .filter_by(organisation_id=bindparam("organisation"), order_no=bindparam("order_no"))
    .with_for_update()
)
IS_ANY_DUE: LiteralString = """
SELECT EXISTS (SELECT FROM credit_order WHERE state = 'placed' AND next_query_at <= %(now)s)
"""


def is_any_due(session: Session) -> bool:
    """Say whether there is an order to ask about."""
    return bool(session.run_sql(IS_ANY_DUE, now=session.clock.now()).scalar())


def take_due(session: Session, *, most: int) -> Sequence[CreditOrder]:
    """Lock and return orders to ask about, their next question already set, so that a crash asks again."""
    now = session.clock.now()
    orders = session.scalars(DUE, {"now": now, "most": most}).all()
    for order in orders:
        order.next_query_at = now + _wait(session, order.queries)
        order.queries += 1
    return orders


def ask_now(session: Session, *, order_no: str) -> None:
    """Let the next drain ask about this order at once, if it is still unpaid."""
    order = session.scalars(
        select(CreditOrder).filter_by(order_no=order_no, state=OrderState.PLACED).with_for_update()
    ).one_or_none()
    if order is not None:
        order.next_query_at = session.clock.now()


def is_over(session: Session, *, placed_at: datetime) -> bool:
    """Say whether an order was asked about long enough to be closed at the provider."""
    return session.clock.now() >= placed_at + session.span(GIVE_UP)


def close_order(session: Session, *, organisation_id: int, order_no: str) -> bool:
    """Close an unpaid order that no more money can come for; False when there is none, or its money waits here."""
    order = session.scalars(NAMED, {"organisation": organisation_id, "order_no": order_no}).one_or_none()
    if order is None or order.state is not OrderState.PLACED or has_pending(session, order_no=order_no):
        return False
    order.state = OrderState.CLOSED
    order.closed_at = session.clock.now()
    order.next_query_at = None
    outbox.record(
        session,
        organisation_id=order.organisation_id,
        topic="order_closed",
        key=order.order_no,
        facts={"order_no": order.order_no},
        request_id=order.request_id,
    )
    return True


def _wait(session: Session, queries: int) -> timedelta:
    return session.span(STEPS[min(queries, len(STEPS) - 1)])
