"""The room wall in a real browser: filter, open a room, open its breaker, and see its tile change by itself."""

from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.office import Desk


def _open_breaker(drawer: Locator) -> None:
    drawer.locator("summary", has_text="拉闸").click()
    drawer.locator("[id^=reason-open]").fill("检修配电箱")
    drawer.get_by_role("button", name="拉闸", exact=True).click()


@pytest.mark.essential
def test_a_breaker_is_opened_from_the_wall_and_its_tile_changes_by_itself(desks: list[Desk]) -> None:
    desk, phone = desks
    desk.log_in("alice")
    phone.log_in("erin")
    desk.page.get_by_role("link", name="房间墙").click()
    expect(desk.page.locator(".room").first).to_be_visible()
    desk.page.get_by_placeholder("房号、企业或表号").fill("604")
    expect(desk.page.locator(".room")).to_have_count(1)
    tile = desk.page.locator(".room", has_text="604")
    expect(tile).to_contain_text("合闸")
    number = (tile.get_attribute("id") or "").removeprefix("room-")
    phone.open("wall")
    watched = phone.page.locator(f"#room-{number}")
    expect(watched).to_contain_text("合闸")
    tile.click()
    drawer = desk.page.locator("#drawer")
    expect(drawer).to_contain_text("今日用电")
    assert f"room={number}" in desk.page.url
    _open_breaker(drawer)
    expect(desk.page.locator(".alert-success")).to_contain_text("指令已提交")
    expect(drawer).to_contain_text("拉闸")
    expect(desk.page.locator(f"#room-{number}")).to_contain_text("拉闸", timeout=60_000)
    expect(watched).to_contain_text("拉闸", timeout=60_000)
    expect(phone.page.locator("#wall-counts")).to_contain_text("拉闸")
    desk.page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()


SHOTS = Path(__file__).parents[2] / "build" / "screenshots"


def _opened(desk: Desk, room: str, medium: str = "") -> Locator:
    """Open the wall, find a room and open its drawer by keyboard."""
    desk.open(f"wall{medium}")
    desk.page.get_by_placeholder("房号、企业或表号").fill(room)
    expect(desk.page.locator(".room")).to_have_count(1)
    desk.page.locator(".room").focus()
    desk.page.keyboard.press("Enter")
    drawer = desk.page.locator("#drawer")
    expect(drawer.get_by_role("tab")).to_have_count(2)
    return drawer


RIGHTMOST = "Math.max(...[...document.querySelectorAll('#drawer *')].map(e => e.getBoundingClientRect().right))"


def _shut_valve(drawer: Locator) -> None:
    drawer.locator("summary", has_text="关阀").click()
    drawer.locator("[id^=reason-open]").fill("更换水表")
    drawer.get_by_role("button", name="关阀", exact=True).click()


def _looks_at_water(phone: Desk) -> None:
    """On a telephone, from the wall of water: the same drawer, inside the screen."""
    phone.log_in("erin")
    drawer = _opened(phone, "609", "?medium=water")
    expect(phone.page.locator(".room")).to_contain_text("阀门已关")
    expect(phone.page.locator("#wall-counts")).to_contain_text("阀门已关")
    expect(drawer.get_by_role("tab", selected=True)).to_contain_text("水表")
    assert phone.page.evaluate(RIGHTMOST) <= phone.page.evaluate("innerWidth") + 1
    phone.page.screenshot(path=SHOTS / "wall-water-390.png")
    drawer.get_by_role("tab", selected=False).click()
    expect(drawer).to_contain_text("今日用电")
    expect(drawer.locator("#wall-live")).to_contain_text("合闸")


@pytest.mark.essential
def test_a_room_with_electricity_and_water_has_both_in_its_drawer_by_keyboard(desks: list[Desk]) -> None:
    desk, phone = desks
    desk.log_in("alice")
    drawer = _opened(desk, "609")
    electric, water = drawer.get_by_role("tab").all()
    expect(electric).to_have_attribute("aria-selected", "true")
    expect(drawer).to_contain_text("今日电费")
    electric.focus()
    desk.page.keyboard.press("ArrowRight")
    expect(water).to_have_attribute("aria-selected", "true")
    expect(water).to_be_focused()
    expect(drawer).to_contain_text("今日用水")
    assert f"meter={(water.get_attribute('id') or '').removeprefix('tab-')}" in desk.page.url
    expect(drawer.locator("#wall-live")).to_contain_text("m³")
    _shut_valve(drawer)
    expect(desk.page.locator(".alert-success")).to_contain_text("等待水表回读确认")
    expect(water).to_have_attribute("aria-selected", "true")
    expect(drawer.locator("#wall-live")).to_contain_text("阀门已关", timeout=60_000)
    desk.page.screenshot(path=SHOTS / "wall-water.png")
    desk.page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    assert "room=" not in desk.page.url
    _looks_at_water(phone)
