"""The WeChat API by the real SDK: tokens, log-in, phone number, messages, shipping."""

from typing import Any

import pytest
from wechatpy.exceptions import WeChatClientException, WeChatException

from sandbox.server import RunningSandbox
from tests.sandbox.conftest import api_client
from tests.sandbox.test_orders import place


def code(sandbox: RunningSandbox, app: int, person: str = "bob", purpose: str = "login") -> str:
    wish = {"person": person, "appid": sandbox.keys.apps[app].appid, "purpose": purpose}
    return str(sandbox.control("wechat/code", wish)["code"])


def openid(sandbox: RunningSandbox, app: int, person: str = "bob", **more: Any) -> str:
    told = sandbox.control("wechat/person", {"person": person, **more})
    return str(told["openids"][sandbox.keys.apps[app].appid])


def test_a_code_is_exchanged_once(sandbox: RunningSandbox, mini: Any) -> None:
    minted = code(sandbox, 0)
    assert mini.wxa.code_to_session(minted)["session_key"]
    for wrong, errcode in ((minted, 40163), ("unknown", 40029)):
        with pytest.raises(WeChatClientException) as caught:
            mini.wxa.code_to_session(wrong)
        assert caught.value.errcode == errcode


def test_a_code_serves_its_own_app_only(sandbox: RunningSandbox, oauth: Any, mini: Any) -> None:
    with pytest.raises(WeChatException):
        oauth.fetch_access_token(code(sandbox, 0))
    with pytest.raises(WeChatException):
        mini.wxa.code_to_session(code(sandbox, 1))


def test_openids_differ_per_app_and_the_unionid_is_shared(sandbox: RunningSandbox, oauth: Any, mini: Any) -> None:
    in_mini = mini.wxa.code_to_session(code(sandbox, 0))
    in_official = oauth.fetch_access_token(code(sandbox, 1))
    assert in_mini["unionid"] == in_official["unionid"]
    assert in_mini["openid"] != in_official["openid"]
    assert in_mini["openid"] != mini.wxa.code_to_session(code(sandbox, 0, "alice"))["openid"]


def test_a_phone_code_gives_the_phone_number_once(sandbox: RunningSandbox, mini: Any) -> None:
    minted = code(sandbox, 0, purpose="phone")
    url = "https://api.weixin.qq.com/wxa/business/getuserphonenumber"
    assert mini.post(url, data={"code": minted})["phone_info"]["purePhoneNumber"].startswith("138")
    with pytest.raises(WeChatClientException, match="40163"):
        mini.post(url, data={"code": minted})


def test_bad_and_forgotten_tokens_are_refused(sandbox: RunningSandbox, official: Any) -> None:
    bob = openid(sandbox, 1)
    assert official.user.get(bob)["subscribe"] == 1
    sandbox.control("wechat/expire_tokens", {})
    with pytest.raises(WeChatClientException) as caught:
        official.user.get(bob)
    assert caught.value.errcode == 40001
    official.fetch_access_token()
    assert official.user.get(bob)["openid"] == bob


def test_a_stable_token_stays_and_a_secret_must_be_right(sandbox: RunningSandbox, official: Any) -> None:
    app = sandbox.keys.apps[1]
    wish = {"grant_type": "client_credential", "appid": app.appid, "secret": app.secret}
    url = "https://api.weixin.qq.com/cgi-bin/stable_token"
    tokens = [official._http.post(url, json=wish).json()["access_token"] for _ in range(2)]
    forced = official._http.post(url, json={**wish, "force_refresh": True}).json()["access_token"]
    assert tokens[0] == tokens[1] != forced
    assert official._http.post(url, json={**wish, "secret": "wrong"}).json()["errcode"] == 40125


