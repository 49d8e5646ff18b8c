"""Pages of a water meter speak of water: nothing of it is called electricity, power or a breaker."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import PickUp
from tests.browser.phone import Phone
from tests.browser.test_order_page import ROUTE, order_told
from tests.browser.test_pages import API, meter_told

PERSON = "faults"
OF_POWER = re.compile(r"电表|断电|供电|合闸|用电|kWh")
METER = "1" * 26


def _at(phones: PickUp, **more: object) -> Phone:
    phone = phones(PERSON)
    told = meter_told(1, medium="water", **more)
    phone.page.route(f"{API}/meters", lambda route: route.fulfill(json={"meters": [told]}))
    phone.page.route(f"{API}/meters/*", lambda route: route.fulfill(json=told))
    return phone


def test_home_and_meter_say_that_water_is_shut_off_and_what_brings_it_back(phones: PickUp) -> None:
    phone = _at(phones, supply="open", credit_fen=-100)
    phone.open()
    for said in ("已停水", "水表剩余金额", "余额不足，已停水；充值到账后恢复供水。"):
        phone.sees(said)
    phone.keep("water-home")
    assert OF_POWER.findall(phone.screen.locator(".screen").inner_text()) == []
    phone.open(f"pages/meter/meter?reference={METER}")
    phone.sees("已停水")
    expect(phone.page.get_by_text("水表详情").first).to_be_visible()
    assert OF_POWER.findall(phone.screen.locator(".screen").inner_text()) == []
    phone.keep("water-meter")


def test_a_water_meter_that_cannot_be_reached_is_called_one(phones: PickUp) -> None:
    phone = _at(phones, gateway_answers=False)
    phone.open()
    for said in ("供水中", "暂时联系不上水表", "水表恢复通讯后会自动充入"):
        phone.sees(said)


def test_a_top_up_goes_to_the_water_meter(phones: PickUp) -> None:
    phone = _at(phones)
    phone.page.route(ROUTE, lambda route: route.fulfill(json=order_told("supply_off", 4, medium="water")))
    phone.open(f"pages/order/order?order_no={ROUTE.rpartition('/')[2]}")
    for said in ("已到账，尚未开阀", "发往水表", "水表确认到账", "供水正常", "等待水表读数"):
        phone.sees(said)
    assert OF_POWER.findall(phone.screen.locator(".screen").inner_text()) == []
    phone.keep("water-order")
