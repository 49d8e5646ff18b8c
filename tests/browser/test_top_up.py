"""From an invite to light: what a tenant does, against everything real."""

import json
import re

import pytest
from playwright.sync_api import Request, Route, expect

from tests.browser.conftest import PickUp
from tests.browser.phone import Phone
from tests.browser.stage import Stage

# Two taps of a finger before anything can answer the first.
TWO_TAPS = """button => {
    for (const id of [1, 2]) {
        const touch = new Touch({ identifier: id, target: button, clientX: 9, clientY: 9 })
        for (const type of ['touchstart', 'touchend'])
            button.dispatchEvent(new TouchEvent(type, { bubbles: true, changedTouches: [touch] }))
    }
}"""
SLOW = 45.0  # seconds for what goes over the line to a meter, on a busy machine


def _orders(phone: Phone) -> list[str]:
    """Return the amounts on the page of orders."""
    phone.open("pages/orders/orders")
    phone.sees("没有更多了")
    return phone.screen.locator(".order .amount").all_inner_texts()


@pytest.mark.essential
def test_from_an_invite_to_a_first_top_up_confirmed_by_the_meter(phones: PickUp, stage: Stage) -> None:
    phone = phones("first")
    phone.open()
    phone.sees("还没有绑定的电表")
    phone.tap("去绑定")
    phone.screen.get_by_role("textbox").fill(stage.seeded.invites["first"].lower())
    phone.tap("绑定")
    phone.sees("您现在可以查看 云顶设计工作室 的电表。")
    phone.tap("查看电表")
    phone.sees("已断电", within=SLOW)
    phone.sees("余额不足，供电已断开；充值到账后恢复供电。")
    phone.top_up("50")
    expect(phone.page.get_by_role("dialog")).to_contain_text(re.compile("¥50.00.+收款商户"))
    phone.keep("payment")
    phone.confirm_payment()
    phone.sees("充值成功", within=SLOW)
    expect(phone.screen.locator(".step.done")).to_have_count(5)  # the way ends with the power back
    assert stage.display("202600000004")["purchase_count"] == 1
    phone.tap("返回首页")
    phone.sees("供电中")
    assert phone.screen.locator(".digits").first.inner_text() in ("50.00", "49.99")


@pytest.mark.essential
def test_a_cancelled_payment_takes_nothing_and_is_paid_later_as_the_same_order(phones: PickUp, stage: Stage) -> None:
    phone = phones("cancels")
    phone.bind()
    phone.sees("¥")
    phone.top_up("20")
    phone.confirm_payment(yes=False)
    phone.sees("支付已取消，没有扣款。")
    phone.tap("支付 ¥20")
    phone.confirm_payment()
    phone.sees("充值成功", within=SLOW)
    assert _orders(phone) == ["¥20.00"]
    assert stage.display("202600000005")["purchase_count"] == 1


@pytest.mark.essential
def test_two_taps_are_one_order_even_when_the_first_answer_is_lost(phones: PickUp, stage: Stage) -> None:
    phone = phones("settles")
    phone.bind()
    phone.expected.append("net::ERR_FAILED")
    lost: list[str] = []

    def lose(route: Route) -> None:
        lost.append(route.fetch().text())  # the order is placed, and nobody is told
        route.abort()

    taps: list[str] = []

    def note(request: Request) -> None:
        if request.method == "POST" and request.url.endswith("/orders"):
            taps.append(json.loads(request.post_data or "{}")["tap"])

    phone.page.on("request", note)
    phone.page.route("**/api/mp/v1/orders", lose, times=1)
    phone.top_up("30")
    phone.sees("网络不通")
    phone.screen.get_by_role("button", name="支付 ¥30", exact=True).evaluate(TWO_TAPS)
    phone.confirm_payment()
    phone.sees("充值成功", within=SLOW)
    assert len(lost) == 1
    assert (len(taps), len(set(taps))) == (2, 1)  # told twice, as one wish
    assert _orders(phone) == ["¥30.00"]
    assert stage.display("202600000012")["purchase_count"] == 1


@pytest.mark.essential
def test_a_late_callback_is_waited_for(phones: PickUp) -> None:
    phone = phones("late")
    phone.bind()
    phone.pay_how(delay=5)
    phone.top_up("10")
    phone.confirm_payment()
    phone.sees("正在确认支付结果")
    expect(phone.screen.get_by_role("button", name="继续支付")).to_have_count(0)
    phone.sees("充值成功", within=SLOW)


def test_a_payment_that_never_was_stays_confirming_and_offers_help(phones: PickUp, stage: Stage) -> None:
    phone = phones("late")
    phone.open()
    phone.pay_how(mode="nothing")
    phone.top_up("11")
    phone.confirm_payment()
    phone.sees("正在确认支付结果")
    phone.sees("需要帮助？", within=SLOW)
    phone.sees("请勿重复支付")
    phone.page.reload()
    phone.sees("正在确认支付结果")
    assert stage.display("202600000006")["purchase_count"] <= 1


@pytest.mark.essential
def test_a_meter_out_of_reach_gets_its_credit_when_it_is_back(phones: PickUp, stage: Stage) -> None:
    phone = phones("offline")
    phone.bind()
    phone.sees("供电中", within=SLOW)
    stage.gateway_down("B座网关", 12)
    phone.top_up("60")
    phone.confirm_payment()
    phone.sees("已付款，正在充入电表")
    expect(phone.screen.locator(".step.now")).to_contain_text("发往电表")
    assert stage.display("202600010001")["purchase_count"] == 0
    phone.sees("充值成功", within=90)
    assert stage.display("202600010001")["purchase_count"] == 1


@pytest.mark.essential
def test_what_was_credited_is_told_and_read(phones: PickUp) -> None:
    phone = phones("reader")
    phone.bind()
    phone.sees("供电中", within=SLOW)
    phone.top_up("40")
    phone.confirm_payment()
    phone.sees("充值成功", within=SLOW)
    phone.open("pages/messages/messages")
    phone.refresh_until("未读")
    phone.screen.locator(".message.unread").first.tap()
    phone.sees("充值成功")
    phone.open("pages/messages/messages")  # what the server keeps, and not only this telephone
    expect(phone.screen.locator(".message")).not_to_have_count(0)
    expect(phone.screen.locator(".message.unread")).to_have_count(0)
