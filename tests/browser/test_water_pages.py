"""Pages of a water meter speak of water: nothing of it is called electricity, power or a breaker."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PickUp
from tests.browser.phone import Phone
from tests.browser.test_looks import WIDER
from tests.browser.test_order_page import ROUTE, order_told
from tests.browser.test_pages import API, PAINTED, meter_told

PERSON = "faults"
OF_POWER = re.compile(r"电表|断电|供电|合闸|用电|\d 度|kWh")
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


def used(*litres: int | None) -> dict[str, Any]:
    """Return what the server tells of days in March that end with these."""
    days = [{"date": f"2026-03-{day:02}", "used": amount} for day, amount in enumerate(litres, 1)]
    known = [amount for amount in litres if amount is not None]
    return {"unit": "l", "days": days, "total": sum(known) if known else None}


MONTH = (*(None,) * 10, *(120 * day for day in range(11, 30)), 3_487)  # 45.6 m³ on whole days


@pytest.mark.essential
def test_a_water_meter_shows_its_days_in_cubic_metres(phones: PickUp) -> None:
    phone = _at(phones, usage=used(*MONTH))
    phone.open(f"pages/meter/meter?reference={METER}")
    for said in ("近 30 天用水", "共 49.08 m³", "日均 2.40 m³", "最高 3.48 m³"):
        phone.sees(said)
    chart = phone.screen.get_by_role("img")
    spoken = "近 30 天用水柱状图，共 49.08 立方米，日均 2.40 立方米，最高一天 3.48 立方米"
    expect(chart).to_have_attribute("aria-label", spoken)
    assert 0.2 < chart.locator("canvas").evaluate(PAINTED) < 0.5
    assert OF_POWER.findall(phone.screen.locator(".screen").inner_text()) == []
    phone.keep("water-month")


@pytest.mark.parametrize("litres", [(None,), (0,), (None, 0)])
def test_a_water_meter_of_which_no_whole_day_is_known_says_so(phones: PickUp, litres: tuple[int | None, ...]) -> None:
    phone = _at(phones, usage=used(*litres))
    phone.open(f"pages/meter/meter?reference={METER}")
    phone.sees("还没有用水记录")
    expect(phone.screen.get_by_role("img")).to_have_count(0)
    phone.keep("water-none")


@pytest.mark.parametrize("litres", [(410,), (8, 0, 35), (410, None, 0, 377, 392, 61)], ids=["first", "few", "week"])
def test_the_first_days_of_a_water_meter_are_shown(phones: PickUp, litres: tuple[int | None, ...]) -> None:
    phone = _at(phones, usage=used(*litres))
    phone.open(f"pages/meter/meter?reference={METER}")
    phone.sees(f"共 {sum(each or 0 for each in litres) // 10 / 100:.2f} m³")
    phone.keep(f"water-days-{len(litres)}")


@pytest.mark.parametrize("times", [1, 1_000])
@pytest.mark.parametrize(("language", "width"), [("zh", 320), ("zh", 390), ("en", 320)])
def test_the_use_of_water_fits_in_large_text(phones: PickUp, language: str, width: int, times: int) -> None:
    phone = phones(PERSON, width=width)
    told = meter_told(1, medium="water", usage=used(*(each and each * times for each in MONTH)))
    settings = {"language": language, "large_text": True, "low_credit_threshold_fen": None}
    phone.page.route(f"{API}/settings", lambda route: route.fulfill(json=route.fetch().json() | settings))
    phone.page.route(f"{API}/meters/*", lambda route: route.fulfill(json=told))
    phone.open(f"pages/meter/meter?reference={METER}")
    phone.sees({1: "49.08 m³", 1_000: "49,087.00 m³"}[times])
    if (language, times) == ("en", 1_000):
        spoken = "Bar chart of water in the last 30 days: 49,087.00 cubic metres in all, "
        spoken += "2,400.00 cubic metres a day, 3,487.00 cubic metres on the highest day"
        expect(phone.screen.get_by_role("img")).to_have_attribute("aria-label", spoken)
    phone.keep(f"water-large-{language}-{width}-{times}")
    assert phone.page.evaluate(WIDER) == []


def test_other_meters_are_not_called_electric_when_one_is_of_water(phones: PickUp) -> None:
    phone = phones(PERSON)
    both = [meter_told(1), meter_told(2, medium="water")]
    phone.page.route(f"{API}/meters", lambda route: route.fulfill(json={"meters": both}))
    phone.open()
    phone.sees("其他水电表")
    phone.keep("water-home-both")


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
