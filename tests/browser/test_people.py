"""Who gets to see a meter: applying with an answer of staff, and an owner's people from invite to removal."""

import re

import pytest
from playwright.sync_api import Locator, Route, expect
from sqlalchemy import select

from backend.audit.recording import operator
from backend.estate.holders import add_contact
from backend.estate.models import Holder
from backend.kernel.db import Session
from backend.kernel.scope import Scope
from backend.people.inviting import invite
from backend.people.models import Role
from tests.browser.conftest import PickUp
from tests.browser.office import Desk
from tests.browser.phone import Phone
from tests.browser.stage import Stage

TENANT = "青禾建筑设计事务所"
REASON = "查无此公司，请携带租赁合同到物业中心。"
TYPED = {
    "您的姓名": "周岚",
    "手机号": "13712345678",
    "企业名称": TENANT,
    "楼栋（选填）": "A座",
    "房间号（选填）": "606",
}


def _field(phone: Phone, name: str) -> Locator:
    return phone.screen.get_by_role("textbox", name=name, exact=True)


def _write(phone: Phone, **words: str) -> None:
    for name, text in {**TYPED, **words}.items():
        _field(phone, name).fill(text)


def _apply(phone: Phone, **words: str) -> None:
    """Apply as somebody who types everything."""
    phone.open("pages/apply/apply")
    _write(phone, **words)
    phone.screen.get_by_role("checkbox").tap()
    phone.tap("提交申请")
    phone.sees("等待物业审核")


def _invited(owner: Phone, name: str, *taps: str, limit: str = "") -> str:
    """Return the code of an invite that an owner makes, from the list of their people."""
    owner.tap("邀请成员")
    _field(owner, "邀请谁（选填）").fill(name)
    for tap in taps:
        owner.screen.get_by_role("radio", name=tap, exact=True).tap()
    if limit:
        _field(owner, "每月充值限额（元）").fill(limit)
    owner.tap("生成邀请码")
    owner.sees("把邀请码发给对方")
    return owner.screen.locator(".code").inner_text()


def _bound(phone: Phone, code: str) -> None:
    phone.open("pages/bind/bind")
    phone.screen.get_by_role("textbox").fill(code)
    phone.tap("绑定")
    phone.sees("绑定成功")


def _member(owner: Phone, name: str) -> None:
    owner.screen.get_by_role("button").filter(has_text=name).tap()
    owner.screen.get_by_role("textbox", name="名字").wait_for()


@pytest.mark.essential
def test_who_applies_is_told_what_is_missing_waits_and_sees_the_meter_once_staff_say_yes(
    phones: PickUp, desks: list[Desk]
) -> None:
    phone = phones("zhou")
    phone.open()
    phone.tap("没有邀请码？向物业申请")
    _write(phone, 您的姓名=" ", 手机号="12345")
    phone.tap("提交申请")
    beside = phone.screen.get_by_role("alert")
    expect(beside).to_have_text(
        [
            "请填写这一项。",
            "请填写 11 位手机号，或带区号的固定电话。",
            "请先阅读并同意个人信息说明。",
            "请检查上面标红的各项。",
        ]
    )
    phone.keep("apply-faults")
    _field(phone, "您的姓名").fill("周岚")
    _field(phone, "手机号").fill("137-1234-5678")
    phone.tap("《个人信息说明》")
    phone.keep("apply-privacy")
    phone.tap("同意")
    expect(beside).to_have_count(0)
    phone.tap("提交申请")
    phone.sees("等待物业审核")
    phone.keep("apply-waiting")
    desk = desks[0]
    desk.log_in("alice")
    desk.open("applicants")
    desk.page.get_by_role("link", name="周岚").click()
    desk.page.get_by_role("button", name="通过并绑定").first.click()
    expect(desk.page.get_by_role("status")).to_be_visible()
    phone.sees("申请已通过")  # by itself: nobody touched the telephone
    phone.sees(f"您已绑定到 {TENANT}，权限：管理员。")
    phone.keep("apply-approved")
    phone.tap("查看电表")
    phone.sees("606")
    phone.refresh_until("供电中")


