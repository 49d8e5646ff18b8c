"""Changes of parameters at their pages: who may take one back, what to do when one came to nothing, who agreed."""

import re

import pytest
from sqlalchemy import func, select, update

from backend.metering.command_models import MeterCommand
from backend.metering.models import Meter
from backend.metering.parameter_models import MeterParameter
from backend.metering.parameters.change_models import ParameterChange
from backend.metering.parameters.template_models import ParameterTemplate
from backend.runtime import Runtime
from backend.staff.approval_models import Approval
from backend.staff.roles import StaffRole
from meter_bridge.protocol import CommandState
from tests.flows.staff_world import Office, open_office
from tests.web.office import Browser, at_desk
from tests.web.parameter_desk import Desk, able_office, desk_of, made_template

PRICES = {"price-peak": "1.2", "price-flat": "0.8"}


@pytest.fixture
def office(runtime: Runtime) -> Office:
    return able_office(runtime)


def _states(office: Office) -> list[CommandState]:
    return list(office.runtime.database.run(lambda s: s.scalars(select(MeterCommand.state).order_by(MeterCommand.id))))


def _changed(desk: Desk) -> ParameterChange:
    newest = select(ParameterChange).order_by(ParameterChange.id.desc()).limit(1)
    change: ParameterChange = desk.office.runtime.database.run(lambda s: s.scalars(newest).one())
    return change


def _boss(desk: Desk) -> Browser:
    """Let somebody else agree to the newest change; returns where they sit."""
    boss = at_desk(desk.office, "erin", StaffRole.FINANCE)
    boss.see("/admin/approvals")
    boss.send(f"/admin/approvals/{_changed(desk).approval_id}/approve", answer="照表执行")
    return boss


def test_a_waiting_overdraft_is_not_taken_back_by_who_may_only_operate(office: Office) -> None:
    desk = desk_of(office)
    desk.set("overdraft_limit", value="5")
    grace = at_desk(office, "grace", StaffRole.TECHNICIAN)
    shown = grace.see(f"{desk.page}/live")
    assert ("透支" in shown, "/withdraw" in shown, "/cancel/" in shown) == (True, False, False)
    reference = office.runtime.database.run(lambda s: s.scalars(select(MeterCommand.reference)).one())
    grace.see(desk.page)
    assert grace.send(f"{desk.page}/cancel/{reference}").status_code == 404
    assert grace.send(f"{desk.page}/parameters/overdraft_limit/withdraw").status_code == 403
    assert _states(office) == [CommandState.QUEUED]
    assert f"{desk.page}/parameters/overdraft_limit/withdraw" in desk.browser.see(f"{desk.page}/live")
    answer = desk.browser.send(f"{desk.page}/parameters/overdraft_limit/withdraw", back=desk.page)
    assert (answer.status_code, answer.headers["Location"]) == (303, desk.page)
    assert (_states(office), desk.wanted("overdraft_limit")) == ([CommandState.CANCELLED], None)


def test_what_a_lock_kept_out_says_what_to_do_and_is_sent_again(office: Office) -> None:
    desk = desk_of(office)
    desk.set("low_credit_threshold_1", value="20")
    desk.browser.see(desk.page)
    desk.browser.send(f"{desk.page}/lock", reason="换母排")
    desk.settle(CommandState.CANCELLED, "locked")
    page = f"/admin/parameter-changes/{_changed(desk).id}"
    again = f"{desk.page}/parameters/low_credit_threshold_1/again"
    shown = desk.now()
    assert ("取下检修锁后，在这里重新下发" in shown, again in shown) == (True, False)
    lock = re.search(r"/admin/locks/\d+/take-off", desk.browser.see(desk.page))
    assert lock is not None
    desk.browser.send(lock[0], back=desk.page)
    shown = desk.now()
    assert ("锁已取下，请重新下发" in shown, again in shown) == (True, True)
    assert all(word in desk.browser.see(page) for word in ("1 项没有写入电表", "重新下发（1 项）"))
    desk.browser.send(f"{page}/again")
    shown = desk.browser.see(page)
    assert ("已重新下发 1 项" in shown, "待写入" in shown, "没有写入电表" in shown) == (True, True, False)
    assert _states(office) == [CommandState.CANCELLED, CommandState.QUEUED]
    assert desk.browser.send(f"{page}/again").status_code in (303, 409)
    assert len(_states(office)) == 2


