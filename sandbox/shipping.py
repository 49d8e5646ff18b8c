"""Shipping information, which frees the money of trade-type mini-programs."""

from typing import Any

from sandbox.records import Payment, Shipment
from sandbox.refusals import ApiRefusal
from sandbox.signing import compact
from sandbox.switches import read_switches
from sandbox.world import World

BY_NUMBER, BY_TRANSACTION = 1, 2
LOGISTICS = (1, 2, 3, 4)
MAX_ITEM = 120


def upload(world: World, body: dict[str, Any]) -> None:
    """Take the shipping information of a payment, once."""
    with world.books.store.transaction():
        payment = _payment(world, body.get("order_key"))
        _check(world, body, payment)
        if world.books.shipments.get(payment.transaction_id):
            raise ApiRefusal(10060004, "支付单处于不可发货的状态")
        world.books.shipments.put(Shipment(payment.transaction_id, compact(body), world.clock()))


def is_managed(world: World, appid: str) -> bool:
    """Tell whether an app's trades wait for shipping information."""
    if world.keys.app(appid) is None:
        raise ApiRefusal(40013, "invalid appid")
    return read_switches(world).trade_managed


def _payment(world: World, key: Any) -> Payment:
    key = key if isinstance(key, dict) else {}
    found: list[Payment] = []
    if key.get("order_number_type") == BY_TRANSACTION:
        payment = world.books.payments.get(str(key.get("transaction_id", "")))
        found = [payment] if payment else []
    elif key.get("order_number_type") == BY_NUMBER and key.get("mchid") == world.keys.mchid:
        found = world.books.payments.of(str(key.get("out_trade_no", "")))
    if not found:
        raise ApiRefusal(10060001, "支付单不存在")
    return found[0]


def _check(world: World, body: dict[str, Any], payment: Payment) -> None:
    payer = body.get("payer")
    if not isinstance(payer, dict) or payer.get("openid") != payment.openid:
        raise ApiRefusal(40003, "invalid openid")
    if body.get("logistics_type") not in LOGISTICS or body.get("delivery_mode") not in (1, 2):
        raise ApiRefusal(10060005, "物流类型有误")
    items = body.get("shipping_list")
    items = items if isinstance(items, list) else []
    descriptions = [item.get("item_desc") for item in items if isinstance(item, dict)]
    if not descriptions or not all(descriptions):
        raise ApiRefusal(10060008, "商品描述不能为空")
    if any(len(str(text)) > MAX_ITEM for text in descriptions):
        raise ApiRefusal(10060009, "商品描述太长")
    if not body.get("upload_time"):
        raise ApiRefusal(47001, "data format error: upload_time")
