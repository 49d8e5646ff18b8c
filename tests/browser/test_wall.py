"""The room wall in a real browser: filter, open a room, open its breaker, and see its tile change by itself."""

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.office import Desk


def _open_breaker(drawer: Locator) -> None:
    drawer.locator("summary", has_text="拉闸").click()
    drawer.locator("#reason-open").fill("检修配电箱")
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