def test_who_is_refused_reads_why_mends_it_sends_it_again_and_takes_it_back(phones: PickUp, desks: list[Desk]) -> None:
    phone = phones("qian")
    _apply(phone, 您的姓名="钱程", 企业名称="无此公司")
    desk = desks[0]
    desk.log_in("alice")
    desk.open("applicants")
    desk.page.get_by_role("link", name="钱程").click()
    desk.page.get_by_label("理由（申请人会看到）").fill(REASON)
    desk.page.get_by_role("button", name="驳回").click()
    expect(desk.page.get_by_role("status")).to_be_visible()
    phone.sees("申请没有通过")
    phone.sees(REASON)
    phone.keep("apply-rejected")
    expect(_field(phone, "企业名称")).to_have_value("无此公司")
    expect(_field(phone, "房间号（选填）")).to_have_value("606")
    _field(phone, "企业名称").fill(TENANT)
    phone.tap("重新提交")
    phone.sees("等待物业审核")
    expect(phone.screen.get_by_role("textbox")).to_have_count(0)
    phone.tap("撤回申请")
    phone.sees("撤回后，物业不再处理这份申请")
    phone.screen.get_by_role("dialog").get_by_role("button", name="撤回申请").tap()
    phone.sees("申请已撤回")
    expect(_field(phone, "企业名称")).to_have_value(TENANT)


def test_the_number_of_the_phone_button_lets_a_contact_in_at_once_and_only_after_consent(
    phones: PickUp, stage: Stage
) -> None:
    phone = phones("sun")
    number = stage.control("wechat/person", {"person": "sun"})["phone"]

    def known(session: Session) -> None:
        holder = session.scalars(select(Holder).filter_by(name=TENANT)).one()
        words = {"name": "孙琳", "phone": number, "by": operator("the tests")}
        add_contact(session, scope=Scope(holder.organisation_id), holder_id=holder.id, **words)

    stage.runtime.database.run(known)
    phone.open("pages/apply/apply")
    _field(phone, "您的姓名").fill("孙琳")
    _field(phone, "企业名称").fill("青禾建筑")
    phone.tap("使用微信手机号")
    phone.sees("只交给物业公司")  # before consent the key only says what happens with the number
    phone.tap("同意")
    phone.page.evaluate("sessionStorage.setItem('demo:phone', 'no')")
    phone.tap("使用微信手机号")
    phone.sees("没有取得微信手机号，请手动填写。")
    phone.page.evaluate("sessionStorage.removeItem('demo:phone')")
    phone.tap("使用微信手机号")
    phone.sees("由微信提供，提交时核实")
    phone.tap("提交申请")
    phone.sees("申请已通过")
    phone.sees("已自动通过")


def test_a_number_from_wechat_that_is_too_old_is_told_beside_it_and_the_rest_stays(phones: PickUp) -> None:
    phone = phones("zhao")
    phone.expected.append("401")
    phone.open("pages/apply/apply")
    phone.screen.get_by_role("checkbox").tap()
    _field(phone, "您的姓名").fill("赵宁")
    _field(phone, "企业名称").fill(TENANT)
    phone.tap("使用微信手机号")
    phone.sees("由微信提供，提交时核实")
    phone.page.route("**/api/mp/v1/registrations", _with_an_unknown_code)
    phone.tap("提交申请")
    phone.sees("微信手机号已过期，请重新获取或手动填写。")
    expect(_field(phone, "企业名称")).to_have_value(TENANT)


def _with_an_unknown_code(route: Route) -> None:
    body = route.request.post_data_json
    route.continue_(post_data={**body, "phone_code": "0" * 32} if body else None)


@pytest.mark.essential
def test_an_owner_invites_limits_and_removes_and_the_other_telephone_obeys(phones: PickUp) -> None:
    owner, other = phones("owns"), phones("li")
    owner.expected.append("409")  # bound before, when this is not the first of these stories
    other.expected.append("409")  # an order beyond the limit
    _as_owner(owner)
    owner.open("pages/settings/settings")
    owner.screen.get_by_role("button").filter(has_text="望岳律师事务所").tap()
    owner.sees("成员（1 人）")
    code = _invited(owner, "小李")
    picture = owner.screen.get_by_role("img", name="邀请二维码")
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 200
    _bound(other, code)
    owner.keep("invite-made")
    owner.tap("完成")
    owner.sees("成员（2 人）")
    owner.keep("members-two")
    _limits(owner, "小李", "10")
    other.tap("查看电表")
    other.top_up("11")
    other.sees("超出本月充值限额，本月还可充值 10.00 元。")
    other.open("pages/members/members")
    other.sees("每月限额 ¥10，本月已用 ¥0.00，还可充 ¥10.00")
    other.keep("members-payer")
    expect(other.screen.get_by_role("button", name="邀请成员")).to_have_count(0)
    _removes(owner, "小李")
    owner.sees("成员（1 人）")
    other.open()
    other.sees("还没有绑定的电表")


def _limits(owner: Phone, name: str, limit: str) -> None:
    _member(owner, name)
    _field(owner, "每月充值限额（元）").fill("很多")
    owner.tap("保存")
    owner.sees("请填写金额，例如 500 或 99.50；不限额请留空。")
    _field(owner, "每月充值限额（元）").fill(limit)
    owner.tap("保存")
    owner.sees(f"可充值 · 每月限额 ¥{limit}，本月已用 ¥0.00，还可充 ¥{limit}.00")


