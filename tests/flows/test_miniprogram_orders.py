"""Orders from the mini-program: placed, paid in the sandbox, followed."""

from typing import Any

import pytest
from sqlalchemy import update

from backend.metering.command_models import MeterCommand
from backend.people.models import Role
from backend.vending.models import CreditOrder
from meter_bridge.protocol import CommandState
from tests.flows.conftest import World
from tests.flows.people_world import LONG_AGO, Phone, bound, refusal
from tests.park import Metered


def wish(metered: Metered, amount_fen: int = 5000, tap: str = "tap-0001") -> dict[str, Any]:
    """Return the body of an order."""
    return {"meter": metered.meter.reference, "amount_fen": amount_fen, "tap": tap}


def placed(phone: Phone, amount_fen: int = 5000, tap: str = "tap-0001") -> Any:
    """Place an order for the counting meter."""
    return phone.post("/orders", wish(phone.world.park.counting, amount_fen, tap), expected=201)


def paid(phone: Phone) -> str:
    """Return the number of an order whose payment has arrived."""
    order_no: str = placed(phone)["order_no"]
    phone.world.pay(order_no)
    phone.world.wait_for(lambda: phone.get(f"/orders/{order_no}")["state"] == "paid", "the callback")
    return order_no


def done(order: Any) -> dict[str, bool]:
    """Return which steps of an order are done."""
    return {step["step"]: step["done"] for step in order["timeline"]}


def test_an_order_comes_with_arguments_the_wallet_accepts(world: World) -> None:
    phone = bound(world, "dora")
    told = placed(phone)
    assert set(told["pay"]) == {"appId", "timeStamp", "nonceStr", "package", "signType", "paySign"}
    assert phone.get(f"/orders/{told['order_no']}")["message"] == "waiting_for_payment"
    world.sandbox.control("wallet", {**told["pay"], "person": "dora"})
    order = world.wait_for(
        lambda: (o := phone.get(f"/orders/{told['order_no']}"))["state"] == "paid" and o, "the callback"
    )
    assert (order["amount_fen"], order["mine"], order["can_pay"]) == (5000, True, False)
    assert (order["message"], order["message_text"]) == ("on_the_way", "已收到付款，正在充入电表。")
    assert done(order) == {"placed": True, "paid": True, "sent": False, "confirmed": False, "supply_on": False}


def test_one_tap_told_twice_is_one_order(world: World) -> None:
    phone = bound(world, "dora")
    assert placed(phone)["order_no"] == placed(phone)["order_no"]
    assert len(phone.get("/orders")["orders"]) == 1


def test_an_unpaid_order_can_be_paid_later_with_fresh_arguments(world: World) -> None:
    phone = bound(world, "dora")
    first = placed(phone)
    again = phone.post(f"/orders/{first['order_no']}/pay")
    assert again["order_no"] == first["order_no"]
    assert again["pay"]["package"].startswith("prepay_id=")


def test_an_expired_order_is_said_so_and_cannot_be_paid(world: World) -> None:
    phone = bound(world, "dora")
    order_no = placed(phone)["order_no"]
    with world.runtime.database.transaction() as session:
        session.execute(update(CreditOrder).values(expires_at=LONG_AGO))
    order = phone.get(f"/orders/{order_no}")
    assert (order["message"], order["can_pay"]) == ("expired", False)
    assert refusal(phone.call("POST", f"/orders/{order_no}/pay")) == (409, "order_not_payable")


def test_a_colleague_sees_the_order_but_cannot_pay_it(world: World) -> None:
    order_no = placed(bound(world, "dora"))["order_no"]
    colleague = bound(world, "emil")
    order = colleague.get(f"/orders/{order_no}")
    assert (order["mine"], order["can_pay"]) == (False, False)
    assert refusal(colleague.call("POST", f"/orders/{order_no}/pay")) == (409, "order_not_payable")


def test_another_tenants_order_is_as_missing_as_one_that_never_was(world: World) -> None:
    order_no = placed(bound(world, "dora"))["order_no"]
    stranger = bound(world, "emil", world.park.other)
    for method, path in (("GET", f"/orders/{order_no}"), ("POST", f"/orders/{order_no}/pay")):
        assert refusal(stranger.call(method, path)) == (404, "not_found")
        assert refusal(stranger.call(method, path.replace(order_no, "X" * 24))) == (404, "not_found")
    assert stranger.get("/orders") == {"orders": [], "next_cursor": None}
    assert stranger.get(f"/orders?cursor={order_no}") == {"orders": [], "next_cursor": None}


def test_who_unbinds_sees_their_own_orders_no_more(world: World) -> None:
    phone = bound(world, "dora")
    order_no = placed(phone)["order_no"]
    phone.call("DELETE", f"/bindings/{phone.get('/me')['holders'][0]['holder']}")
    assert phone.get("/orders") == {"orders": [], "next_cursor": None}
    assert refusal(phone.call("GET", f"/orders/{order_no}")) == (404, "not_found")
    assert refusal(phone.call("POST", f"/orders/{order_no}/pay")) == (404, "not_found")


