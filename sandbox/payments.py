"""Paying: what a payer does in the WeChat app, well or badly."""

from dataclasses import dataclass, replace

from sandbox.callbacks import announce, new_event_id
from sandbox.clock import parse_rfc3339
from sandbox.orders import describe
from sandbox.people import identity_of
from sandbox.records import Callback, Order, Payment
from sandbox.refusals import ControlRefusal
from sandbox.signing import compact
from sandbox.world import World

MODES = ("normal", "twice", "late", "wrong_amount", "silent", "forge", "old", "garbled", "foreign", "again")
LATE = 90.0
FEE_PER_MILLE = 6


@dataclass(frozen=True)
class Wish:
    """How a payment is to go; docs/sandbox.md explains the modes."""

    mode: str = "normal"
    delay: float | None = None
    amount: int | None = None
    copies: int = 1
    resend: bool = True
    person: str = ""


def pay(world: World, reference: str, wish: Wish) -> dict[str, list[str]]:
    """Pay an order named by its number, prepay_id or code_url; returns transactions and queued callbacks."""
    if wish.mode not in MODES or wish.copies < 1:
        raise ControlRefusal(f"mode must be one of {', '.join(MODES)}, and copies at least 1")
    with world.books.store.transaction():
        order = resolve(world, reference)
        if wish.mode == "foreign":
            order = _foreign(world, order)
        payments = _payments(world, order, wish)
    told: list[str] = []
    for payment in payments if wish.mode != "silent" else []:
        told += announce(world, _callback(order, payment, wish), delay=_delay(world, wish), copies=wish.copies)
    real = [] if wish.mode == "forge" else [payment.transaction_id for payment in payments]
    return {"transaction_ids": real, "callbacks": told}


def resolve(world: World, reference: str) -> Order:
    """Find an order by its number, prepay_id or code_url."""
    prepay = world.books.prepays.get(reference)
    order = world.books.orders.get(prepay.out_trade_no if prepay else reference)
    if order is None:
        raise ControlRefusal(f"no order is called {reference}")
    return order


def fee_of(amount: int) -> int:
    """Return the fee of an amount: 0.6 %, half up, in fen."""
    return (amount * FEE_PER_MILLE + 500) // 1000


def _payments(world: World, order: Order, wish: Wish) -> list[Payment]:
    known = world.books.payments.of(order.out_trade_no)
    if wish.mode == "again" or (wish.mode in ("old", "garbled") and known):
        if not known:
            raise ControlRefusal("nothing was paid yet, so nothing can be told again")
        return known[:1]
    if wish.mode == "forge":
        return [_payment(world, order, wish)]
    if wish.mode != "twice":
        _check_payable(world, order, wish, paid=bool(known))
    missing = 1 if known or wish.mode != "twice" else 2
    return [world.books.payments.put(_payment(world, order, wish)) for _ in range(missing)]


def _check_payable(world: World, order: Order, wish: Wish, *, paid: bool) -> None:
    if paid:
        raise ControlRefusal("the order is paid: only the mode twice pays it again")
    if wish.mode == "late":
        return
    expiry = parse_rfc3339(order.time_expire)
    if order.closed or (expiry is not None and world.clock() >= expiry):
        raise ControlRefusal("the order is closed or past its time_expire: only the mode late pays it")


def _payment(world: World, order: Order, wish: Wish) -> Payment:
    amount = order.total
    if wish.mode == "wrong_amount":
        amount = wish.amount or (order.total - 1 or order.total + 1)
    return Payment(
        transaction_id="4200" + world.digits(24),
        out_trade_no=order.out_trade_no,
        mchid=order.mchid,
        appid=order.appid,
        openid=order.openid or identity_of(world, order.appid, wish.person or "payer").openid,
        amount=amount,
        fee=fee_of(amount),
        paid_at=world.clock(),
        event_id=new_event_id(world),
    )


def _foreign(world: World, order: Order) -> Order:
    """Place, beside the merchant's own program, an order of another app of the same merchant."""
    number = f"FOREIGN{world.digits(12)}"
    other = replace(order, out_trade_no=number, appid="wx" + world.digits(16), fingerprint="", time_expire="")
    return world.books.orders.put(replace(other, closed=False, placed_at=world.clock()))


def _callback(order: Order, payment: Payment, wish: Wish) -> Callback:
    flaw = wish.mode if wish.mode in ("forge", "old", "garbled") else ""
    return Callback(
        key="",
        event_id=payment.event_id,
        out_trade_no=order.out_trade_no,
        notify_url=order.notify_url,
        event_type="TRANSACTION.SUCCESS",
        plaintext=compact(describe(order, "SUCCESS", payment)),
        created_at=payment.paid_at,
        due=None,
        flaw=flaw,
        resend=wish.resend and flaw != "forge",
    )


def _delay(world: World, wish: Wish) -> float:
    if wish.delay is not None:
        return wish.delay
    return LATE / world.time_scale if wish.mode == "late" else 0.0
