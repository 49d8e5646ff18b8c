"""Placing, querying, paying, closing and refunding by the real SDK."""

import json
from typing import Any

import pytest
from wechatpayv3 import WeChatPayType

from sandbox.clock import rfc3339, system_clock
from sandbox.server import RunningSandbox
from tests.sandbox.conftest import pay_client
from tests.sandbox.receiver import Receiver, until


def place(pay: Any, number: str, total: object = 1250, **more: Any) -> tuple[int, dict[str, Any]]:
    more = {"payer": {"openid": "oPayer"}, "description": "3号楼 电费", **more}
    return told(pay.pay(out_trade_no=number, amount={"total": total}, **more))


def told(answer: tuple[int, str]) -> tuple[int, dict[str, Any]]:
    return answer[0], json.loads(answer[1] or "{}")


def test_an_order_is_placed_paid_told_and_found(
    sandbox: RunningSandbox, pay: Any, number: str, receiver: Receiver
) -> None:
    status, placed = place(pay, number, attach="帐户1")
    assert status == 200
    assert placed["prepay_id"].startswith("wx")
    assert told(pay.query(out_trade_no=number))[1]["trade_state"] == "NOTPAY"
    paid = sandbox.control(f"pay/{number}", {})
    headers, body = receiver.wait_for(1)[0]
    resource = pay.callback(headers, body)["resource"]
    assert resource["transaction_id"] == paid["transaction_ids"][0]
    assert resource["amount"]["total"] == 1250
    assert resource["attach"] == "帐户1"
    found = told(pay.query(out_trade_no=number))[1]
    assert found == told(pay.query(transaction_id=resource["transaction_id"]))[1] == resource


def test_the_same_number_gives_a_new_prepay_id_only_for_the_same_order(pay: Any, number: str) -> None:
    first, again, other = place(pay, number), place(pay, number), place(pay, number, total=1251)
    assert (first[0], again[0]) == (200, 200)
    assert first[1] != again[1]
    assert (other[0], other[1]["code"]) == (403, "OUT_TRADE_NO_USED")


@pytest.mark.parametrize("total", [0, -1, 1.0, "1", True, None])
def test_an_amount_is_a_whole_number_of_fen_above_zero(pay: Any, number: str, total: object) -> None:
    status, answer = place(pay, number, total=total)
    assert (status, answer["code"]) == (400, "PARAM_ERROR")


@pytest.mark.parametrize("bad", ["short", "x" * 33, "with space", "中文订单号码"])
def test_an_order_number_has_six_to_thirty_two_plain_characters(pay: Any, bad: str) -> None:
    assert place(pay, bad)[1]["code"] == "PARAM_ERROR"


def test_every_character_of_an_order_number_survives_the_signature(pay: Any) -> None:
    number = "aZ09_-*AB"  # the SDK signs a path with | as it is, and requests sends it as %7C
    assert place(pay, number + "|")[0] == place(pay, number)[0] == 200
    assert told(pay.query(out_trade_no=number))[0] == 200


def test_an_order_of_another_app_or_merchant_is_refused(pay: Any, number: str) -> None:
    assert place(pay, number, appid="wx0000000000000000")[1]["code"] == "APPID_MCHID_NOT_MATCH"
    assert place(pay, number, mchid="1900000099")[1]["code"] == "MCH_NOT_EXISTS"


def test_the_openid_of_another_app_cannot_pay(sandbox: RunningSandbox, pay: Any, number: str) -> None:
    openids = sandbox.control("wechat/person", {"person": "bob"})["openids"]
    mini, official = (openids[app.appid] for app in sandbox.keys.apps)
    assert place(pay, number, payer={"openid": official})[0] == 400
    assert place(pay, number, payer={"openid": mini})[0] == 200


def test_an_unknown_order_is_not_found(pay: Any) -> None:
    assert told(pay.query(out_trade_no="NEVERPLACED")) == (404, {"code": "ORDER_NOT_EXIST", "message": "订单不存在"})
    assert told(pay.close("NEVERPLACED"))[0] == 404


def test_a_closed_order_can_neither_be_placed_closed_nor_paid(sandbox: RunningSandbox, pay: Any, number: str) -> None:
    place(pay, number)
    assert pay.close(number)[0] == 204
    assert told(pay.query(out_trade_no=number))[1]["trade_state"] == "CLOSED"
    assert place(pay, number)[1]["code"] == "ORDER_CLOSED"
    assert told(pay.close(number))[1]["code"] == "ORDER_CLOSED"
    with pytest.raises(ValueError, match="closed"):
        sandbox.control(f"pay/{number}", {})


def test_a_paid_order_can_neither_be_closed_nor_placed(sandbox: RunningSandbox, pay: Any, number: str) -> None:
    place(pay, number)
    sandbox.control(f"pay/{number}", {"mode": "silent"})
    assert told(pay.close(number))[1]["code"] == "ORDERPAID"
    assert place(pay, number)[1]["code"] == "ORDERPAID"