def test_what_a_newer_change_wants_is_not_sent_again_by_the_older_one(office: Office) -> None:
    desk = desk_of(office)
    desk.set("low_credit_threshold_1", value="20")
    older = _changed(desk)
    desk.settle(CommandState.CANCELLED, "locked")
    desk.set("low_credit_threshold_1", value="30")
    desk.settle(CommandState.CANCELLED, "locked")
    assert "没有写入电表" not in desk.browser.see(f"/admin/parameter-changes/{older.id}")
    assert "1 项没有写入电表" in desk.browser.see(f"/admin/parameter-changes/{_changed(desk).id}")


def test_prices_are_not_sent_again_by_who_may_not_change_them(office: Office) -> None:
    desk = desk_of(office)
    desk.set("overdraft_limit", value="5")
    desk.settle(CommandState.REFUSED, "refused_by_meter")
    page = f"/admin/parameter-changes/{_changed(desk).id}"
    grace = at_desk(office, "grace", StaffRole.TECHNICIAN)
    assert "重新下发（" not in grace.see(page)
    assert grace.send(f"{page}/again").status_code == 403
    assert _states(office) == [CommandState.REFUSED]


def test_what_was_agreed_to_says_that_nothing_was_sent_and_then_who_asked_and_who_agreed(office: Office) -> None:
    desk = desk_of(office)
    desk.set("unit_prices", **PRICES)
    page = f"/admin/parameter-changes/{_changed(desk).id}"
    shown = desk.browser.see(page)
    assert ("同意后还要在这里点“下发到电表”" in shown, "carry-out" in shown) == (True, False)
    boss = _boss(desk)
    assert "已同意，还没有执行" in boss.see("/admin/approvals")
    waiting = desk.browser.see("/admin/approvals")
    assert all(word in waiting for word in ("打开变更，点“下发到电表”", f'href="{page}"', "已同意、待执行"))
    assert re.search(r"已同意、待执行</span><b>1</b>", desk.browser.see("/admin/"))
    shown = desk.browser.see(page)
    assert ("还没有下发：Erin 已同意" in shown, _states(office)) == (True, [])
    grace = at_desk(office, "grace", StaffRole.TECHNICIAN)
    assert "由 Alice 或其他有调价权限的人在这里下发" in grace.see(page)
    desk.browser.see(page)
    desk.browser.send(f"{page}/carry-out")
    shown = desk.browser.see(page)
    assert "还没有下发" not in shown
    assert re.search(r"申请人</dt><dd>Alice", shown)
    assert re.search(r"审批人</dt><dd>Erin.*照表执行", shown)
    assert re.search(r"已同意、待执行</span><b>0</b>", desk.browser.see("/admin/"))


def test_prices_asked_for_twice_are_one_request(office: Office) -> None:
    desk = desk_of(office)
    template = made_template(desk)
    page = f"/admin/parameter-templates/{template.id}/values/unit_prices"
    desk.browser.see(page)
    desk.browser.send(page, **PRICES)
    query = f"q={desk.estate.meter.number}"
    desk.browser.see(f"/admin/meters/to-template?{query}")
    looks = []
    for _ in range(2):  # two tabs
        asked = {"template": template.id, "reason": "夏季"}
        looks.append(desk.browser.send(f"/admin/meters/to-template?{query}", **asked).text)
    places = set()
    for look in [looks[0], looks[0], looks[1]]:
        desk.browser.shown = look
        digest = look.partition('name="digest" value="')[2].partition('"')[0]
        told = {"template": template.id, "reason": "夏季", "digest": digest}
        places.add(desk.browser.send(f"/admin/meters/to-template/confirm?{query}", **told).headers["Location"])
    assert len(places) == 1
    assert office.runtime.database.run(lambda s: s.scalar(select(func.count()).select_from(Approval))) == 1
    desk.set("unit_prices", **PRICES | {"price-peak": "1.3"})
    assert office.runtime.database.run(lambda s: s.scalar(select(func.count()).select_from(Approval))) == 2


