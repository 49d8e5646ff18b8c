"""The H5 door: logging in and paying from pages of the official account, against the sandbox's WeChat."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select, update

from backend.kernel.clock import SystemClock
from backend.kernel.db import Session
from backend.kernel.settings import REAL_ORIGINS
from backend.payments.models import MerchantAccount
from backend.people.binding import bindings_of
from backend.people.joining import join
from backend.people.logging_in import user_of_openid
from backend.people.models import Binding, Role, WechatApp, WechatUser
from backend.vending.models import OrderState
from miniprogram_api import h5_login
from miniprogram_api.errors import H5StateRefusedError
from miniprogram_api.followers import identity_of_visitor, unionid_of_follower
from miniprogram_api.h5_state import check_state, new_state
from tests.flows.conftest import World
from tests.flows.h5_world import Browser, follower, official_account
from tests.flows.people_world import Phone, bound, invited, refusal
from tests.park import build


def users(world: World) -> list[WechatUser]:
    """Return every user who came through a door in this test, the oldest first."""
    with world.runtime.database.transaction() as session:
        known = select(WechatUser).where(WechatUser.unionid.is_not(None)).order_by(WechatUser.id)
        return list(session.scalars(known))


def test_the_address_leads_to_wechat_and_back_to_our_own_page(world: World) -> None:
    browser = Browser(world, "dora")
    url = browser.get(f"/h5/authorize?appid={official_account(world)}")["url"]
    parts = urlsplit(url)
    asked = {name: value[0] for name, value in parse_qs(parts.query).items()}
    assert (parts.path, parts.fragment) == ("/connect/oauth2/authorize", "wechat_redirect")
    assert (asked["appid"], asked["redirect_uri"]) == (official_account(world), f"{world.url}/h5/")
    assert (asked["scope"], asked["response_type"]) == ("snsapi_base", "code")
    assert asked["state"].isalnum()
    assert len(asked["state"]) <= 128
    cookie = next(iter(browser.http.cookies))
    assert (cookie.path, cookie.has_nonstandard_attr("HttpOnly")) == ("/api/mp/v1/h5", True)


def test_the_real_gate_is_used_with_the_real_origin(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(REAL_ORIGINS, "wechat_api_origin", world.sandbox.url)
    url = Browser(world, "dora").get(f"/h5/authorize?appid={official_account(world)}")["url"]
    assert url.startswith("https://open.weixin.qq.com/connect/oauth2/authorize?")


def test_a_page_logs_in_and_the_mini_programs_bindings_are_there(world: World) -> None:
    phone = bound(world, "dora", role=Role.PAYER)
    browser = Browser(world, "dora")
    told = browser.post("/h5/login", browser.come_back(browser.authorize()))
    browser.token = told["token"]
    assert told["bound"] is True
    assert browser.get("/me") == phone.get("/me")
    assert browser.get("/meters") == phone.get("/meters")
    one, other = users(world)
    assert (one.unionid, one.appid == other.appid, one.openid == other.openid) == (other.unionid, False, False)


def test_a_binding_made_behind_one_door_is_there_and_ends_behind_both(world: World) -> None:
    phone, browser = Phone(world, "dora").log_in(), Browser(world, "dora").log_in()
    holder = browser.post("/bindings", {"code": invited(world)})["holder"]
    assert [one["holder"] for one in phone.get("/me")["holders"]] == [holder]
    assert phone.call("DELETE", f"/bindings/{holder}").status_code == 204
    assert browser.get("/me")["holders"] == []
    assert Browser(world, "dora").log_in().get("/me")["holders"] == []


def test_who_bound_twice_keeps_the_higher_role_once(world: World) -> None:
    phone = bound(world, "dora", role=Role.VIEWER)
    browser = Browser(world, "dora")
    with world.runtime.database.transaction() as session:
        session.execute(update(WechatUser).values(unionid=None))  # as long as WeChat had told no unionid
    told = phone.get("/me")["holders"]
    browser = follower(world, "dora", world.park.other)
    assert [one["name"] for one in browser.get("/me")["holders"]] == ["Charlie's"]
    phone.log_in()
    assert [one["name"] for one in phone.get("/me")["holders"]] == [told[0]["name"], "Charlie's"]
    assert len(browser.get("/meters")["meters"]) == 4


def test_without_a_unionid_one_simply_binds_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    bound(world, "dora")
    monkeypatch.setattr(
        h5_login, "identity_of_visitor", lambda *told: replace(identity_of_visitor(*told), unionid=None)
    )
    browser = Browser(world, "dora").log_in()
    assert browser.get("/me")["holders"] == []
    browser.post("/bindings", {"code": invited(world)})
    assert len(browser.get("/meters")["meters"]) == 3


def test_a_person_is_not_joined_with_themselves_at_another_property_company(world: World) -> None:
    bound(world, "dora")
    [dora] = users(world)
    elsewhere = build(world.runtime, name="Second")

    def come(session: Session) -> Sequence[Binding]:
        user = user_of_openid(session, app=elsewhere.app, openid="o-dora", unionid=dora.unionid)
        join(session, user=user)
        return bindings_of(session, user=user)

    assert world.runtime.database.run(come) == []


def test_a_code_is_good_once(world: World) -> None:
    browser = Browser(world, "dora")
    body = browser.come_back(browser.authorize())
    browser.post("/h5/login", body)
    assert refusal(browser.call("POST", "/h5/login", body)) == (401, "wechat_code_used")


@pytest.mark.parametrize("forged", ["0" * 72, "f" * 72])
def test_a_forged_state_is_refused_before_wechat_is_asked(world: World, forged: str) -> None:
    browser = Browser(world, "dora")
    browser.authorize()
    code = browser.wechat_code()
    assert refusal(browser.call("POST", "/h5/login", browser.come_back(forged, code))) == (401, "h5_state_refused")
    browser.post("/h5/login", browser.come_back(browser.authorize(), code))


def test_the_state_of_another_browser_is_refused(world: World) -> None:
    stranger, victim = Browser(world, "charlie"), Browser(world, "dora")
    planted = stranger.come_back(stranger.authorize())
    assert refusal(victim.call("POST", "/h5/login", planted)) == (401, "h5_state_refused")
    victim.authorize()
    assert refusal(victim.call("POST", "/h5/login", planted)) == (401, "h5_state_refused")


def test_a_state_ends_and_is_good_for_one_account_only() -> None:
    key, now = b"k" * 32, SystemClock().now()
    state = new_state(key, appid="wx1", visitor="v", now=now)
    check_state(key, appid="wx1", visitor="v", state=state, now=now + timedelta(minutes=9))
    for appid, visitor, later in (("wx2", "v", 0), ("wx1", "w", 0), ("wx1", "", 0), ("wx1", "v", 11)):
        with pytest.raises(H5StateRefusedError):
            check_state(key, appid=appid, visitor=visitor, state=state, now=now + timedelta(minutes=later))


@pytest.mark.parametrize("page", ["https://evil.example/", "//evil.example?", "h5", "/h5/?x=1"])
def test_wechat_is_never_asked_to_come_back_elsewhere(world: World, page: str) -> None:
    answer = Browser(world, "dora").call("GET", f"/h5/authorize?appid={official_account(world)}&page={page}")
    assert refusal(answer) == (422, "invalid_content")


def test_the_doors_are_not_mixed_up(world: World) -> None:
    browser, mini = Browser(world, "dora"), world.park.app.appid
    assert refusal(browser.call("GET", f"/h5/authorize?appid={mini}")) == (404, "wechat_app_unknown")
    account = {"appid": official_account(world), "code": browser.wechat_code()}
    assert refusal(browser.call("POST", "/login", account)) == (404, "wechat_app_unknown")


def test_of_a_follower_wechat_tells_the_unionid(world: World) -> None:
    told = world.sandbox.control("wechat/person", {"person": "dora"})
    appid = official_account(world)
    with world.runtime.database.transaction() as session:
        app = session.scalars(select(WechatApp).filter_by(appid=appid)).one()
    assert unionid_of_follower(world.runtime, app, told["openids"][appid]) == told["unionid"]
    assert unionid_of_follower(world.runtime, app, "o-nobody") is None
    settings = world.runtime.settings.model_copy(update={"wechat_api_origin": "http://127.0.0.1:9"})
    assert unionid_of_follower(replace(world.runtime, settings=settings), app, told["openids"][appid]) is None


def test_an_order_of_the_official_account_is_paid_there_and_told_to_its_own_address(world: World) -> None:
    browser = follower(world, "dora")
    order = {"meter": world.park.counting.meter.reference, "amount_fen": 5000, "tap": "tap-h5-1"}
    told = browser.post("/orders", order, expected=201)
    assert told["pay"]["appId"] == official_account(world)
    world.sandbox.control("wallet", {**told["pay"], "person": "dora"})
    world.wait_for(lambda: world.order(told["order_no"]).state is OrderState.PAID, "the payment")
    with world.runtime.database.transaction() as session:
        merchant = session.get_one(MerchantAccount, world.order(told["order_no"]).merchant_account_id)
    assert (merchant.appid, merchant.id == world.park.merchant.id) == (official_account(world), False)
    assert merchant.callback_key != world.park.merchant.callback_key


def test_arguments_of_one_door_do_not_pay_in_the_other(world: World) -> None:
    browser = follower(world, "dora")
    order = {"meter": world.park.counting.meter.reference, "amount_fen": 5000, "tap": "tap-h5-2"}
    pay = browser.post("/orders", order, expected=201)["pay"]
    with pytest.raises(ValueError, match="error"):
        world.sandbox.control("wallet", {**pay, "appId": world.park.app.appid, "person": "dora"})
