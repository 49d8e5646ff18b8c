"""What goes wrong has its own words and a way on."""

import json
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import PickUp
from tests.browser.phone import Phone
from tests.browser.stage import Stage

API = "**/api/mp/v1"
PERSON = "faults"


def _answer(status: int, code: str, detail: str, **headers: str) -> dict[str, Any]:
    problem = {"type": "", "title": "", "status": status, "code": code, "detail": detail, "request_id": "r-17"}
    return {
        "status": status,
        "content_type": "application/problem+json",
        "body": json.dumps(problem),
        "headers": headers,
    }


def _bound(phones: PickUp, *expected: str) -> Phone:
    """Return a telephone on the home page of somebody who is bound, with complaints that are part of the story."""
    phone = phones(PERSON)
    phone.expected.extend(expected)
    phone.open("pages/bind/bind")
    phone.screen.get_by_role("textbox").fill(phone.stage.seeded.invites[PERSON])
    phone.tap("绑定")
    phone.page.wait_for_timeout(300)
    phone.open()
    phone.sees("充值")
    return phone


@pytest.mark.essential
def test_each_kind_of_bad_invite_is_told_apart(phones: PickUp, stage: Stage) -> None:
    phone = phones("late")
    phone.expected.extend(["404", "409", "429"])
    phone.open("pages/bind/bind")
    phone.tap("绑定")
    phone.sees("请先输入邀请码。")
    phone.screen.get_by_role("textbox").fill("AAAAA-AAAAA")
    phone.tap("绑定")
    phone.sees("邀请码不正确，请核对后再输入。")
    phone.screen.get_by_role("textbox").fill(stage.seeded.expired)
    phone.tap("绑定")
    phone.sees("邀请码已过期，请向管理员要一个新的。")
    phone.page.route(
        f"{API}/bindings", lambda route: route.fulfill(**_answer(429, "too_many_attempts", "", **{"Retry-After": "42"}))
    )
    phone.tap("绑定")
    phone.sees("请在 42 秒后再试。")


def test_a_scanned_invite_fills_the_code_and_another_picture_says_so(phones: PickUp) -> None:
    phone = phones("late")
    phone.open("pages/bind/bind")
    phone.page.evaluate("sessionStorage.setItem('demo:scan', 'https://example.com/menu?table=7')")
    phone.tap("扫描邀请二维码")
    phone.sees("这个二维码里没有邀请码。")
    phone.page.evaluate("sessionStorage.setItem('demo:scan', 'https://example.com/h5/?code=7K3M9-QPX2A')")
    phone.tap("扫描邀请二维码")
    expect(phone.screen.get_by_role("textbox")).to_have_value("7K3M9-QPX2A")


def test_a_link_brings_the_invite_along(phones: PickUp) -> None:
    phone = phones("late")
    phone.open("pages/bind/bind?code=7K3M9-QPX2A")
    expect(phone.screen.get_by_role("textbox")).to_have_value("7K3M9-QPX2A")


PAGES = ["start", "orders", "messages", "settings", "meter", "order", "top-up", "apply", "members", "member"]
SAYS = {500: "系统出错了", 503: "服务暂时不可用", 404: "没有找到", 403: "没有权限"}


@pytest.mark.parametrize(
    ("page", "status"), [*((page, 500) for page in PAGES), *(("start", status) for status in SAYS if status != 500)]
)
def test_every_page_says_what_the_server_refused_and_tries_again(phones: PickUp, page: str, status: int) -> None:
    phone = phones(PERSON)
    phone.expected.append(str(status))
    refused: list[str] = []

    def refuse(route: Route) -> None:
        if "/login" in route.request.url:
            return route.continue_()
        refused.append(route.request.url)
        return route.fulfill(**_answer(status, "x", "原因在此"))

    phone.page.route(f"{API}/**", refuse)
    phone.open(f"pages/{page}/{page}?reference={'0' * 26}&order_no={'0' * 24}")
    phone.sees(SAYS[status])
    phone.sees("r-17" if status == 500 else "原因在此")
    before = len(refused)
    phone.tap("重试")
    phone.page.wait_for_timeout(300)
    assert len(refused) > before


@pytest.mark.essential
def test_without_a_network_the_page_says_so_and_goes_on_when_it_is_back(phones: PickUp) -> None:
    phone = _bound(phones, "ERR_INTERNET_DISCONNECTED", "409")
    phone.context.set_offline(True)
    phone.screen.get_by_role("link", name="记录").tap()
    phone.sees("网络不通")
    phone.context.set_offline(False)
    phone.tap("重试")
    phone.sees("还没有充值记录")