def test_no_order_for_another_tenants_meter_nor_by_a_viewer(world: World) -> None:
    viewer = bound(world, "dora", role=Role.VIEWER)
    assert refusal(viewer.call("POST", "/orders", wish(world.park.counting))) == (403, "role_too_low")
    assert refusal(viewer.call("POST", "/orders", wish(world.park.other))) == (404, "not_found")


def test_an_amount_out_of_range_is_refused_with_the_range(world: World) -> None:
    phone = bound(world, "dora")
    phone.language = "en"
    answer = phone.call("POST", "/orders", wish(world.park.counting, 1))
    assert refusal(answer) == (422, "amount_out_of_range")
    assert answer.json()["detail"] == "The amount must be between ¥1.00 and ¥10,000.00."


@pytest.mark.parametrize(
    ("change", "field", "zh", "en"),
    [
        ({"amount_fen": "5000"}, "amount_fen", "应为整数。", "Must be a whole number."),
        ({"amount_fen": 50.5}, "amount_fen", "应为整数。", "Must be a whole number."),
        ({"amount_fen": True}, "amount_fen", "应为整数。", "Must be a whole number."),
        ({"amount_fen": -1}, "amount_fen", "不能小于 1。", "Must not be less than 1."),
        ({"amount_fen": 10**30}, "amount_fen", "不能大于 10000000000。", "Must not be greater than 10000000000."),
        ({"tap": "a\x00bcdefgh"}, "tap", "格式不正确。", "Has the wrong form."),
        ({"meter": None}, "meter", "应为文本。", "Must be text."),
        ({"coupon": 1}, "coupon", "不认识的字段。", "Not a known field."),
    ],
)
def test_a_field_that_does_not_fit_is_named(world: World, change: Any, field: str, zh: str, en: str) -> None:
    phone = bound(world, "dora")
    for language, sentence in (("zh", zh), ("en", en)):
        phone.language = language
        answer = phone.call("POST", "/orders", {**wish(world.park.counting), **change})
        assert refusal(answer) == (422, "invalid_content")
        assert [(f["field"], f["detail"]) for f in answer.json()["fields"]] == [(field, sentence)]


def test_a_body_that_is_no_json_object_is_refused(world: World) -> None:
    phone = bound(world, "dora")
    assert refusal(phone.call("POST", "/orders", data=b"{")) == (400, "http_400")
    assert refusal(phone.call("POST", "/orders", [1])) == (422, "invalid_content")
    assert refusal(phone.call("GET", "/orders?limit=x")) == (422, "invalid_content")
    assert refusal(phone.call("GET", "/orders?cursor=%00")) == (422, "invalid_content")


def test_a_provider_that_cannot_be_reached_is_said_so(world: World) -> None:
    phone = bound(world, "dora")
    world.sandbox.control("switches", {"fail_next": 1, "fail_path": "/v3"})
    try:
        assert refusal(phone.call("POST", "/orders", wish(world.park.counting)))[0] == 503
    finally:
        world.sandbox.control("switches", {"reset": True})
    assert placed(phone)["pay"] is not None


def test_orders_come_in_pages_the_newest_first(world: World) -> None:
    phone = bound(world, "dora")
    numbers = [placed(phone, amount, f"tap-{amount:06}")["order_no"] for amount in (1000, 2000, 3000)]
    first = phone.get("/orders?limit=2")
    second = phone.get(f"/orders?limit=2&cursor={first['next_cursor']}")
    told = [order["order_no"] for page in (first, second) for order in page["orders"]]
    assert told == numbers[::-1]
    assert second["next_cursor"] is None
    assert [order["message"] for order in second["orders"]] == ["closed"]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"state": CommandState.HELD}, "held"),
        ({"state": CommandState.REFUSED}, "refused"),
        ({"state": CommandState.UNKNOWN}, "checking"),
        ({}, "on_the_way"),
    ],
)
def test_what_became_of_a_payment_is_said_honestly(world: World, columns: dict[str, Any], message: str) -> None:
    phone = bound(world, "dora")
    order_no = paid(phone)
    with world.runtime.database.transaction() as session:
        if columns:
            session.execute(update(MeterCommand).values(**columns))
    assert phone.get(f"/orders/{order_no}")["message"] == message


def test_a_payment_without_confirmation_for_long_is_late(world: World) -> None:
    phone = bound(world, "dora")
    order_no = paid(phone)
    with world.runtime.database.transaction() as session:
        session.execute(update(CreditOrder).values(paid_at=LONG_AGO))
    phone.language = "en"
    order = phone.get(f"/orders/{order_no}")
    assert order["message"] == "late"
    assert "Do not pay again" in order["message_text"]