def _removes(owner: Phone, name: str) -> None:
    _member(owner, name)
    owner.screen.get_by_role("button").filter(has_text="立即失去查看和充值的权限").tap()
    owner.sees(f"移出后，{name} 不能再查看 望岳律师事务所 的电表")
    owner.keep("member-remove")
    owner.screen.get_by_role("dialog").get_by_role("button", name="移出成员").tap()


def test_an_invite_that_was_taken_back_binds_nobody(phones: PickUp) -> None:
    owner, other = phones("owns"), phones("wu")
    owner.expected.append("409")  # bound before
    other.expected.append("409")
    _as_owner(owner)
    code = _invited(owner, "小吴", "仅查看", "1 天")
    owner.tap("完成")
    owner.sees("待使用的邀请（1 个）")
    owner.sees("仅查看 · ")
    owner.keep("members-invites")
    owner.screen.get_by_role("button").filter(has_text="小吴").tap()
    owner.sees("收回后，给 小吴 的邀请码不能再使用。")
    owner.screen.get_by_role("dialog").get_by_role("button", name="收回邀请").tap()
    expect(owner.screen.get_by_text("待使用的邀请")).to_have_count(0)
    other.open("pages/bind/bind")
    other.screen.get_by_role("textbox").fill(code)
    other.tap("绑定")
    other.sees("邀请码已被使用，请向管理员要一个新的。")


def _as_owner(phone: Phone) -> None:
    """Open the people of the enterprise of this person, who may be bound already."""
    phone.open("pages/bind/bind")
    phone.screen.get_by_role("textbox").fill(phone.stage.seeded.invites[phone.person])
    phone.tap("绑定")
    phone.screen.locator(".notice, dy-state").first.wait_for()
    phone.open("pages/members/members")
    phone.sees("成员（")


def test_ownership_is_handed_over_after_its_consequence_was_read(phones: PickUp) -> None:
    owner, heir = phones("hands"), phones("heir")
    owner.expected.append("409")
    _as_owner(owner)
    owner.tap("退出该企业")
    owner.sees("退出后，您不能再查看 半山咖啡烘焙坊 的电表")
    owner.screen.get_by_role("dialog").get_by_role("button", name="返回").last.tap()
    code = _invited(owner, "小何", limit="300")
    _bound(heir, code)
    owner.tap("完成")
    _member(owner, "小何")
    owner.screen.get_by_role("button").filter(has_text="对方成为管理员").tap()
    owner.sees("移交后，小何 成为 半山咖啡烘焙坊 的管理员")
    owner.keep("member-hand")
    owner.tap("确认移交")
    owner.sees("可充值：可以查看电表和充值。成员和限额由管理员设定。")
    heir.open("pages/members/members")
    heir.sees("管理员：可以充值、邀请和移出成员、设定每月限额。")
    heir.sees("成员（2 人）")


def test_who_works_for_two_switches_between_them_and_leaves_one(phones: PickUp, stage: Stage) -> None:
    phone = phones("both")
    for name in ("听雨茶室", "白鹭诊所"):
        _bound(phone, _viewers_code(stage, name))
    phone.open("pages/settings/settings")
    phone.screen.get_by_role("button").filter(has_text="白鹭诊所").tap()
    phone.sees("仅查看：可以查看电表，不能充值。")
    phone.screen.get_by_role("button").filter(has_text="切换企业").tap()
    phone.keep("members-switch")
    phone.screen.get_by_role("radio", name=re.compile("听雨茶室")).tap()
    expect(phone.screen.locator(".title").first).to_have_text("听雨茶室")
    phone.page.reload()
    expect(phone.screen.locator(".title").first).to_have_text("听雨茶室")  # kept, not only shown
    phone.tap("退出该企业")
    phone.sees("退出后，您不能再查看 听雨茶室 的电表")
    phone.screen.get_by_role("dialog").get_by_role("button", name="退出该企业").tap()
    expect(phone.screen.locator(".title").first).to_have_text("白鹭诊所")
    expect(phone.screen.get_by_text("切换企业")).to_have_count(0)


def _viewers_code(stage: Stage, name: str) -> str:
    def made(session: Session) -> str:
        holder = session.scalars(select(Holder).filter_by(name=name)).one()
        whose = holder.organisation_id
        return invite(session, organisation_id=whose, holder_id=holder.id, role=Role.VIEWER, valid_hours=1)

    return stage.runtime.database.run(made)
