"""Place orders for credit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import LiteralString

from sqlalchemy import bindparam, select

from backend.accounts.models import Account, Billing
from backend.kernel.db import Session
from backend.kernel.money import yuan
from backend.metering.models import Meter, MeterState
from backend.payments.models import MerchantAccount
from backend.people.joining import person_of
from backend.people.models import WechatUser
from backend.vending.errors import (
    AmountOutOfRangeError,
    CannotTopUpError,
    OrderNotPayableError,
    TapReusedError,
    TooManyOpenOrdersError,
)
from backend.vending.limiting import refuse_over_limit
from backend.vending.models import CreditOrder, OrderState
from meter_bridge.protocol import CreditUnit, MoneyCapability

FIRST_QUERY = 60.0
UNPAID = select(CreditOrder).filter_by(
    placed_by=bindparam("user"), account_id=bindparam("account"), state=OrderState.PLACED
)
IN_ORDER = UNPAID.order_by(CreditOrder.id)
# The order of the same tap, the unpaid one of the same wish, how many can be paid, and the person's limit in a month.
KNOWN: LiteralString = """
SELECT (SELECT id FROM credit_order WHERE placed_by = %(user)s AND tap = %(tap)s) AS tapped,
       (SELECT id FROM credit_order
        WHERE placed_by = %(user)s AND account_id = %(account)s AND state = 'placed' AND meter_id = %(meter)s
          AND amount_fen = %(amount_fen)s AND merchant_account_id = %(merchant)s AND expires_at > %(now)s
        LIMIT 1) AS wished,
       (SELECT count(*) FROM credit_order
        WHERE placed_by = %(user)s AND state = 'placed' AND expires_at > %(now)s) AS payable,
       (SELECT min(monthly_limit_fen) FROM binding
        WHERE holder_id = %(holder)s AND wechat_user_id = ANY(%(person)s) AND ended_at IS NULL) AS limit_fen
"""


@dataclass(frozen=True, slots=True)
class OrderLimits:
    """What an order may be: amounts in fen, unpaid orders a user may have, how long it may be paid."""

    least_fen: int
    most_fen: int
    open_orders: int
    expiry: timedelta


@dataclass(frozen=True, slots=True)
class Wish:
    """What a user wants to buy; tap is the client's key of one tap."""

    user: WechatUser
    account: Account
    meter: Meter
    amount_fen: int
    tap: str


def place_order(
    session: Session, *, wish: Wish, merchant: MerchantAccount, limits: OrderLimits, request_id: str
) -> CreditOrder:
    """Place one order for one tap: the same tap, or the same unpaid wish, is given the same order again."""
    refuse_unsellable(wish, limits)
    person = person_of(session, user=wish.user)  # locked: what is counted below stays as it is
    now, numbers = session.clock.now(), [each.id for each in person]
    known = session.run_sql(KNOWN, **_about(wish, merchant), person=numbers, now=now).one()
    if (number := known.tapped or known.wished) is not None:
        return _same(session, wish, number)
    if known.payable >= limits.open_orders:
        raise TooManyOpenOrdersError(count=known.payable)
    if known.limit_fen is not None:
        refuse_over_limit(
            session, person=numbers, account=wish.account, amount_fen=wish.amount_fen, limit_fen=known.limit_fen
        )
    order = CreditOrder(
        organisation_id=wish.account.organisation_id,
        order_no=session.entropy.order_no(now),
        account_id=wish.account.id,
        meter_id=wish.meter.id,
        placed_by=wish.user.id,
        merchant_account_id=merchant.id,
        tap=wish.tap,
        amount_fen=wish.amount_fen,
        request_id=request_id,
        placed_at=now,
        expires_at=now + limits.expiry,
        next_query_at=now + session.span(FIRST_QUERY),
    )
    session.add(order)
    session.flush()
    return order


def superseded(session: Session, *, wish: Wish) -> Sequence[CreditOrder]:
    """Return the user's unpaid orders for this account that another amount or an expiry makes void."""
    now = session.clock.now()
    open_ones = session.scalars(IN_ORDER, {"user": wish.user.id, "account": wish.account.id})
    return [o for o in open_ones if o.tap != wish.tap and not (_fits(o, wish) and o.expires_at > now)]


def payable_order(session: Session, *, order_no: str, user_id: int) -> CreditOrder:
    """Return an unpaid, unexpired order of this user. Raises OrderNotPayableError."""
    order = session.scalars(select(CreditOrder).filter_by(order_no=order_no, placed_by=user_id)).one_or_none()
    if order is None or order.state is not OrderState.PLACED or order.expires_at <= session.clock.now():
        raise OrderNotPayableError
    return order


def refuse_unsellable(wish: Wish, limits: OrderLimits) -> None:
    """Raise AmountOutOfRangeError or CannotTopUpError for a wish that can never become an order now."""
    if not limits.least_fen <= wish.amount_fen <= limits.most_fen:
        raise AmountOutOfRangeError(least=yuan(limits.least_fen), most=yuan(limits.most_fen))
    meter_takes_money = wish.meter.credit_unit is CreditUnit.MONEY and (
        wish.meter.capability is not MoneyCapability.PLATFORM_WALLET
    )
    sellable = wish.account.billing is Billing.PLATFORM or (meter_takes_money and wish.meter.frozen_reason is None)
    if wish.meter.state is not MeterState.ACTIVE or wish.account.closed_at is not None or not sellable:
        raise CannotTopUpError


def _about(wish: Wish, merchant: MerchantAccount) -> dict[str, object]:
    return {
        "user": wish.user.id,
        "account": wish.account.id,
        "holder": wish.account.holder_id,
        "meter": wish.meter.id,
        "amount_fen": wish.amount_fen,
        "merchant": merchant.id,
        "tap": wish.tap,
    }


def _same(session: Session, wish: Wish, number: int) -> CreditOrder:
    known = session.get_one(CreditOrder, number, populate_existing=True)
    if not _fits(known, wish):
        raise TapReusedError
    return known


def _fits(order: CreditOrder, wish: Wish) -> bool:
    return (order.account_id, order.meter_id, order.amount_fen) == (wish.account.id, wish.meter.id, wish.amount_fen)
