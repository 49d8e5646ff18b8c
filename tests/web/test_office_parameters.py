"""Parameters at the pages of the office: wanted beside actual, forms by kind, two persons, templates and lists."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from backend.kernel.scope import Scope
from backend.metering.command_models import MeterCommand
from backend.metering.groups.grouping import put_in_group
from backend.metering.models import Meter
from backend.metering.parameters.change_models import ParameterChange, ParameterChangeItem
from backend.runtime import Runtime
from backend.staff.roles import StaffRole
from meter_bridge.protocol import CommandState
from tests.flows.staff_world import TESTER, Office
from tests.web.estate import built
from tests.web.office import at_desk
from tests.web.parameter_desk import able_office, desk_of, made_template


@pytest.fixture
def office(runtime: Runtime) -> Office:
    return able_office(runtime)


def test_wanted_and_actual_stand_beside_each_other_with_their_state(office: Office) -> None:
    desk = desk_of(office)
    assert ("从未读取" in desk.now(), "读取参数" in desk.now()) == (True, True)
    assert "已提交，等待写入并回读。" in desk.set("low_credit_threshold_1", value="25.5")
    assert all(word in desk.now() for word in ("待写入", "25.50 元", "Alice", "撤回"))
    assert "一级报警金额" in desk.browser.see(f"{desk.page}/live")
    desk.settle(CommandState.CONFIRMED)
    desk.told(low_credit_threshold_1=2_550)
    assert ("一致" in desk.now(), "不一致" in desk.now()) == (True, False)
    desk.told(low_credit_threshold_1=100)
    shown = desk.now()
    assert all(word in shown for word in ("不一致", "1.00 元", "重新下发", "以表内为准"))
    assert 'value="1.00"' in desk.browser.see(f"{desk.page}/parameters/low_credit_threshold_1?from=actual")
    desk.browser.see(f"{desk.page}/parameters")
    desk.browser.send(f"{desk.page}/parameters/low_credit_threshold_1/again")
    assert "待写入" in desk.now()
    desk.browser.send(f"{desk.page}/parameters/low_credit_threshold_1/withdraw")
    assert "已撤回。" in desk.browser.see(desk.page)
    desk.browser.see(f"{desk.page}/parameters")
    desk.browser.send(f"{desk.page}/parameters/read")
    newest = select(MeterCommand.kind).order_by(MeterCommand.id.desc()).limit(1)
    assert office.runtime.database.run(lambda s: s.scalar(newest)) == "read_parameters"


@pytest.mark.parametrize(
    ("code", "fields", "sentence"),
    [
        ("low_credit_threshold_1", {"value": "viele"}, "请填写数字"),
        ("low_credit_threshold_1", {"value": "-5"}, "请填写数字"),
        ("low_credit_threshold_1", {"value": "9" * 15}, "不能大于"),
        ("low_credit_threshold_1", {"value": "1.005"}, "最多 2 位小数"),
        ("low_credit_threshold_1", {"value": "1000.01"}, "不能大于 1,000.00 元"),
        ("overload_limit", {"value": "2005"}, "应为 10 W 的整数倍"),
        ("low_credit_threshold_1", {"value": "5", "reason": ""}, "请填写此项"),
        ("unit_prices", {"price-peak": "1.2", "price-flat": ""}, "请填写数字"),
        ("unit_prices", {"price-peak": "9.2", "price-flat": "0.5"}, "不能大于 3.00 元/kWh"),
        ("day_schedules", {"t-1-0": "01:00", "p-1-0": "flat"}, "第一行应从 00:00 开始"),
        ("day_schedules", {"t-1-0": "00:00", "p-1-0": "valley"}, "这个型号的时段是：平、峰"),
        ("day_schedules", {"t-1-0": "quarter past", "p-1-0": "flat"}, "应为时间，如 08:00"),
        ("day_schedules", {"t-1-0": "00:00", "p-1-0": "flat", "t-1-1": "24:00"}, "应为时间，如 08:00"),
        ("day_schedules", {"t-1-0": "00:00", "p-1-0": "flat", "t-1-1": "08:00 or so"}, "应为时间，如 08:00"),
        ("day_schedules", {"t-1-x": "00:00", "p-1-x": "flat"}, "内容不完整"),
        ("day_schedules", {"t-1-0": "00:00", "p-1-0": "flat", "t-2-0": "", "t-3-0": "00:00"}, "第 2 日表是空的"),
        ("date_plan", {"m-0": "2", "d-0": "30", "s-0": "1"}, "2-30 不是日期"),
        ("date_plan", {"m-0": "2", "d-0": "3", "s-0": "7"}, "没有第 7 个日时段表，这个型号有 2 个"),
    ],
)
def test_what_does_not_fit_is_said_beside_the_field_and_nothing_is_wanted(
    office: Office, code: str, fields: dict[str, str], sentence: str
) -> None:
    desk = desk_of(office)
    shown = desk.set(code, **fields)
    assert sentence in shown
    typed = next(iter(fields.values()))
    assert typed in shown
    assert desk.wanted(code) is None


def test_a_schedule_is_typed_row_by_row_and_agreed_on_by_two_before_it_is_sent(office: Office) -> None:
    desk = desk_of(office)
    more = desk.set("day_schedules", **{"t-1-0": "00:00", "p-1-0": "flat", "more": "1"})
    assert 'name="t-1-1"' in more
    assert 'name="t-2-0"' in desk.set("day_schedules", **{"t-1-0": "00:00", "p-1-0": "flat", "more": "day"})
    rows = {"t-1-0": "00:00", "p-1-0": "flat", "t-1-1": "08:30", "p-1-1": "peak", "t-1-2": "", "p-1-2": "flat"}
    shown = desk.set("day_schedules", **rows)
    assert "等待另一人同意" in shown
    assert "第 1 日表：00:00 平 · 08:30 峰" in shown
    assert desk.wanted("day_schedules") is None
    assert "查看变更" in desk.now()
    boss = at_desk(office, "erin", StaffRole.FINANCE)
    assert "日时段表 第 1 日表：00:00 平 · 08:30 峰" in boss.see("/admin/approvals")
    change = office.runtime.database.run(lambda s: s.scalars(select(ParameterChange)).one())
    boss.send(f"/admin/approvals/{change.approval_id}/approve", answer="同意")
    page = f"/admin/parameter-changes/{change.id}"
    assert "还没有下发：Erin 已同意，电表里仍是原来的值。" in desk.browser.see(page)
    desk.browser.send(f"{page}/carry-out")
    assert "待写入" in desk.browser.see(page)
    assert desk.wanted("day_schedules") == [[[0, "flat"], [510, "peak"]]]


def test_prices_are_not_offered_to_a_technician_and_not_taken_from_one(office: Office) -> None:
    desk = desk_of(office, StaffRole.TECHNICIAN, "grace")
    shown = desk.now()
    assert f"{desk.page}/parameters/low_credit_threshold_1" in shown
    assert f"{desk.page}/parameters/unit_prices" not in shown
    assert "只能由有调价权限的人设置" in desk.set("unit_prices", **{"price-peak": "1.2", "price-flat": "0.8"})
    assert "只能由有调价权限的人设置" in desk.set("overdraft_limit", value="5")


def test_who_told_no_password_of_late_is_led_there_before_typing(office: Office) -> None:
    desk = desk_of(office)
    office.clock.ahead += timedelta(minutes=6)
    answer = desk.browser.client.get(f"{desk.page}/parameters/unit_prices")
    assert (answer.status_code, "/admin/prove" in answer.headers["Location"]) == (303, True)


def test_a_template_is_looked_at_and_applied_to_the_meters_of_a_filter(office: Office) -> None:
    desk = desk_of(office)
    browser = desk.browser
    relay = update(Meter).where(Meter.id == desk.estate.far_meter.id).values(profile="generic_relay")
    office.runtime.database.run(lambda s: s.execute(relay))
    reach, group, ids = Scope(office.organisation.id), desk.estate.group.id, [desk.estate.meter.id]
    ids.append(desk.estate.far_meter.id)
    office.runtime.database.run(lambda s: put_in_group(s, scope=reach, group_id=group, meter_ids=ids, by=TESTER))
    template = made_template(desk, low_credit_threshold_1="30", overload_limit="4000")
    page = f"/admin/parameter-templates/{template.id}"
    assert all(word in browser.see(page) for word in ("30.00 元", "4,000 W", "第 3 版", "负荷限值 4,000 W"))
    assert all(word in browser.see("/admin/parameter-templates") for word in ("商铺夏季", "一级报警金额", "负荷限值"))
    query = f"group={desk.estate.group.id}"
    assert "找到 2 只电表" in browser.see(f"/admin/meters/to-template?{query}")
    looked = browser.send(f"/admin/meters/to-template?{query}", template=template.id, reason="入夏").text
    assert all(word in looked for word in ("放不下的（1 只）", "这个型号没有此参数", "确认下发（1 只）"))
    assert office.runtime.database.run(lambda s: s.scalars(select(ParameterChange)).all()) == []
    digest = looked.partition('name="digest" value="')[2].partition('"')[0]
    browser.shown = looked
    for torn in ({}, {"template": "x"}, {"template": template.id, "reason": ""}):
        answer = browser.send(f"/admin/meters/to-template/confirm?{query}", **torn, digest=digest)
        assert ("套用参数模板" in answer.text, answer.status_code) == (True, 200)
    stale = browser.send(f"/admin/meters/to-template/confirm?{query}", template=template.id, reason="入夏", digest="no")
    assert stale.status_code in (303, 409)
    for _ in range(2):  # a form sent twice
        browser.send(f"/admin/meters/to-template/confirm?{query}", template=template.id, reason="入夏", digest=digest)
    change = office.runtime.database.run(lambda s: s.scalars(select(ParameterChange)).one())
    shown = browser.see(f"/admin/parameter-changes/{change.id}")
    assert all(word in shown for word in ("待写入", "无法设置", "入夏", "商铺夏季"))
    items = office.runtime.database.run(lambda s: s.scalars(select(ParameterChangeItem)).all())
    assert len(items) == 4
    assert desk.wanted("overload_limit") == 4_000


def test_a_template_that_was_ended_is_gone_and_one_without_values_is_not_applied(office: Office) -> None:
    desk = desk_of(office)
    page = f"/admin/parameter-templates/{made_template(desk, overload_limit='4000').id}"
    desk.browser.see(page)
    desk.browser.send(f"{page}/values/overload_limit/remove")
    desk.browser.see("/admin/meters/to-template")
    number = page.rpartition("/")[2]
    empty = desk.browser.send("/admin/meters/to-template", template=number, reason="入夏", back="/admin/")
    assert empty.status_code == 303
    assert "模板里还没有参数" in desk.browser.see("/admin/")
    desk.browser.see(f"{page}/end")
    desk.browser.send(f"{page}/end")
    desk.browser.see(page, 404)


def test_the_list_finds_what_differs_and_exports_it(office: Office) -> None:
    desk = desk_of(office)
    desk.set("low_credit_threshold_1", value="20")
    desk.set("overload_limit", value="3000")
    desk.settle(CommandState.CONFIRMED)
    desk.told(low_credit_threshold_1=500, overload_limit=3_000)
    shown = desk.browser.see("/admin/parameters?state=drift")
    assert ("20.00 元" in shown, "5.00 元" in shown, "3,000 W" in shown) == (True, True, False)
    sheet = desk.browser.client.get("/admin/parameters/export?state=drift&format=csv").get_data(as_text=True)
    assert "M0" in sheet
    assert "一级报警金额" in sheet
    assert "20.00 元" in sheet
    assert "参数不一致" in desk.browser.see("/admin/")


def test_the_list_shows_what_is_not_settled_and_first_what_needs_a_person(office: Office) -> None:
    desk = desk_of(office)
    for code, value in (("low_credit_threshold_1", "20"), ("overload_limit", "3000"), ("overdraft_limit", "5")):
        desk.set(code, value=value)
    desk.settle(CommandState.CONFIRMED)
    desk.told(low_credit_threshold_1=2_000, overload_limit=1_000, overdraft_limit=500)
    desk.set("overdraft_limit", value="6")

    def rows(state: str = "") -> list[str]:
        text = desk.browser.see(f"/admin/parameters{state}").partition("<tbody>")[2]
        return re.findall("<td>(一级报警金额|负荷限值|透支限额)</td>", text)

    assert rows() == ["负荷限值", "透支限额"], "what differs before what waits"
    assert '<option value="unsettled" selected>' in desk.browser.see("/admin/parameters")
    assert rows("?state=every") == ["负荷限值", "透支限额", "一级报警金额"], "what is settled comes last"
    assert rows("?state=same") == ["一级报警金额"]
    assert rows("?state=nonsense") == rows("?state=every")
    exported = desk.browser.client.get("/admin/parameters/export?format=csv").get_data(as_text=True)
    assert len(exported.strip().splitlines()) == 3
    desk.told(overload_limit=3_000, overdraft_limit=600)
    desk.settle(CommandState.CONFIRMED)
    assert "已设定的都与电表一致" in desk.browser.see("/admin/parameters")


def test_why_an_order_came_to_nothing_is_said_in_words(office: Office) -> None:
    desk = desk_of(office)
    desk.set("low_credit_threshold_1", value="20")
    for note, words in (("refused_by_meter", "电表拒绝写入"), ("parameter_too_high", "高于上限")):
        desk.settle(CommandState.REFUSED, note)
        assert all(word in desk.now() for word in ("被拒绝", words))


def test_a_meter_of_another_park_is_not_found(office: Office) -> None:
    estate = built(office)
    desk = at_desk(office, "henry", StaffRole.TECHNICIAN, office.parks[0])
    for path in ("", "/low_credit_threshold_1"):
        desk.see(f"/admin/meters/{estate.far_meter.id}/parameters{path}", 404)
    desk.see(f"/admin/meters/{estate.meter.id}/parameters/low_credit_threshold_1")
    desk.see(f"/admin/meters/{estate.meter.id}/parameters/nonsense", 404)
    answer = desk.send(f"/admin/meters/{estate.far_meter.id}/parameters/low_credit_threshold_1", value="5", reason="x")
    assert answer.status_code == 404
    desk.see("/admin/parameter-templates/new")
    answer = desk.send("/admin/parameter-templates/new", name="x", unit="money", park=office.parks[1].id, remark="")
    assert answer.status_code == 404
