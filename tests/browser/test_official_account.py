"""The same pages inside WeChat: the official account's log-in, and JSAPI pay through WeixinJSBridge."""

import re
from urllib.parse import urlencode

import pytest

from tests.browser.conftest import PickUp
from tests.browser.phone import Phone
from tests.browser.stage import Stage

PERSON = "official"
USER_AGENT = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 MicroMessenger/8.0.50"
# WeChat's bridge comes late and pays in the sandbox, which checks the signature as WeChat does.
BRIDGE = """setTimeout(() => {
    window.WeixinJSBridge = { invoke: async (name, wish, told) => {
        const paid = name === 'getBrandWCPayRequest' && await window.payInSandbox(wish)
        told({ err_msg: 'get_brand_wcpay_request:' + (paid ? 'ok' : 'cancel') })
    } }
    document.dispatchEvent(new Event('WeixinJSBridgeReady'))
}, 400)"""


def _in_wechat(phones: PickUp, stage: Stage) -> Phone:
    """Return a telephone whose browser is WeChat's."""
    phone = phones(PERSON, user_agent=USER_AGENT)

    def pay(wish: dict[str, str]) -> bool:
        assert wish["appId"] == stage.seeded.official_appid
        return bool(stage.control("wallet", {**wish, "person": PERSON}))

    phone.page.expose_function("payInSandbox", pay)
    phone.page.add_init_script(BRIDGE)
    return phone


def _consent(phone: Phone) -> None:
    """Say whose telephone it is, on the page that is WeChat's outside the sandbox."""
    phone.page.wait_for_url(re.compile(rf"^{phone.stage.sandbox}/connect/oauth2/authorize\?"))
    phone.page.get_by_role("textbox").fill(phone.person)
    phone.page.get_by_role("button", name="进入").tap()


@pytest.mark.essential
def test_a_follower_logs_in_binds_and_pays_in_wechats_own_browser(phones: PickUp, stage: Stage) -> None:
    phone = _in_wechat(phones, stage)
    invite = stage.seeded.invites[PERSON]
    phone.page.goto(f"{stage.url}/h5/?appid={stage.seeded.official_appid}#/pages/bind/bind?code={invite}")
    _consent(phone)
    phone.page.wait_for_url(re.compile(r"/h5/#/pages/bind/bind"))  # went to WeChat and came back to this very page
    phone.tap("绑定")
    phone.sees("绑定成功")
    phone.tap("查看电表")
    phone.sees("供电中", within=45)
    phone.top_up("25")
    phone.sees("充值成功", within=45)
    assert stage.display("202600000009")["purchase_count"] == 1


def test_a_payment_given_up_in_wechats_own_browser_is_told(phones: PickUp, stage: Stage) -> None:
    phone = phones(PERSON, user_agent=USER_AGENT)
    phone.expected.append("409")  # the invite may be used up by now
    given_up = "(name, wish, told) => told({ err_msg: 'get_brand_wcpay_request:cancel' })"
    phone.page.add_init_script(f"window.WeixinJSBridge = {{ invoke: {given_up} }}")
    invite = stage.seeded.invites[PERSON]
    phone.page.goto(f"{stage.url}/h5/?appid={stage.seeded.official_appid}#/pages/bind/bind?code={invite}")
    _consent(phone)
    phone.tap("绑定")
    phone.page.wait_for_timeout(500)
    phone.page.goto(f"{stage.url}/h5/")
    phone.top_up("26")
    phone.sees("支付已取消，没有扣款。")


def test_another_companys_account_is_logged_in_to_anew(phones: PickUp, stage: Stage) -> None:
    phone = _in_wechat(phones, stage)
    phone.expected.append("404")  # the account of another company is not known here
    phone.page.goto(f"{stage.url}/h5/?appid={stage.seeded.official_appid}")
    _consent(phone)
    phone.screen.locator(".screen").wait_for()
    phone.page.wait_for_function("Object.keys(localStorage).some(key => key.endsWith(':token'))")
    phone.page.goto(f"{stage.url}/h5/?appid=wx0000000000000000")
    phone.sees("登录没有成功")  # and not what the first company's account shows


def test_another_browser_is_told_to_come_through_wechat(phones: PickUp, stage: Stage) -> None:
    phone = phones(PERSON)
    phone.page.goto(f"{stage.url}/h5/")
    phone.sees("登录没有成功")
    phone.sees("请从微信公众号或小程序重新打开本页。")


def test_a_code_that_somebody_else_sent_along_logs_nobody_in(phones: PickUp, stage: Stage) -> None:
    phone = _in_wechat(phones, stage)
    phone.expected.append("40")  # the server refuses
    code = stage.control("wechat/code", {"person": "bob", "appid": stage.seeded.official_appid})["code"]
    forged = urlencode({"appid": stage.seeded.official_appid, "code": code, "state": "0" * 72})
    phone.page.goto(f"{stage.url}/h5/?{forged}")
    phone.page.wait_for_url(re.compile(r"/connect/oauth2/authorize\?"))  # refused, and asked anew who it is
    phone.page.goto(f"{stage.url}/h5/demo/people")  # the same origin, with no page of ours on it
    assert phone.page.evaluate("Object.keys(localStorage).filter(key => key.endsWith(':token'))") == []