@pytest.mark.parametrize(
    ("key", "value", "fits"),
    [
        ("thing1", "一" * 20, True),
        ("thing1", "一" * 21, False),
        ("character_string2", "A" * 32, True),
        ("character_string2", "A" * 33, False),
        ("character_string2", "中文", False),
        ("phrase3", "供电正常", True),
        ("phrase3", "供电恢复正常", False),
        ("phrase3", "OK", False),
        ("amount4", "¥12.50", True),
        ("amount4", "12.50元", True),
        ("amount4", "12345678901", False),
        ("time5", "2026年11月22日 10:00", True),
        ("time5", "2026-11-22 10:00:00", True),
        ("time5", "soon", False),
        ("number6", "45.0", True),
        ("first", "x", False),
        ("thing7", "", False),
    ],
)
def test_typed_fields_have_their_limits(
    sandbox: RunningSandbox, official: Any, key: str, value: str, fits: bool
) -> None:
    bob, data = openid(sandbox, 1), {key: {"value": value}}
    if fits:
        assert official.message.send_template(bob, "T1", data)["msgid"]
        return
    with pytest.raises(WeChatClientException, match=key) as caught:
        official.message.send_template(bob, "T1", data)
    assert caught.value.errcode == 47003


def test_people_who_left_or_refuse_cannot_be_reached(sandbox: RunningSandbox, official: Any, mini: Any) -> None:
    data = {"thing1": {"value": "余额不足"}}
    gone = openid(sandbox, 1, "gone", subscribed=False)
    with pytest.raises(WeChatClientException) as caught:
        official.message.send_template(gone, "T1", data)
    assert caught.value.errcode == 43004
    once = openid(sandbox, 0, "once", subscribe_quota=1)
    mini.wxa.send_subscribe_message(once, "T2", data)
    with pytest.raises(WeChatClientException) as caught:
        mini.wxa.send_subscribe_message(once, "T2", data)
    assert caught.value.errcode == 43101
    with pytest.raises(WeChatClientException) as caught:
        official.message.send_template(once, "T1", data)
    assert caught.value.errcode == 40003
    assert [message["channel"] for message in sandbox.control("messages?person=once")] == ["subscribe"]


def test_one_client_msg_id_is_one_message(sandbox: RunningSandbox, official: Any) -> None:
    body: dict[str, Any] = {"touser": openid(sandbox, 1, "dora"), "template_id": "T1", "client_msg_id": "event-1"}
    body |= {"data": {"thing1": {"value": "x"}}}
    url = "https://api.weixin.qq.com/cgi-bin/message/template/send"
    assert official.post(url, data=body)["msgid"] == official.post(url, data=body)["msgid"]
    assert len(sandbox.control("messages?person=dora")) == 1


def test_shipping_is_uploaded_once_per_payment(sandbox: RunningSandbox, mini: Any, pay: Any, number: str) -> None:
    bob = openid(sandbox, 0)
    place(pay, number, payer={"openid": bob})
    paid = sandbox.control(f"pay/{number}", {"mode": "silent"})["transaction_ids"][0]
    body = {
        "order_key": {"order_number_type": 2, "transaction_id": paid},
        "logistics_type": 3,
        "delivery_mode": 1,
        "shipping_list": [{"item_desc": "3号楼301 电费"}],
        "upload_time": "2026-11-22T10:00:00.000+08:00",
        "payer": {"openid": bob},
    }
    url = "https://api.weixin.qq.com/wxa/sec/order/upload_shipping_info"
    unknown = {**body, "order_key": {"order_number_type": 2, "transaction_id": "0"}}
    assert mini.post(url, data=body)["errcode"] == 0
    for wrong, errcode in ((body, 10060004), (unknown, 10060001)):
        with pytest.raises(WeChatClientException) as caught:
            mini.post(url, data=wrong)
        assert caught.value.errcode == errcode
    asked = {"appid": sandbox.keys.apps[0].appid}
    managed = "https://api.weixin.qq.com/wxa/sec/order/is_trade_managed"
    assert mini.post(managed, data=asked)["is_trade_managed"] is False
    sandbox.control("switches", {"trade_managed": True})
    assert mini.post(managed, data=asked)["is_trade_managed"] is True


def test_an_ordered_failure_speaks_the_hosts_language(sandbox: RunningSandbox) -> None:
    client = api_client(sandbox, sandbox.keys.apps[1])
    bob = openid(sandbox, 1)
    client.user.get(bob)
    sandbox.control("switches", {"fail_next": 1, "fail_code": "45009"})
    with pytest.raises(WeChatClientException) as caught:
        client.user.get(bob)
    assert caught.value.errcode == 45009