def test_time_expire_stops_the_payer_and_leaves_the_order_open(sandbox: RunningSandbox, pay: Any, number: str) -> None:
    assert place(pay, number, time_expire="tomorrow")[1]["code"] == "PARAM_ERROR"
    assert place(pay, number, time_expire=rfc3339(system_clock() - 1))[1]["code"] == "PARAM_ERROR"
    moment = system_clock() + 1.2
    assert place(pay, number, time_expire=rfc3339(moment))[0] == 200
    until(lambda: system_clock() > moment)
    with pytest.raises(ValueError, match="time_expire"):
        sandbox.control(f"pay/{number}", {})
    assert told(pay.query(out_trade_no=number))[1]["trade_state"] == "NOTPAY"
    assert sandbox.control(f"pay/{number}", {"mode": "late", "delay": 0})["transaction_ids"]


def test_a_native_order_is_paid_by_its_code(sandbox: RunningSandbox, number: str) -> None:
    client = pay_client(sandbox, wechatpay_type=WeChatPayType.NATIVE)
    code_url = told(client.pay(description="电费", out_trade_no=number, amount={"total": 5}))[1]["code_url"]
    assert code_url.startswith("weixin://wxpay/bizpayurl?pr=")
    sandbox.control("pay", {"reference": code_url, "mode": "silent"})
    assert told(client.query(out_trade_no=number))[1]["trade_state"] == "SUCCESS"


def test_the_wallet_pays_only_what_the_merchant_signed(sandbox: RunningSandbox, pay: Any, number: str) -> None:
    package = "prepay_id=" + place(pay, number)[1]["prepay_id"]
    appid = sandbox.keys.apps[0].appid
    wish = {"appId": appid, "timeStamp": "1", "nonceStr": "n", "package": package, "signType": "RSA"}
    with pytest.raises(ValueError, match="paySign"):
        sandbox.control("wallet", {**wish, "paySign": "AAAA"})
    sign = pay.sign([appid, "1", "n", package])
    assert sandbox.control("wallet", {**wish, "paySign": sign})["transaction_ids"]


def test_the_payment_window_says_to_whom_for_what_and_how_much(sandbox: RunningSandbox, pay: Any, number: str) -> None:
    package = "prepay_id=" + place(pay, number)[1]["prepay_id"]
    told = sandbox.control("wallet/bill", {"package": package})
    assert told == {"mchid": sandbox.keys.mchid, "description": "3号楼 电费", "total": 1250}
    with pytest.raises(ValueError, match="prepay_id"):
        sandbox.control("wallet/bill", {"package": "prepay_id=nobody"})


def test_refunds_are_taken_once_and_never_exceed_the_payment(
    sandbox: RunningSandbox, pay: Any, number: str, receiver: Receiver
) -> None:
    place(pay, number)
    sandbox.control(f"pay/{number}", {"mode": "silent"})

    def refund(name: str, fen: int, total: int = 1250) -> tuple[int, dict[str, Any]]:
        amount = {"refund": fen, "total": total, "currency": "CNY"}
        return told(pay.refund(out_refund_no=f"{name}{number}", amount=amount, out_trade_no=number))

    sandbox.control("switches", {"refund_delay": 100})
    first = refund("A", 1000)
    assert (first[0], first[1]["status"]) == (200, "PROCESSING")
    assert refund("A", 1000)[1]["refund_id"] == first[1]["refund_id"]
    assert refund("A", 999)[1]["code"] == "INVALID_REQUEST"
    assert refund("B", 251)[1]["code"] == "INVALID_REQUEST"
    assert refund("B", 250, total=1)[1]["code"] == "INVALID_REQUEST"
    assert refund("B", 250)[0] == 200
    headers, body = receiver.wait_for(2)[0]
    event = pay.callback(headers, body)
    assert (event["event_type"], event["resource"]["amount"]["refund"]) == ("REFUND.SUCCESS", 1000)
    assert told(pay.query_refund(f"A{number}"))[1]["status"] == "SUCCESS"
    assert told(pay.query_refund("never"))[1]["code"] == "RESOURCE_NOT_EXISTS"
    assert told(pay.query(out_trade_no=number))[1]["trade_state"] == "REFUND"


def test_a_second_payment_is_refunded_by_its_own_number(
    sandbox: RunningSandbox, pay: Any, number: str, receiver: Receiver
) -> None:
    place(pay, number)
    first, second = sandbox.control(f"pay/{number}", {"mode": "twice"})["transaction_ids"]
    told_ids = {pay.callback(*got)["resource"]["transaction_id"] for got in receiver.wait_for(2)}
    assert told_ids == {first, second}
    amount = {"refund": 1250, "total": 1250, "currency": "CNY"}
    assert told(pay.refund(f"S{number}", amount, transaction_id=second))[1]["transaction_id"] == second
    assert told(pay.query(transaction_id=first))[1]["trade_state"] == "SUCCESS"


def test_a_stranger_is_answered_without_a_signature(sandbox: RunningSandbox, number: str) -> None:
    for wrong in ({"cert_serial_no": "AB"}, {"private_key": sandbox.keys.platform_pem}):
        status, answer = place(pay_client(sandbox, **wrong), number)
        assert (status, answer["code"]) == (401, "SIGN_ERROR")