@pytest.mark.essential
def test_a_token_that_is_not_good_any_more_is_renewed_once_and_unnoticed(phones: PickUp) -> None:
    phone = _bound(phones, "401", "409")
    logins: list[str] = []
    phone.page.on("request", lambda request: logins.append(request.url) if request.url.endswith("/login") else None)
    phone.page.evaluate(f"localStorage.setItem('dianyuan:{PERSON}:token', '\"{'0' * 64}\"')")
    phone.page.reload()
    phone.sees("充值")
    assert len(logins) == 1


def test_a_log_in_that_fails_is_told_and_not_repeated_for_ever(phones: PickUp) -> None:
    phone = phones(PERSON)
    phone.expected.append("401")
    phone.page.route(f"{API}/**", lambda route: route.fulfill(**_answer(401, "wechat_code_refused", "x")))
    phone.open()
    phone.sees("登录没有成功")
    asked: list[str] = []
    phone.page.on("request", lambda request: asked.append(request.url))
    phone.page.wait_for_timeout(1500)
    assert asked == []


@pytest.mark.essential
def test_a_refused_order_is_told_beside_the_keys_and_nothing_is_paid(phones: PickUp) -> None:
    phone = _bound(phones, "422", "409")
    phone.top_up("0.5")
    phone.sees("充值金额须在")
    phone.page.route(f"{API}/orders", lambda route: route.fulfill(**_answer(409, "earlier_order_paid", "上一笔已支付")))
    phone.tap("支付 ¥0.50")
    phone.sees("上一笔已支付")
    expect(phone.page.get_by_role("dialog")).to_have_count(0)


def test_a_meter_out_of_reach_is_said_so_with_the_age_of_what_is_shown(phones: PickUp) -> None:
    phone = _bound(phones, "409")

    def silence(route: Route) -> None:
        told = route.fetch().json()
        told["meters"][0] |= {"gateway_answers": False, "age_seconds": 7300}
        route.fulfill(json=told)

    phone.page.route(f"{API}/meters", silence)
    phone.page.reload()
    phone.sees("暂时联系不上电表")
    phone.sees("2 小时前读取")
    phone.sees("电表恢复通讯后会自动充入")


def test_a_payment_that_fails_is_told_without_inviting_to_pay_twice(phones: PickUp) -> None:
    phone = _bound(phones, "409")
    phone.pay_how(mode="unheard of")  # the sandbox refuses it, as WeChat does when something is wrong
    phone.top_up("12")
    phone.confirm_payment()
    phone.sees("支付没有完成。")
    phone.sees("不要重复支付")


@pytest.mark.parametrize(("status", "said"), [(500, "系统出错了"), (0, "网络不通")])
def test_a_bind_that_comes_to_nothing_keeps_what_was_typed(phones: PickUp, status: int, said: str) -> None:
    phone = phones("late")
    phone.expected.extend(["500", "ERR_FAILED"])
    refuse = _answer(status, "x", "")
    phone.page.route(f"{API}/bindings", lambda route: route.fulfill(**refuse) if status else route.abort())
    phone.open("pages/bind/bind?code=7K3M9-QPX2A")
    phone.tap("绑定")
    phone.sees(said)
    expect(phone.screen.get_by_role("textbox")).to_have_value("7K3M9-QPX2A")
    expect(phone.screen.get_by_role("button", name="绑定", exact=True)).to_have_attribute("aria-disabled", "false")


def test_a_setting_that_could_not_be_saved_stays_as_it_was(phones: PickUp) -> None:
    phone = _bound(phones, "ERR_INTERNET_DISCONNECTED", "409")
    phone.open("pages/settings/settings")
    switch = phone.screen.get_by_role("switch", name="大字")
    expect(switch).to_have_attribute("aria-checked", "false")
    phone.context.set_offline(True)
    switch.tap()
    expect(phone.page.get_by_role("status")).to_have_text("网络不通")
    expect(switch).to_have_attribute("aria-checked", "false")
    phone.context.set_offline(False)


def test_a_meter_that_may_not_be_topped_up_says_why(phones: PickUp) -> None:
    phone = _bound(phones, "409")

    def closed(route: Route) -> None:
        told = route.fetch().json() | {"can_top_up": False, "why_not_text": "该账户已冻结"}
        route.fulfill(json=told)

    phone.page.route(f"{API}/meters/*", closed)
    phone.tap("充值")
    phone.sees("该账户已冻结")
    expect(phone.screen.get_by_role("button", name="支付")).to_have_count(0)
