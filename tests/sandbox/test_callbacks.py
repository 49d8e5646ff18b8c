"""Callbacks: sealed so that the real SDK opens them, told again on schedule, spoiled on wish."""

import json
from typing import Any

import pytest

from sandbox.callbacks import RESENDS
from sandbox.clock import system_clock
from sandbox.courier import http_poster
from sandbox.server import RunningSandbox
from sandbox.signing import PROBE
from tests.sandbox.receiver import Receiver, until
from tests.sandbox.test_orders import place, told


def opened(pay: Any, got: tuple[dict[str, str], bytes]) -> Any:
    try:
        return pay.callback(*got)
    except Exception:  # noqa: BLE001 the SDK raises plain exceptions for some bad callbacks
        return None


def test_a_failing_receiver_is_told_the_same_event_by_the_whole_schedule(
    sandbox: RunningSandbox, pay: Any, number: str, receiver: Receiver
) -> None:
    assert len(RESENDS) == 15
    assert sum(RESENDS) == 24 * 3600 + 4 * 60
    receiver.statuses = [500, 404, 302, 202, 204]
    place(pay, number)
    sandbox.control(f"pay/{number}", {})
    got = receiver.wait_for(5)
    bodies = [pay.callback(*each) for each in got]
    assert {body["id"] for body in bodies} == {bodies[0]["id"]}
    assert all(body["resource"] == bodies[0]["resource"] for body in bodies)
    assert len({headers["Wechatpay-Nonce"] for headers, _ in got}) == 5
    until(lambda: len(sandbox.control(f"deliveries?out_trade_no={number}")) == 5)
    attempts = sandbox.control(f"deliveries?out_trade_no={number}")
    assert [attempt["status"] for attempt in attempts] == [204, 202, 302, 404, 500]
    assert not [each for each in sandbox.control("pending") if each["out_trade_no"] == number]


def test_a_forged_callback_is_rejected_and_pays_nothing(
    sandbox: RunningSandbox, pay: Any, number: str, receiver: Receiver
) -> None:
    place(pay, number)
    assert sandbox.control(f"pay/{number}", {"mode": "forge"})["transaction_ids"] == []
    assert opened(pay, receiver.wait_for(1)[0]) is None
    assert told(pay.query(out_trade_no=number))[1]["trade_state"] == "NOTPAY"


def test_a_garbled_callback_is_rejected_and_comes_again_whole(
    sandbox: RunningSandbox, pay: Any, number: str, receiver: Receiver
) -> None:
    receiver.statuses = [401, 204]
    place(pay, number)
    sandbox.control(f"pay/{number}", {"mode": "garbled"})
    first, second = receiver.wait_for(2)[:2]
    assert opened(pay, first) is None
    assert opened(pay, second)["resource"]["trade_state"] == "SUCCESS"


def test_an_old_callback_is_authentic_and_signed_more_than_five_minutes_ago(
    sandbox: RunningSandbox, pay: Any, number: str, receiver: Receiver
) -> None:
    place(pay, number)
    sandbox.control(f"pay/{number}", {"mode": "old", "resend": False})
    headers, body = receiver.wait_for(1)[0]
    assert opened(pay, (headers, body))
    assert system_clock() - int(headers["Wechatpay-Timestamp"]) > 300


def test_a_probe_carries_a_wrong_signature_and_the_true_callback_follows(
    sandbox: RunningSandbox, pay: Any, number: str, receiver: Receiver
) -> None:
    receiver.statuses = [401, 204]
    sandbox.control("switches", {"probe_callbacks_next": 1})
    place(pay, number)
    sandbox.control(f"pay/{number}", {})
    probe, true = receiver.wait_for(2)[:2]
    assert probe[0]["Wechatpay-Signature"].startswith(PROBE)
    assert opened(pay, probe) is None
    assert opened(pay, true)["resource"]["out_trade_no"] == number


def test_a_probe_on_a_response_makes_the_sdk_refuse_it(sandbox: RunningSandbox, pay: Any, number: str) -> None:
    place(pay, number)
    sandbox.control("switches", {"probe_responses": 1})
    with pytest.raises(Exception, match="signature"):
        pay.query(out_trade_no=number)
    sandbox.control("switches", {"probe_responses": 0})
    assert pay.query(out_trade_no=number)[0] == 200


def test_copies_are_the_same_event_and_again_repeats_it(
    sandbox: RunningSandbox, pay: Any, number: str, receiver: Receiver
) -> None:
    place(pay, number)
    sandbox.control(f"pay/{number}", {"copies": 3})
    receiver.wait_for(3)
    sandbox.control(f"pay/{number}", {"mode": "again"})
    assert len({pay.callback(*got)["id"] for got in receiver.wait_for(4)}) == 1


def test_silence_and_delay_hold_the_callback_back(
    sandbox: RunningSandbox, pay: Any, number: str, receiver: Receiver
) -> None:
    place(pay, number)
    place(pay, number + "B")
    assert sandbox.control(f"pay/{number}", {"mode": "silent"})["callbacks"] == []
    sandbox.control(f"pay/{number}B", {"delay": 0.3})
    paid_at = system_clock()
    receiver.wait_for(1)
    assert system_clock() - paid_at > 0.2
    assert told(pay.query(out_trade_no=number))[1]["trade_state"] == "SUCCESS"


def test_wrong_amounts_and_foreign_orders_are_told_authentically(
    sandbox: RunningSandbox, pay: Any, number: str, receiver: Receiver
) -> None:
    place(pay, number)
    sandbox.control(f"pay/{number}", {"mode": "wrong_amount", "amount": 7})
    assert pay.callback(*receiver.wait_for(1)[0])["resource"]["amount"]["total"] == 7
    sandbox.control(f"pay/{number}", {"mode": "foreign"})
    foreign = pay.callback(*receiver.wait_for(2)[1])["resource"]
    assert foreign["out_trade_no"].startswith("FOREIGN")
    assert sandbox.keys.app(foreign["appid"]) is None


def test_nobody_at_the_address_is_a_failed_attempt() -> None:
    assert http_poster()("http://127.0.0.1:9/told", {}, b"") == 0
    assert http_poster()("ftp://nobody/", {}, b"") == 0


def test_ordered_failures_delays_and_lost_answers_strike(sandbox: RunningSandbox, pay: Any, number: str) -> None:
    sandbox.control("switches", {"fail_next": 1, "fail_code": "FREQUENCY_LIMITED", "fail_status": 429})
    status, answer = place(pay, number)
    assert (status, answer["code"]) == (429, "FREQUENCY_LIMITED")
    sandbox.control("switches", {"lose_next": 1})
    assert pay.pay(description="x", out_trade_no=number, amount={"total": 1}, payer={"openid": "o"})[0] == 502
    assert told(pay.query(out_trade_no=number))[0] == 200
    sandbox.control("switches", {"response_delay": 0.2})
    before = system_clock()
    pay.query(out_trade_no=number)
    assert system_clock() - before > 0.2


def test_a_burst_of_callbacks_arrives(sandbox: RunningSandbox, pay: Any, number: str, receiver: Receiver) -> None:
    place(pay, number)
    sandbox.control(f"pay/{number}", {"copies": 200})
    got = receiver.wait_for(200)
    until(lambda: not sandbox.control("pending"))
    assert len(got) == len(sandbox.control(f"deliveries?out_trade_no={number}")) == 200
    assert {json.loads(body)["id"] for _, body in got} == {json.loads(got[0][1])["id"]}
