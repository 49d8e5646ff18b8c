"""The payer's phone: shows what is to be paid, checks the parameters as the WeChat app does, then pays."""

from typing import Any

from sandbox.orders import find_order
from sandbox.payments import Wish, pay
from sandbox.refusals import ControlRefusal
from sandbox.signing import verify
from sandbox.world import World


def bill(world: World, package: str) -> dict[str, Any]:
    """Tell what the payment window shows before somebody pays: to whom, for what, how many fen."""
    prepay = world.books.prepays.get(package.removeprefix("prepay_id="))
    if prepay is None:
        raise ControlRefusal("package must name a known prepay_id")
    order = find_order(world, prepay.out_trade_no)
    return {"mchid": order.mchid, "description": order.description, "total": order.total}


def request_payment(world: World, parameters: dict[str, Any], wish: Wish) -> dict[str, list[str]]:
    """Pay with the parameters a page was given; refuse a paySign the merchant did not make."""
    appid, stamp, nonce = (str(parameters.get(name, "")) for name in ("appId", "timeStamp", "nonceStr"))
    package = str(parameters.get("package", ""))
    prepay = world.books.prepays.get(package.removeprefix("prepay_id="))
    if prepay is None or parameters.get("signType") != "RSA":
        raise ControlRefusal("package must name a known prepay_id, and signType must be RSA")
    authentic = verify(world.keys.merchant_public, str(parameters.get("paySign", "")), appid, stamp, nonce, package)
    if not authentic or find_order(world, prepay.out_trade_no).appid != appid:
        raise ControlRefusal("paySign is wrong, or appId is not the one of the order")
    return pay(world, prepay.out_trade_no, wish)
