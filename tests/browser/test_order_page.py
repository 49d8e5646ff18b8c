"""The page of an order: each state has its own words, its own tone and one way on."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import PickUp
from tests.browser.phone import Phone

PERSON = "faults"
ORDER_NO = "7" * 24
ROUTE = f"**/api/mp/v1/orders/{ORDER_NO}"
STEPS = ("placed", "paid", "sent", "confirmed", "supply_on")
TEXT = "服务器说的话"


def order_told(message: str, done: int, **more: Any) -> dict[str, Any]:
    """Return an order of which so many steps are done."""
    at = "2026-03-01T04:00:0{}Z"
    timeline = [
        {"step": step, "at": at.format(n) if n < done else None, "done": n < done} for n, step in enumerate(STEPS)
    ]
    return {
        "order_no": ORDER_NO,
        "state": "paid",
        "amount_fen": 123_456,
        "meter": "0" * 26,
        "meter_number": "D1",
        "medium": "electricity",
        "room": "A座 3层 301",
        "holder": 1,
        "holder_name": "小满花艺",
        "mine": True,
        "placed_at": at.format(0),
        "expires_at": at.format(9),
        "can_pay": False,
        "timeline": timeline,
        "message": message,
        "message_text": TEXT,
        **more,
    }


def _opened(phone: Phone, order: dict[str, Any]) -> None:
    phone.page.route(ROUTE, lambda route: route.fulfill(json=order))
    phone.open(f"pages/order/order?order_no={ORDER_NO}")
    phone.sees("¥")


WAYS = [
    ("waiting_for_payment", 1, {"can_pay": True}, "等待支付", "继续支付", False),
    ("expired", 1, {}, "订单已过期", "重新充值", False),
    ("closed", 1, {}, "订单已关闭", "重新充值", False),
    ("on_the_way", 2, {}, "已付款，正在充入电表", "返回首页", False),
    ("checking", 3, {}, "正在向电表核对", "返回首页", False),
    ("late", 3, {}, "到账比平时慢", "返回首页", True),
    ("held", 3, {}, "等待物业核对", "返回首页", True),
    ("refused", 3, {}, "电表没有接受", "返回首页", True),
    ("credited", 5, {}, "充值成功", "返回首页", False),
    ("supply_off", 4, {}, "已到账，尚未合闸", "返回首页", True),
]


@pytest.mark.parametrize(("message", "done", "more", "title", "way_on", "helps"), WAYS, ids=[way[0] for way in WAYS])
def test_each_state_has_its_words_its_steps_and_one_way_on(
    phones: PickUp, message: str, done: int, more: dict[str, Any], title: str, way_on: str, helps: bool
) -> None:
    phone = phones(PERSON)
    _opened(phone, order_told(message, done, **more))
    for text in (title, "前支付" if more.get("can_pay") else TEXT, "1,234.56"):
        phone.sees(text)
    expect(phone.screen.locator(".step.done")).to_have_count(done)
    expect(phone.screen.get_by_role("button", name=way_on)).to_have_count(1)
    others = {way[4] for way in WAYS} - {way_on}
    assert [other for other in others if phone.screen.get_by_role("button", name=other).count()] == []
    assert bool(phone.screen.get_by_role("button", name="复制订单号").count()) == helps


def test_a_network_that_goes_is_told_and_what_is_known_stays(phones: PickUp) -> None:
    phone = phones(PERSON)
    phone.expected.append("ERR_INTERNET_DISCONNECTED")
    _opened(phone, order_told("on_the_way", 2))
    phone.page.unroute(ROUTE)
    phone.context.set_offline(True)
    phone.sees("网络不通，以上是最后一次读到的进度")
    phone.sees("已付款，正在充入电表")
    phone.page.route(ROUTE, lambda route: route.fulfill(json=order_told("credited", 5)))
    phone.context.set_offline(False)
    phone.sees("充值成功")
    expect(phone.screen.get_by_text("网络不通")).to_have_count(0)


def _refusing(refusal: dict[str, Any]) -> Callable[[Route], None]:
    return lambda route: route.fulfill(**refusal)


def test_paying_later_that_comes_to_nothing_says_why(phones: PickUp) -> None:
    phone = phones(PERSON)
    phone.expected.extend(["429", "409"])
    _opened(phone, order_told("waiting_for_payment", 1, can_pay=True))
    refusals = [
        {"status": 429, "headers": {"Retry-After": "7"}, "json": {"code": "x", "detail": ""}},
        {"status": 409, "json": {"code": "x", "detail": "订单已经支付"}},
    ]
    for refusal, said in zip(refusals, ("请在 7 秒后再试。", "订单已经支付"), strict=True):
        phone.page.route(f"{ROUTE}/pay", _refusing(refusal), times=1)
        phone.tap("继续支付")
        phone.sees(said)
    assert phone.page.get_by_role("dialog").count() == 0
