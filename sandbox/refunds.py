"""Refunds: taken once per number, never more than was paid."""

import re
from typing import Any

from sandbox.callbacks import announce, new_event_id
from sandbox.clock import rfc3339
from sandbox.payments import fee_of
from sandbox.records import Callback, Payment, Refund
from sandbox.refusals import PayRefusal, param_error
from sandbox.signing import compact
from sandbox.switches import read_switches
from sandbox.world import World

OUT_REFUND_NO = re.compile(r"[0-9A-Za-z_\-|*@]{1,64}")


def request_refund(world: World, body: dict[str, Any]) -> dict[str, Any]:
    """Take a refund, or tell again the one of this number."""
    number = body.get("out_refund_no")
    if not isinstance(number, str) or not OUT_REFUND_NO.fullmatch(number):
        raise param_error("输入源“/body/out_refund_no”须为1-64个字符")
    refund_fen, total = _amounts(body)
    with world.books.store.transaction():
        payment = _payment_of(world, body)
        known = world.books.refunds.get(number)
        if known is None:
            known = world.books.refunds.put(_new_refund(world, payment, body, refund_fen))
            _announce(world, known, payment, body.get("notify_url"))
        elif (known.amount, known.total, known.transaction_id) != (refund_fen, total, payment.transaction_id):
            raise PayRefusal(400, "INVALID_REQUEST", "订单金额或退款金额与之前请求不一致，请核实后再试")
    return describe_refund(world, known, payment)


def query_refund(world: World, out_refund_no: str) -> dict[str, Any]:
    """Tell a refund as it stands."""
    refund = world.books.refunds.get(out_refund_no)
    payment = world.books.payments.get(refund.transaction_id) if refund else None
    if refund is None or payment is None:
        raise PayRefusal(404, "RESOURCE_NOT_EXISTS", "退款单不存在")
    return describe_refund(world, refund, payment)


def status_of(world: World, refund: Refund) -> str:
    """Return PROCESSING until the refund settles, then its outcome."""
    return refund.outcome if world.clock() >= refund.settles_at else "PROCESSING"


def describe_refund(world: World, refund: Refund, payment: Payment) -> dict[str, Any]:
    """Describe a refund as queries do."""
    status = status_of(world, refund)
    told: dict[str, Any] = {
        "refund_id": refund.refund_id,
        "out_refund_no": refund.out_refund_no,
        "transaction_id": refund.transaction_id,
        "out_trade_no": refund.out_trade_no,
        "channel": "ORIGINAL",
        "user_received_account": "支付用户零钱",
        "create_time": rfc3339(refund.created_at),
        "status": status,
        "funds_account": "AVAILABLE",
        "amount": _amount_lines(refund, payment),
    }
    if status == "SUCCESS":
        told["success_time"] = rfc3339(refund.settles_at)
    return told


def _amounts(body: dict[str, Any]) -> tuple[int, int]:
    amount = body.get("amount")
    amount = amount if isinstance(amount, dict) else {}
    refund_fen, total = amount.get("refund"), amount.get("total")
    for value in (refund_fen, total):
        if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
            raise param_error("输入源“/body/amount”的refund与total须为大于0的整数")
    if amount.get("currency") != "CNY":
        raise param_error("输入源“/body/amount/currency”仅支持CNY")
    return int(refund_fen or 0), int(total or 0)


def _payment_of(world: World, body: dict[str, Any]) -> Payment:
    if body.get("transaction_id"):
        payment = world.books.payments.get(str(body["transaction_id"]))
        found = [payment] if payment else []
    else:
        found = world.books.payments.of(str(body.get("out_trade_no", "")))
    if found:
        return found[0]
    if world.books.orders.get(str(body.get("out_trade_no", ""))):
        raise PayRefusal(400, "INVALID_REQUEST", "订单未支付，不能退款")
    raise PayRefusal(404, "RESOURCE_NOT_EXISTS", "订单不存在")


def _new_refund(world: World, payment: Payment, body: dict[str, Any], amount: int) -> Refund:
    if body["amount"]["total"] != payment.amount:
        raise PayRefusal(400, "INVALID_REQUEST", "订单金额与支付金额不一致")
    before = [r for r in world.books.refunds.of(payment.transaction_id) if r.outcome != "CLOSED"]
    refunded = sum(refund.amount for refund in before)
    if refunded + amount > payment.amount:
        raise PayRefusal(400, "INVALID_REQUEST", "申请退款金额大于订单剩余可退金额")
    switches = read_switches(world)
    returned = 0 if switches.refund_outcome == "CLOSED" else _fee_returned(payment, refunded, amount)
    return Refund(
        out_refund_no=body["out_refund_no"],
        refund_id="5030" + world.digits(24),
        out_trade_no=payment.out_trade_no,
        transaction_id=payment.transaction_id,
        mchid=payment.mchid,
        amount=amount,
        total=payment.amount,
        fee_returned=returned,
        reason=str(body.get("reason", "")),
        created_at=world.clock(),
        settles_at=world.clock() + switches.refund_delay / world.time_scale,
        outcome=switches.refund_outcome,
    )


def _fee_returned(payment: Payment, refunded: int, amount: int) -> int:
    """Give fees back so that what is kept is the fee of what is left."""
    return fee_of(payment.amount - refunded) - fee_of(payment.amount - refunded - amount)


def _announce(world: World, refund: Refund, payment: Payment, notify_url: object) -> None:
    told = {
        "mchid": refund.mchid,
        "transaction_id": refund.transaction_id,
        "out_trade_no": refund.out_trade_no,
        "refund_id": refund.refund_id,
        "out_refund_no": refund.out_refund_no,
        "refund_status": refund.outcome,
        "user_received_account": "支付用户零钱",
        "amount": {
            name: value
            for name, value in _amount_lines(refund, payment).items()
            if name in ("total", "refund", "payer_total", "payer_refund")
        },
    }
    if refund.outcome == "SUCCESS":
        told["success_time"] = rfc3339(refund.settles_at)
    callback = Callback(
        key="",
        event_id=new_event_id(world),
        out_trade_no=refund.out_trade_no,
        notify_url=str(notify_url or ""),
        event_type=f"REFUND.{refund.outcome}",
        plaintext=compact(told),
        created_at=refund.settles_at,
        due=None,
    )
    announce(world, callback, delay=refund.settles_at - refund.created_at)


def _amount_lines(refund: Refund, payment: Payment) -> dict[str, Any]:
    return {
        "total": payment.amount,
        "refund": refund.amount,
        "payer_total": payment.amount,
        "payer_refund": refund.amount,
        "settlement_refund": refund.amount,
        "settlement_total": payment.amount,
        "discount_refund": 0,
        "currency": "CNY",
    }
