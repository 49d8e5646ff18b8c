"""What staff do, in a real browser: take an estate over, decide who is bound, invite a colleague, split a room."""

from typing import Any

import pytest
from playwright.sync_api import FilePayload, expect
from sqlalchemy import select

from backend.kernel.db import Session
from backend.people.logging_in import user_of_openid
from backend.people.models import WechatApp, WechatAppKind
from backend.people.registering import Application, apply
from backend.staff.enrolling import totp_secret
from backend.staff.one_time_codes import code_at, step_of
from backend.staff.queries import staff_called
from tests.browser.office import Desk
from tests.browser.stage import Stage
from tests.flows.import_world import workbook

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ROOM = {"park": "锦程科技园", "building": "C座", "floor": 2, "kind": "宿舍", "area_dm2": 40}
PASSWORD = "a tall ship at sea"


def _file(*rooms: dict[str, Any]) -> FilePayload:
    return {"name": "rooms.xlsx", "mimeType": XLSX, "buffer": workbook(rooms=rooms)}


def applicants(stage: Stage, *names: str) -> None:
    """Let people apply for a tenant of the stage."""

    def sent(session: Session) -> None:
        app = session.scalars(select(WechatApp).filter_by(kind=WechatAppKind.MINI_PROGRAM)).first()
        assert app is not None
        for name in names:
            user = user_of_openid(session, app=app, openid=f"o-{name}", unionid=None)
            told = Application(name=name, phone="13700001111", enterprise="蓝鲸科技", building="A座", room="301")
            apply(session, user=user, application=told, request_id="browser")

    stage.runtime.database.run(sent)


@pytest.mark.essential
def test_a_workbook_with_errors_is_mended_and_a_room_of_it_is_split(desks: list[Desk]) -> None:
    desk = desks[0]
    desk.log_in("alice")
    desk.open("import")
    page = desk.page
    page.get_by_label("工作簿").set_input_files(
        _file({**ROOM, "number": "201"}, {**ROOM, "number": "202", "area_dm2": "大"})
    )
    page.get_by_role("button", name="检查文件").click()
    expect(page.locator("td.bad")).to_contain_text("面积应为数字")
    expect(page.get_by_role("button", name="确认导入")).to_have_count(0)
    page.get_by_label("修改后的文件").set_input_files(_file({**ROOM, "number": "201"}, {**ROOM, "number": "202"}))
    page.get_by_role("button", name="再检查一次").click()
    page.get_by_role("button", name="确认导入").click()
    expect(page.get_by_text("已导入：新增或更新 2 行。")).to_be_visible()
    desk.open("rooms?q=201&kind=dormitory")
    page.locator("#found").get_by_role("link", name="201", exact=True).click()
    page.get_by_label("更多操作").click()
    page.get_by_role("link", name="拆分房间").click()
    for part, (number, area) in enumerate((("201甲", "25"), ("201乙", "5"))):
        page.locator(f"#f-number{part}").fill(number)
        page.locator(f"#f-area{part}").fill(area)
    page.get_by_role("button", name="拆分", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("各间面积之和与原面积不符")
    expect(page.locator("#f-number1")).to_have_value("201乙")
    page.locator("#f-area1").fill("15")
    page.get_by_role("button", name="拆分", exact=True).click()
    expect(page.get_by_role("heading", name="C座 201甲")).to_be_visible()
    expect(page.get_by_text("房间已拆分。")).to_be_visible()


def test_one_applicant_is_bound_and_another_is_told_why_not(desks: list[Desk], stage: Stage) -> None:
    applicants(stage, "何清", "马远")
    desk = desks[0]
    desk.log_in("alice")
    desk.open("applicants")
    desk.page.get_by_role("link", name="何清").click()
    desk.page.get_by_role("button", name="通过并绑定").first.click()
    expect(desk.page.get_by_role("status")).to_be_visible()
    desk.open("applicants")
    desk.page.get_by_role("link", name="马远").click()
    desk.page.get_by_label("理由（申请人会看到）").fill("请联系企业管理员邀请您")
    desk.page.get_by_role("button", name="驳回").click()
    expect(desk.page.get_by_role("status")).to_be_visible()
    desk.open("applicants?state=rejected")
    expect(desk.page.get_by_role("link", name="马远")).to_be_visible()
    desk.open("applicants?state=approved")
    expect(desk.page.get_by_role("link", name="何清")).to_be_visible()


def test_a_colleague_is_invited_sets_up_and_comes_in_and_is_logged_out(desks: list[Desk], stage: Stage) -> None:
    desk, phone = desks
    desk.log_in("alice")
    desk.open("staff/invite")
    desk.page.get_by_label("姓名").fill("林娜")
    desk.page.get_by_label("用户名").fill("nina")
    desk.page.get_by_label("角色").select_option("cashier")
    desk.page.get_by_role("button", name="生成设置链接").click()
    link = desk.page.locator("code.secret").inner_text()
    phone.page.goto(link)
    phone.page.get_by_label("选择一个密码").fill(PASSWORD)

    def code(session: Session) -> str:
        return code_at(
            totp_secret(staff_called(session, login="nina"), stage.runtime.seal), step_of(session.clock.now())
        )

    phone.page.get_by_label("输入它显示的六位数字").fill(stage.runtime.database.run(code))
    phone.page.get_by_role("button", name="完成设置").click()
    expect(phone.page.get_by_text("请保存恢复码")).to_be_visible()
    desk.office.passwords["nina"] = PASSWORD
    phone.log_in("nina")
    desk.open("staff?q=nina")
    desk.page.locator("#found").get_by_role("link", name="林娜").click()
    expect(desk.page.get_by_text("收费员").first).to_be_visible()
    desk.page.get_by_role("button", name="结束", exact=True).click()
    expect(desk.page.get_by_text("该登录已结束。")).to_be_visible()
    phone.open("orders")
    expect(phone.page.get_by_role("heading", name="登录管理后台")).to_be_visible()
