"""Placing, finding and closing orders by the rules of WeChat Pay."""

import re
from dataclasses import replace
from typing import Any

from sandbox.clock import parse_rfc3339, rfc3339
from sandbox.records import Order, Payment, Prepay
from sandbox.refusals import PayRefusal, param_error
from sandbox.signing import compact
from sandbox.world import World

OUT_TRADE_NO = re.compile(r"[0-9A-Za-z_\-|*]{6,32}")
STATES = {"NOTPAY": "订单未支付", "SUCCESS": "支付成功", "CLOSED": "订单已关闭", "REFUND": "订单发生过退款"}
MAX_DESCRIPTION, MAX_ATTACH, MAX_URL = 127, 128, 255
PAID = PayRefusal(400, "ORDERPAID", "该订单已支付")
CLOSED = PayRefusal(400, "ORDER_CLOSED", "订单已关闭")


def place(world: World, trade_type: str, body: dict[str, Any]) -> dict[str, str]:
    """Take an order and return the prepay_id (JSAPI) or code_url (NATIVE) to pay it with."""
    order = read_order(world, trade_type, body)
    with world.books.store.transaction():
        known = world.books.orders.get(order.out_trade_no)
        if known:
            _check_retry(world, known, order)
        else:
            world.books.orders.put(order)
        if trade_type == "NATIVE":
            token, name = "weixin://wxpay/bizpayurl?pr=" + world.text(9), "code_url"
        else:
            token, name = f"wx{world.digits(14)}{world.text(18)}0000", "prepay_id"
        world.books.prepays.put(Prepay(token, order.out_trade_no))
    return {name: token}


def find_order(world: World, out_trade_no: str) -> Order:
    """Return an order by its number, or refuse as WeChat Pay does."""
    order = world.books.orders.get(out_trade_no)
    if order is None:
        raise PayRefusal(404, "ORDER_NOT_EXIST", "订单不存在")
    return order


def close(world: World, out_trade_no: str) -> None:
    """Close an unpaid order."""
    with world.books.store.transaction():
        order = find_order(world, out_trade_no)
        if world.books.payments.of(out_trade_no):
            raise PAID
        if order.closed:
            raise CLOSED
        world.books.orders.put(replace(order, closed=True))


def state_of(world: World, order: Order) -> str:
    """Return the trade_state of an order; passing time_expire changes nothing."""
    payments = world.books.payments.of(order.out_trade_no)
    if payments:
        return "REFUND" if any(world.books.refunds.of(p.transaction_id) for p in payments) else "SUCCESS"
    return "CLOSED" if order.closed else "NOTPAY"


def describe(order: Order, state: str, payment: Payment | None) -> dict[str, Any]:
    """Describe a transaction as queries and callbacks do."""
    told: dict[str, Any] = {
        "appid": order.appid,
        "mchid": order.mchid,
        "out_trade_no": order.out_trade_no,
        "trade_state": state,
        "trade_state_desc": STATES[state],
        "trade_type": order.trade_type,
        "attach": order.attach,
        "amount": {"total": order.total, "currency": "CNY"},
        "payer": {"openid": order.openid},
    }
    if payment:
        told["transaction_id"] = payment.transaction_id
        told["bank_type"] = "OTHERS"
        told["success_time"] = rfc3339(payment.paid_at)
        told["payer"] = {"openid": payment.openid}
        told["amount"] = {"total": payment.amount, "payer_total": payment.amount, "currency": "CNY"}
        told["amount"]["payer_currency"] = "CNY"
    return told


def query_order(world: World, out_trade_no: str) -> dict[str, Any]:
    """Describe an order, with its first payment."""
    order = find_order(world, out_trade_no)
    payments = world.books.payments.of(out_trade_no)
    return describe(order, state_of(world, order), payments[0] if payments else None)


def query_transaction(world: World, transaction_id: str) -> dict[str, Any]:
    """Describe the order of one payment, with that payment."""
    payment = world.books.payments.get(transaction_id)
    if payment is None:
        raise PayRefusal(404, "ORDER_NOT_EXIST", "订单不存在")
    state = "REFUND" if world.books.refunds.of(transaction_id) else "SUCCESS"
    return describe(find_order(world, payment.out_trade_no), state, payment)


def read_order(world: World, trade_type: str, body: dict[str, Any]) -> Order:
    """Check the parameters of an order and return it."""
    amount = body.get("amount")
    total = amount.get("total") if isinstance(amount, dict) else None
    if not isinstance(total, int) or isinstance(total, bool) or total <= 0:
        raise param_error("输入源“/body/amount/total”须为大于0的整数")
    if isinstance(amount, dict) and amount.get("currency", "CNY") != "CNY":
        raise param_error("输入源“/body/amount/currency”仅支持CNY")
    if not OUT_TRADE_NO.fullmatch(_text(body, "out_trade_no", 32)):
        raise param_error("输入源“/body/out_trade_no”须为6-32个字符，只能是数字、大小写字母_-|*")
    check_merchant(world, body.get("mchid"))
    if world.keys.app(_text(body, "appid", 32)) is None:
        raise PayRefusal(400, "APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配，请检查后再试")
    return Order(
        out_trade_no=body["out_trade_no"],
        mchid=body["mchid"],
        appid=body["appid"],
        trade_type=trade_type,
        description=_text(body, "description", MAX_DESCRIPTION),
        attach=_text(body, "attach", MAX_ATTACH, needed=False),
        total=total,
        openid=_payer(world, body) if trade_type == "JSAPI" else "",
        notify_url=_notify_url(body),
        time_expire=_expiry(world, body),
        fingerprint=compact({name: body[name] for name in sorted(body)}),
        placed_at=world.clock(),
    )


def check_merchant(world: World, mchid: object) -> None:
    """Refuse a merchant number other than the one that signed."""
    if mchid != world.keys.mchid:
        raise PayRefusal(400, "MCH_NOT_EXISTS", "商户号不存在，或与请求签名的商户号不一致")


def _check_retry(world: World, known: Order, again: Order) -> None:
    if world.books.payments.of(known.out_trade_no):
        raise PAID
    if known.closed:
        raise CLOSED
    if (known.trade_type, known.fingerprint) != (again.trade_type, again.fingerprint):
        raise PayRefusal(403, "OUT_TRADE_NO_USED", "商户订单号重复")


def _text(body: dict[str, Any], name: str, longest: int, *, needed: bool = True) -> str:
    value = body.get(name)
    if value is None and not needed:
        return ""
    if not isinstance(value, str) or not value or len(value) > longest:
        raise param_error(f"输入源“/body/{name}”须为1-{longest}个字符")
    return value


def _notify_url(body: dict[str, Any]) -> str:
    url = _text(body, "notify_url", MAX_URL)
    if not url.startswith(("https://", "http://")) or "?" in url:
        raise param_error("输入源“/body/notify_url”须为不带参数的完整URL")
    return url


def _payer(world: World, body: dict[str, Any]) -> str:
    payer = body.get("payer")
    openid = _text(payer if isinstance(payer, dict) else {}, "openid", 128)
    known = world.books.identities.get(openid)
    if known and known.appid != body["appid"]:
        raise param_error("appid和openid不匹配")
    return openid


def _expiry(world: World, body: dict[str, Any]) -> str:
    text = _text(body, "time_expire", 64, needed=False)
    moment = parse_rfc3339(text)
    if text and moment is None:
        raise param_error("输入源“/body/time_expire”须为rfc3339格式")
    if moment is not None and moment <= world.clock():
        raise param_error("输入源“/body/time_expire”已过")
    return text
