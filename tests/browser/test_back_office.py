"""Staff at their desk, in a real browser: in by password and telephone, search, list, export, a session ended."""

import pytest
from playwright.sync_api import expect

from tests.browser.office import Desk


@pytest.mark.essential
def test_staff_log_in_search_export_and_end_a_session(desks: list[Desk]) -> None:
    desk, phone = desks
    desk.log_in("alice")
    desk.page.keyboard.press("Control+k")
    desk.page.keyboard.type("301")
    expect(desk.page.locator("#hits .hit").first).to_be_visible()
    desk.page.keyboard.press("Enter")
    expect(desk.page.get_by_role("heading", name="301")).to_be_visible()
    desk.open("rooms")
    desk.page.keyboard.press("Control+k")
    desk.page.keyboard.type("301")
    expect(desk.page.locator("#hits .hit").first).to_be_visible()
    expect(desk.page.locator("#found table")).to_be_visible()
    desk.page.keyboard.press("Escape")
    desk.page.get_by_placeholder("房号或企业").fill("蓝鲸")
    expect(desk.page).to_have_url(f"{desk.office.stage.url}/admin/rooms?q=%E8%93%9D%E9%B2%B8")
    expect(desk.page.locator("#found")).to_contain_text("清除条件")
    desk.page.locator("summary", has_text="导出").click()
    with desk.page.expect_download() as caught:
        desk.page.get_by_role("link", name="CSV").click()
    assert caught.value.path().read_bytes().startswith(b"\xef\xbb\xbf")
    phone.log_in("alice")
    desk.open("account")
    desk.page.get_by_role("button", name="结束", exact=True).first.click()
    expect(desk.page.get_by_text("该登录已结束。")).to_be_visible()
    phone.open("rooms")
    expect(phone.page.get_by_role("heading", name="登录管理后台")).to_be_visible()