def test_what_was_asked_for_before_is_asked_for_anew_once_it_was_carried_out(office: Office) -> None:
    desk = desk_of(office)
    desk.set("unit_prices", **PRICES)
    first = _changed(desk)
    _boss(desk)
    desk.browser.see(f"/admin/parameter-changes/{first.id}")
    desk.browser.send(f"/admin/parameter-changes/{first.id}/carry-out")
    desk.set("unit_prices", **PRICES)
    assert _changed(desk).id != first.id


def test_an_order_sent_again_is_the_one_its_change_tells_of(office: Office) -> None:
    desk = desk_of(office)
    desk.set("low_credit_threshold_1", value="20")
    desk.settle(CommandState.REFUSED, "refused_by_meter")
    desk.now()
    desk.browser.see(desk.page)
    desk.browser.send(f"{desk.page}/parameters/low_credit_threshold_1/again")
    one = select(MeterParameter).join(Meter, Meter.id == MeterParameter.meter_id)
    assert office.runtime.database.run(lambda s: s.scalars(one).one().command_id) is not None
    assert "待写入" in desk.browser.see(f"/admin/parameter-changes/{_changed(desk).id}")


def test_a_template_of_all_parks_is_read_and_applied_in_one_and_changed_by_who_may_everywhere(office: Office) -> None:
    desk = desk_of(office)
    template = made_template(desk, low_credit_threshold_1="30")
    page, east = f"/admin/parameter-templates/{template.id}", office.parks[0]
    henry = at_desk(office, "henry", StaffRole.TECHNICIAN, east)
    assert "商铺夏季" in henry.see("/admin/parameter-templates")
    assert "商铺夏季" in desk.browser.see(f"/admin/parameter-templates?park={east.id}")
    shown = henry.see(page)
    assert all(word in shown for word in ("30.00 元", "只有管理全部园区参数的人能修改", "从电表列表套用"))
    assert f"{page}/change" not in shown
    henry.see(f"{page}/change", 404)
    henry.see(f"{page}/values/low_credit_threshold_1", 404)
    henry.see("/admin/meters/to-template")
    looked = henry.send("/admin/meters/to-template", template=template.id, reason="入夏").text
    there = [f'href="/admin/meters/{each.id}"' in looked for each in (desk.estate.meter, desk.estate.far_meter)]
    assert there == [True, False]
    stranger = open_office(office.runtime, "Another company")
    outside = at_desk(stranger, "ivan", StaffRole.ADMINISTRATOR)
    outside.see(page, 404)
    assert "商铺夏季" not in outside.see("/admin/parameter-templates")


def test_a_template_of_another_park_is_neither_read_nor_applied(office: Office) -> None:
    desk = desk_of(office)
    template = made_template(desk, low_credit_threshold_1="30")
    west = update(ParameterTemplate).values(park_id=office.parks[1].id)
    office.runtime.database.run(lambda session: session.execute(west))
    henry = at_desk(office, "henry", StaffRole.TECHNICIAN, office.parks[0])
    henry.see(f"/admin/parameter-templates/{template.id}", 404)
    assert "商铺夏季" not in henry.see("/admin/parameter-templates")
    henry.see("/admin/meters/to-template")
    answer = henry.send("/admin/meters/to-template", template=template.id, reason="入夏")
    assert ("预览：" in answer.text, "商铺夏季" in answer.text) == (False, False)
