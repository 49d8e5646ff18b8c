"""What staff want a meter to hold, in a real browser, written by the bridge into a simulated meter and read back."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect
from sqlalchemy import update

from backend.metering.models import Line
from tests.browser.office import Desk

SHOTS = Path(__file__).parents[2] / "build" / "screenshots"
SLOW = 30_000


def _meter(desk: Desk, room: str) -> Page:
    """Open the page of the meter in a room."""
    desk.open(f"meters?q={room}")
    desk.page.locator("#found tbody").get_by_role("link").first.click()
    expect(desk.page.locator("#parameters .card")).to_be_visible()
    return desk.page


def _shoot(desk: Desk, name: str, width: int) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    desk.page.screenshot(path=SHOTS / f"parameters-{name}-{width}.png", full_page=True)
    assert desk.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name


def _others(page: Page) -> None:
    """Unfold the parameters of which nothing is wanted."""
    page.get_by_text(re.compile("没有设定的 .* 个参数")).click()


def test_a_threshold_is_set_and_shown_as_the_same_when_the_meter_was_read_back(desks: list[Desk]) -> None:
    desk, phone = desks
    desk.log_in("alice")
    page = _meter(desk, "604")
    _others(page)
    _shoot(desk, "never-read", 1440)
    row = page.locator("#parameter-low_credit_threshold_1")
    row.get_by_role("link", name="修改").click()
    page.get_by_label("一级报警金额").fill("很多")
    page.get_by_label("理由").fill("夏季用电")
    page.get_by_role("button", name="下发到电表").click()
    expect(page.get_by_role("alert")).to_contain_text("请填写数字")
    _shoot(desk, "wrong", 1440)
    page.get_by_label("一级报警金额").fill("25.5")
    page.get_by_role("button", name="下发到电表").click()
    expect(page.get_by_text("已提交，等待写入并回读。")).to_be_visible()
    expect(row).to_contain_text("一致", timeout=SLOW)
    expect(row).to_contain_text(re.compile(r"25\.50 元.*25\.50 元", re.DOTALL))
    page.get_by_role("button", name="读取参数").click()
    expect(row).to_be_visible()
    _shoot(desk, "same", 1440)
    phone.log_in("erin")
    _meter(phone, "604")
    _shoot(phone, "same", 390)


def test_a_schedule_typed_on_a_phone_is_agreed_on_by_another_and_written(desks: list[Desk]) -> None:
    wide, phone = desks
    # The stage runs ten times as fast: a permission of three seconds must hold four tables of a schedule.
    quick = update(Line).values(timeout_ms=150, quiet_ms=150)
    wide.office.stage.runtime.database.run(lambda session: session.execute(quick))
    phone.log_in("erin")
    page = _meter(phone, "604")
    _others(page)
    page.locator("#parameter-day_schedules").get_by_role("link", name="修改").click()
    while (rows := page.locator("input[type=time]")).count() > 1:
        rows.last.evaluate("each => each.closest('.slot').remove()")
    page.get_by_role("button", name="加一行").first.click()
    page.locator("input[type=time]").last.fill("08:00")
    page.get_by_label("时段").last.select_option("peak")
    page.get_by_label("理由").fill("执行新的分时电价")
    _shoot(phone, "schedule", 390)
    page.get_by_role("button", name="提交两人审批").click()
    expect(page.get_by_text("等待另一人同意；同意后还要在这里点“下发到电表”。")).to_be_visible()
    wide.log_in("alice")
    wide.open("approvals")
    _shoot(wide, "approval", 1440)
    wide.page.get_by_label("意见").first.fill("同意")
    wide.page.get_by_role("button", name="同意").first.click()
    page.reload()
    page.get_by_role("button", name="下发到电表").click()
    expect(page.get_by_text("已下发，等待各表写入并回读。")).to_be_visible()
    for _ in range(40):
        if page.get_by_text("已写入并回读").count():
            break
        page.wait_for_timeout(500)
        page.reload()
    expect(page.get_by_text("已写入并回读").first).to_be_visible()
    _shoot(phone, "done", 390)


def test_a_template_is_applied_to_what_the_filter_finds_and_who_cannot_is_said_before(desks: list[Desk]) -> None:
    desk, phone = desks
    desk.log_in("alice")
    desk.open("parameter-templates/new")
    page = desk.page
    page.get_by_label("名称").fill("办公标准")
    page.get_by_role("button", name="新建", exact=True).click()
    for words, value in (("二级报警金额", "10"), ("负荷限值", "6000")):
        page.get_by_label("参数", exact=True).select_option(label=words)
        page.get_by_role("button", name="添加参数").click()
        page.get_by_label(words).fill(value)
        page.get_by_role("button", name="保存").click()
    _shoot(desk, "template", 1440)
    desk.open("meters?q=30")
    page.get_by_role("link", name="套用参数模板").click()
    page.get_by_label("参数模板").select_option(label="办公标准")
    page.get_by_label("理由").fill("统一办公室的报警金额")
    page.get_by_role("button", name="预览").click()
    expect(page.get_by_text("这个型号没有此参数").first).to_be_visible()
    _shoot(desk, "preview", 1440)
    page.get_by_role("button", name="确认下发").click()
    expect(page.get_by_role("heading", name="参数变更")).to_be_visible()
    _shoot(desk, "result", 1440)
    address = page.url
    phone.log_in("grace")
    phone.page.goto(address)
    _shoot(phone, "result", 390)
    phone.open("parameters")
    _shoot(phone, "list", 390)
    desk.open("parameters")
    _shoot(desk, "list", 1440)
