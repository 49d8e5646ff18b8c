"""What the control page and its JSON tell about the books."""

from dataclasses import asdict
from typing import Any

from sandbox.clock import rfc3339
from sandbox.orders import state_of
from sandbox.records import Delivery, Message, Order
from sandbox.refunds import status_of
from sandbox.world import World

SHOWN = 500


def orders_told(world: World, limit: int = SHOWN) -> list[dict[str, Any]]:
    """Tell the latest orders, newest first, with their payments and refunds."""
    return [_order_told(world, order) for order in world.books.orders.latest(limit)]


def deliveries_told(world: World, out_trade_no: str = "", limit: int = SHOWN) -> list[dict[str, Any]]:
    """Tell the latest attempts, newest first, of one order or of all."""
    table = world.books.deliveries
    found: list[Delivery] = table.of(out_trade_no)[::-1] if out_trade_no else table.latest(limit)
    return [{**asdict(each), "at": rfc3339(each.at)} for each in found]


def pending_told(world: World) -> list[dict[str, Any]]:
    """Tell the callbacks that still wait, soonest first."""
    waiting = world.books.callbacks.due_by(float("inf"))
    names = ("key", "event_id", "out_trade_no", "event_type", "attempts", "flaw")
    return [
        {name: getattr(each, name) for name in names} | {"due": rfc3339(each.due or 0), "in_s": _left(world, each.due)}
        for each in waiting[:SHOWN]
    ]


def messages_told(world: World, person: str = "", limit: int = SHOWN) -> list[dict[str, Any]]:
    """Tell the latest messages, newest first, of one person or of all."""
    found: list[Message] = world.books.messages.latest(limit)
    return [{**asdict(m), "sent_at": rfc3339(m.sent_at)} for m in found if person in ("", m.person)]


def totals(world: World) -> dict[str, Any]:
    """Add up, per merchant and in fen, what was paid, refunded and charged in fees."""
    payments, refunds = world.books.payments.all(), world.books.refunds.all()
    merchants = []
    for mchid in sorted({world.keys.mchid} | {payment.mchid for payment in payments}):
        paid = [payment for payment in payments if payment.mchid == mchid]
        back = [r for r in refunds if r.mchid == mchid and r.outcome != "CLOSED"]
        told = {
            "paid_fen": sum(payment.amount for payment in paid),
            "refunded_fen": sum(refund.amount for refund in back),
            "fee_fen": sum(payment.fee for payment in paid) - sum(refund.fee_returned for refund in back),
        }
        net = told["paid_fen"] - told["refunded_fen"] - told["fee_fen"]
        counts = {"payments": len(paid), "refunds": len(back)}
        merchants.append({"mchid": mchid, **told, "net_fen": net, **counts})
    return {"merchants": merchants}


def _order_told(world: World, order: Order) -> dict[str, Any]:
    payments = [
        {
            "transaction_id": payment.transaction_id,
            "amount_fen": payment.amount,
            "paid_at": rfc3339(payment.paid_at),
            "refunds": [
                {"out_refund_no": refund.out_refund_no, "amount_fen": refund.amount, "status": status_of(world, refund)}
                for refund in world.books.refunds.of(payment.transaction_id)
            ],
        }
        for payment in world.books.payments.of(order.out_trade_no)
    ]
    told = {name: value for name, value in asdict(order).items() if name not in ("fingerprint", "closed", "total")}
    told |= {"total_fen": order.total, "state": state_of(world, order), "placed_at": rfc3339(order.placed_at)}
    told["prepay"] = [prepay.token for prepay in world.books.prepays.of(order.out_trade_no)]
    return {**told, "payments": payments}


def _left(world: World, due: float | None) -> float:
    return round((due or 0) - world.clock(), 1)
