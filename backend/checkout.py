"""Buying credit, from the wish to what the client needs to pay: the calls to the provider between transactions."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, LiteralString

from sqlalchemy import bindparam, select

from backend.accounts.models import Account, AccountMeter
from backend.estate.models import Building, Room
from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError, ProviderUnreachableError
from backend.kernel.logs import log
from backend.lifecycle.paying import take_payment
from backend.metering.models import Meter
from backend.payments.errors import NoWayToPayError
from backend.payments.merchants import chosen_for
from backend.payments.models import MerchantAccount
from backend.payments.provider import Answer, PaymentState, Purchase, RefusedError, UnansweredError
from backend.people.binding import allows
from backend.people.errors import RoleTooLowError
from backend.people.models import Binding, Role, WechatUser
from backend.runtime import Runtime
from backend.vending.asking import ask_now, close_order
from backend.vending.errors import EarlierOrderPaidError, OrderNotPayableError
from backend.vending.models import CreditOrder, OrderState
from backend.vending.placing import OrderLimits, Wish, payable_order, place_order, refuse_unsellable, superseded

ALREADY_PAID = "ORDERPAID"
DEAD_ORDER = frozenset({"ORDER_CLOSED", "OUT_TRADE_NO_USED"})  # closed there, or announced with other parameters

STATE: LiteralString = "SELECT state FROM credit_order WHERE id = %(number)s"
# Who wishes, a meter with its open account, what they may do for its holder, and who takes the money in its park.
WISHED = (
    select(WechatUser, Meter, Account, Binding.role, MerchantAccount)
    .join(Meter, Meter.organisation_id == WechatUser.organisation_id)
    .join(AccountMeter, (AccountMeter.meter_id == Meter.id) & AccountMeter.ended_at.is_(None))
    .join(Account, Account.id == AccountMeter.account_id)
    .join(Room, Room.id == Meter.room_id)
    .join(Building, Building.id == Room.building_id)
    .join(Binding, (Binding.wechat_user_id == WechatUser.id) & (Binding.holder_id == Account.holder_id))
    .outerjoin(
        MerchantAccount,
        MerchantAccount.id
        == chosen_for(organisation=WechatUser.organisation_id, appid=WechatUser.appid, park=Building.park_id),
    )
    .where(WechatUser.id == bindparam("user"), Meter.reference == bindparam("reference"), Binding.ended_at.is_(None))
)


@dataclass(frozen=True, slots=True)
class Checkout:
    """An order and, while it can be paid, the arguments of wx.requestPayment."""

    order_no: str
    state: OrderState
    expires_at: datetime
    pay: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class _Payable:
    """An order, who takes the money for it, and as whom its buyer is known there."""

    order: CreditOrder
    merchant: MerchantAccount
    openid: str


def start(
    runtime: Runtime, *, user_id: int, meter_reference: str, amount_fen: int, tap: str, request_id: str
) -> Checkout:
    """Place an order and announce it to the provider, after closing the unpaid order it replaces.

    Raises the refusals of backend.vending.errors, NotFoundError and ProviderUnreachableError.
    """

    def wish_of(session: Session) -> tuple[Wish, MerchantAccount]:
        return _wish(session, user_id, meter_reference, amount_fen, tap)

    def place(session: Session, wish: Wish, merchant: MerchantAccount) -> _Payable:
        limits = _limits(runtime)
        order = place_order(session, wish=wish, merchant=merchant, limits=limits, request_id=request_id)
        return _payable(session, order)

    def void_ones_or_place(session: Session) -> list[_Payable] | _Payable:
        wish, merchant = wish_of(session)
        refuse_unsellable(wish, _limits(runtime))
        void = [_payable(session, order) for order in superseded(session, wish=wish)]
        return void or place(session, wish, merchant)

    placed = runtime.database.run(void_ones_or_place)
    if isinstance(placed, list):
        for void in placed:
            _close_void(runtime, void, request_id)
        placed = runtime.database.run(lambda session: place(session, *wish_of(session)))
    return _announce(runtime, placed)


def resume(runtime: Runtime, *, user_id: int, order_no: str) -> Checkout:
    """Return fresh payment arguments for an unpaid order of this user. Raises OrderNotPayableError."""

    def payable(session: Session) -> _Payable:
        return _payable(session, payable_order(session, order_no=order_no, user_id=user_id))

    return _announce(runtime, runtime.database.run(payable))


def close_at_provider(
    runtime: Runtime, *, order: CreditOrder, merchant: MerchantAccount, request_id: str
) -> PaymentState:
    """Close an order at the provider, then here; if it was paid meanwhile, take that payment instead."""
    state, answer = _closed_there(runtime, order, merchant)
    if answer is None:
        runtime.database.run(lambda session: _close(session, order))
        if state is not PaymentState.MISSING:
            return PaymentState.CLOSED
        # Somebody may be announcing it at this moment: what came before our commit is closed now, and who comes
        # after it finds the order closed here and hands nothing out.
        state, answer = _closed_there(runtime, order, merchant)
        if answer is None:
            return PaymentState.CLOSED
    payment, body = answer.payment, answer.body
    if payment is None:
        raise ProviderUnreachableError
    runtime.database.run(
        lambda session: take_payment(
            session, merchant=merchant, payment=payment, body=body, source="query", request_id=request_id
        )
    )
    runtime.bell.ring("commands")
    if runtime.database.run(lambda session: _is_given_up(session, order)):
        return PaymentState.CLOSED  # its money did not fit and was set aside: nothing more is to come
    return PaymentState.PAID


def _closed_there(
    runtime: Runtime, order: CreditOrder, merchant: MerchantAccount
) -> tuple[PaymentState, Answer | None]:
    """Close an order at the provider; if it was paid, return what is known of that. Raises ProviderUnreachableError."""
    provider = runtime.provider(merchant)
    try:
        state = provider.close(order.order_no)
        return state, provider.query(order.order_no) if state is PaymentState.PAID else None
    except (UnansweredError, RefusedError) as error:
        raise ProviderUnreachableError from error


def _is_given_up(session: Session, order: CreditOrder) -> bool:
    return _close(session, order) or _state(session, order) is OrderState.CLOSED


def _state(session: Session, order: CreditOrder) -> OrderState:
    return OrderState(session.run_sql(STATE, number=order.id).scalar_one())


def _close(session: Session, order: CreditOrder) -> bool:
    return close_order(session, organisation_id=order.organisation_id, order_no=order.order_no)


def _wish(
    session: Session, user_id: int, meter_reference: str, amount_fen: int, tap: str
) -> tuple[Wish, MerchantAccount]:
    about = {"user": user_id, "reference": meter_reference, "now": session.clock.now()}
    found = session.execute(WISHED, about).one_or_none()
    if found is None:
        raise NotFoundError
    user, meter, account, role, merchant = found
    if not allows(role, Role.PAYER):
        raise RoleTooLowError
    if merchant is None:
        raise NoWayToPayError
    return Wish(user=user, account=account, meter=meter, amount_fen=amount_fen, tap=tap), merchant


def _close_void(runtime: Runtime, void: _Payable, request_id: str) -> None:
    state = close_at_provider(runtime, order=void.order, merchant=void.merchant, request_id=request_id)
    if state is PaymentState.PAID:
        raise EarlierOrderPaidError(order_no=void.order.order_no)


def _payable(session: Session, order: CreditOrder) -> _Payable:
    merchant = session.get_one(MerchantAccount, order.merchant_account_id)
    return _Payable(order, merchant, session.get_one(WechatUser, order.placed_by).openid)


def _announce(runtime: Runtime, payable: _Payable) -> Checkout:
    order, merchant = payable.order, payable.merchant
    if order.state is not OrderState.PLACED:
        return Checkout(order.order_no, order.state, order.expires_at, None)
    purchase = Purchase(
        order_no=order.order_no,
        amount_fen=order.amount_fen,
        description="电费充值",
        openid=payable.openid,
        expires_at=order.expires_at,
    )
    try:
        pay = runtime.provider(merchant).prepay(purchase)
    except UnansweredError as error:
        raise ProviderUnreachableError from error
    except RefusedError as error:
        return _refused(runtime, order, merchant, error)
    return _handed_out(runtime, order, merchant, pay)


def _handed_out(runtime: Runtime, order: CreditOrder, merchant: MerchantAccount, pay: dict[str, Any]) -> Checkout:
    """Give the client what it needs to pay, unless the order was given up, or paid, while it was announced."""
    state = runtime.database.read(lambda session: _state(session, order))
    if state is OrderState.CLOSED:
        close_at_provider(runtime, order=order, merchant=merchant, request_id=order.request_id)
        raise OrderNotPayableError
    return Checkout(order.order_no, state, order.expires_at, pay if state is OrderState.PLACED else None)


def _refused(runtime: Runtime, order: CreditOrder, merchant: MerchantAccount, error: RefusedError) -> Checkout:
    if error.code == ALREADY_PAID:
        runtime.database.run(lambda session: ask_now(session, order_no=order.order_no))
        runtime.queue.start("payments")
        return Checkout(order.order_no, OrderState.PLACED, order.expires_at, None)
    if error.code in DEAD_ORDER:
        close_at_provider(runtime, order=order, merchant=merchant, request_id=order.request_id)
        raise OrderNotPayableError from error
    log().error("provider refuses an order", order_no=order.order_no, code=error.code)
    raise NoWayToPayError from error


def _limits(runtime: Runtime) -> OrderLimits:
    settings = runtime.settings
    return OrderLimits(
        least_fen=settings.top_up_min_fen,
        most_fen=settings.top_up_max_fen,
        open_orders=settings.top_up_open_orders,
        expiry=timedelta(minutes=settings.top_up_expiry_minutes),
    )
