"""Pages of one thing, what is done there, and what waits for staff."""

import re
from datetime import timedelta

from sqlalchemy import select, update

from backend.audit.models import AuditEntry
from backend.estate.credit_code import check_sign
from backend.kernel.db import Session
from backend.metering.causes import CommandCause
from backend.metering.command_models import MeterCommand
from backend.metering.commands.commanding import queue_command
from backend.metering.models import Meter
from backend.people.models import Binding
from backend.people.registering import Application, apply
from backend.staff.approving import ask_approval
from backend.staff.roles import ApprovalKind, StaffRole
from meter_bridge.protocol import CommandKind, CreditUnit
from tests.flows.staff_world import Office
from tests.web.estate import PHONE, SPITEFUL, built
from tests.web.office import Browser, at_desk, browser

CODE = "91310000MA1FL2345"


def _actions(office: Office) -> list[tuple[str, str | None]]:
    entries = select(AuditEntry).order_by(AuditEntry.id)
    return [(e.action, e.reason) for e in office.runtime.database.run(lambda s: s.scalars(entries).all())]


def _prove_late(office: Office, desk: Browser) -> None:
    office.clock.ahead += timedelta(minutes=6)
    desk.see("/admin/account")


def test_rooms_enterprises_meters_and_orders_lead_to_each_other(office: Office) -> None:
    estate, desk = built(office), at_desk(office, "alice", StaffRole.ADMINISTRATOR)
    room, holder = f"/admin/rooms/{estate.east.id}", f"/admin/enterprises/{estate.holder.id}"
    meter, order = f"/admin/meters/{estate.meter.id}", f"/admin/orders/{estate.order.order_no}"
    for page, links in (
        (room, (holder, meter)),
        (holder, (room,)),
        (meter, (room, holder)),
        (order, (room, holder, meter)),
    ):
        text = desk.see(page)
        assert [link for link in links if link not in text] == []
    text = desk.see(order)
    assert ("¥100.00" in text, "42000000" in text, '"out_trade_no"' in text) == (True, True, True)


def test_an_entry_of_the_trail_leads_to_what_it_tells_of(office: Office) -> None:
    estate, desk = built(office), at_desk(office, "alice", StaffRole.ADMINISTRATOR)
    assert f"/admin/things/holder/{estate.holder.id}" in desk.see("/admin/audit")
    led = desk.client.get(f"/admin/things/holder/{estate.holder.id}")
    assert led.headers["Location"] == f"/admin/enterprises/{estate.holder.id}"
    assert "新增联系人" in desk.see(led.headers["Location"])


def test_papers_and_contacts_are_kept_and_stand_in_the_trail(office: Office) -> None:
    estate, desk = built(office), at_desk(office, "alice", StaffRole.ADMINISTRATOR)
    page = f"/admin/enterprises/{estate.holder.id}"
    desk.see(f"{page}/papers")
    shown = desk.send(f"{page}/papers", credit_code="911", invoice_title="Whale").text
    assert ("统一社会信用代码不正确" in shown, 'value="911"' in shown, 'value="Whale"' in shown) == (True, True, True)
    desk.send(f"{page}/papers", credit_code=CODE + check_sign(CODE), invoice_title="Whale")
    assert CODE in desk.see(page)
    desk.send(f"{page}/contacts", name="王芳", phone="139 8765 4321", duty="财务")
    assert "13987654321" in desk.see(page)
    shown = desk.send(f"{page}/contacts", name="", phone="12", duty="前台").text
    assert ("请填写此项" in shown, 'value="前台"' in shown) == (True, True)
    assert "电话号码不正确。" in desk.send(f"{page}/contacts", name="王芳", phone="12").text
    assert "该联系电话已登记。" in desk.send(f"{page}/contacts", name="王芳", phone="139-8765-4321").text
    remove = re.findall(rf"{page}/contacts/\d+/remove", desk.see(page))
    desk.send(remove[0])
    assert PHONE not in desk.see(page)


def test_who_may_not_see_personal_words_reads_masks(office: Office) -> None:
    estate, desk = built(office), at_desk(office, "grace", StaffRole.TECHNICIAN)
    text = desk.see(f"/admin/enterprises/{estate.holder.id}")
    assert (PHONE in text, "李文博" in text, "138****5678" in text) == (False, False, True)
    assert "没有找到" in desk.see(f"/admin/search?q={PHONE}")


def test_an_invite_is_shown_once_with_its_picture(office: Office) -> None:
    estate, desk = built(office), at_desk(office, "alice", StaffRole.ADMINISTRATOR)
    desk.see(f"/admin/enterprises/{estate.holder.id}")
    shown = desk.send(f"/admin/enterprises/{estate.holder.id}/invite", role="payer", name="bob").text
    assert re.search(r"big num\">[0-9A-Z]{10}</b>", shown)
    assert "<svg" in shown
    assert ("member_invited", None) in _actions(office)


def test_a_breaker_is_opened_with_a_reason_after_the_password_and_taken_back_while_it_waits(office: Office) -> None:
    estate, desk = built(office), at_desk(office, "grace", StaffRole.TECHNICIAN)
    page = f"/admin/field/{estate.meter.id}"
    assert "将立即断电" in desk.see(page)
    ask = f"/admin/meters/{estate.meter.id}/ask"
    _prove_late(office, desk)
    assert desk.send(ask, do="open", reason="r", back=page).headers["Location"].startswith("/admin/prove?next=")
    assert desk.send(ask, do="read", back=page).headers["Location"] == page
    browser_again = browser(office)
    browser_again.log_in(office, "grace")
    browser_again.see(page)
    browser_again.send(ask, do="open", reason="", back=page)
    assert "请填写所有必填项。" in browser_again.see(page)
    browser_again.send(ask, do="open", reason="线路检修", back=page)
    assert "等待电表回读确认" in browser_again.see(page)
    cancel = re.findall(rf"/admin/meters/{estate.meter.id}/cancel/\w+", browser_again.shown)
    for each in cancel:
        browser_again.send(each, back=page)
    late = update(MeterCommand).where(MeterCommand.kind == "open_breaker").values(note="expired")
    office.runtime.database.run(lambda s: s.execute(late))
    shown = browser_again.see(f"/admin/meters/{estate.meter.id}")
    assert ("超时未执行" in shown, "· grace" in shown) == (True, True)  # a word of the program, and one of a person
    commands = office.runtime.database.run(lambda s: s.scalars(select(MeterCommand)).all())
    assert {(c.kind.value, c.state.value) for c in commands} == {
        ("open_breaker", "cancelled"),
        ("read_now", "cancelled"),
    }
    assert ("command_asked", "线路检修") in _actions(office)


def test_credit_of_a_meter_that_counts_energy_is_told_in_kwh(office: Office) -> None:
    estate, desk = built(office), at_desk(office, "grace", StaffRole.TECHNICIAN)

    def paid(session: Session) -> None:
        session.execute(update(Meter).filter_by(id=estate.meter.id).values(credit_unit=CreditUnit.ENERGY))
        meter, cause = session.get_one(Meter, estate.meter.id), CommandCause.PAYMENT
        queue_command(session, meter=meter, kind=CommandKind.TOP_UP, cause=cause, amount=25_000, request_id="r")

    office.runtime.database.run(paid)
    shown = desk.see(f"/admin/meters/{estate.meter.id}/live")
    assert ("25.00 kWh" in shown, "¥250" in shown) == (True, False)


def test_a_meter_is_found_in_the_field_by_number_serial_or_scanned_address(office: Office) -> None:
    estate, desk = built(office), at_desk(office, "grace", StaffRole.TECHNICIAN)
    for told in ("M0", "202600000000", "https://park.example/meters/M0", " M0/ "):
        led = desk.client.get("/admin/field", query_string={"number": told})
        assert led.headers["Location"] == f"/admin/field/{estate.meter.id}", told
    desk.client.get("/admin/field", query_string={"number": "nothing"})
    assert "没有找到表号 nothing" in desk.see("/admin/field")


def test_search_finds_rooms_enterprises_meters_orders_and_phones(office: Office) -> None:
    estate, desk = built(office), at_desk(office, "alice", StaffRole.ADMINISTRATOR)
    for words, place in (
        ("301", f"rooms/{estate.east.id}"),
        ("CALC", f"enterprises/{estate.holder.id}"),
        ("m0", f"meters/{estate.meter.id}"),
        (estate.order.order_no[4:14], f"orders/{estate.order.order_no}"),
        ("42000001", f"orders/{estate.far_order.order_no}"),
        ("5678", ""),
        (PHONE[3:], f"enterprises/{estate.holder.id}"),
    ):
        text = (
            desk.see("/admin/search", HX_Request="true")
            if not words
            else desk.client.get("/admin/search", query_string={"q": words}, headers={"HX-Request": "true"}).text
        )
        assert (f'"/admin/{place}"' in text) == bool(place), words
    assert "没有找到" in desk.see("/admin/search?q=%25%25")
    assert SPITEFUL in desk.see("/admin/search?q=calc")


def test_an_applicant_is_approved_and_another_rejected_with_a_reason(office: Office) -> None:
    estate, desk = built(office), at_desk(office, "alice", StaffRole.ADMINISTRATOR)

    def sent(session: Session) -> int:
        words = Application(name="赵六", phone="13700000000", enterprise="西边茶室", room="901", building="W座")
        return apply(session, user=estate.user, application=words, request_id="r").id

    first = office.runtime.database.run(sent)
    assert "赵六" in desk.see("/admin/applicants")
    text = desk.see(f"/admin/applicants/{first}")
    assert ("西边茶室" in text, "自行填写" in text) == (True, True)
    desk.send(f"/admin/applicants/{first}/approve", holder=estate.neighbour.id, role="viewer")
    assert "已通过" in desk.see("/admin/applicants")
    bound = select(Binding).filter_by(holder_id=estate.neighbour.id)
    assert office.runtime.database.run(lambda s: s.scalars(bound).one()).wechat_user_id == estate.user.id
    second = office.runtime.database.run(sent)
    page = f"/admin/applicants/{second}"
    desk.see(page)
    desk.send(f"{page}/reject", reason=" ", back=page)
    assert desk.see(page).count("驳回") > 0
    desk.send(f"{page}/reject", reason="电话与登记不符", back=page)
    assert "赵六" in desk.see("/admin/applicants?state=rejected")
    assert "电话与登记不符" in desk.see(page)


def test_two_persons_agree_and_nobody_with_themselves(office: Office) -> None:
    alice = at_desk(office, "alice", StaffRole.ADMINISTRATOR)
    erin = at_desk(office, "erin", StaffRole.FINANCE)
    who = office.who(office.log_in("alice"))
    asked = office.runtime.database.run(
        lambda session: (
            ask_approval(
                session,
                who=who,
                kind=ApprovalKind.REFUND,
                facts={"amount_fen": 100},
                reason="多付",
                park_id=None,
                request_id="r",
            ).id
        )
    )
    alice.see("/admin/approvals")
    own = alice.send(f"/admin/approvals/{asked}/approve", answer="好", back="/admin/approvals")
    assert own.headers["Location"].startswith(("/admin/approvals", "/admin/prove"))
    assert "多付" in erin.see("/admin/approvals")
    erin.send(f"/admin/approvals/{asked}/approve", answer="核对无误", back="/admin/approvals")
    assert "已同意，还没有执行" in erin.see("/admin/approvals")
    assert "核对无误" in alice.see("/admin/approvals")
    alice.send(f"/admin/approvals/{asked}/withdraw")
    assert "已撤回" in alice.see("/admin/approvals")


def test_staff_are_invited_given_roles_logged_out_and_kept_out(office: Office) -> None:
    desk = at_desk(office, "alice", StaffRole.ADMINISTRATOR)
    desk.see("/admin/staff/invite")
    shown = desk.send("/admin/staff/invite", login="Nina", name="林娜", role="cashier", park=office.parks[0].id).text
    assert re.search(r"/admin/setup/[0-9a-f]{64}", shown)
    number = office.staff("nina").id
    page = f"/admin/staff/{number}"
    assert "收费员" in desk.see(page)
    desk.send(f"{page}/roles", role="auditor", park="", back=page)
    end = re.findall(rf"{page}/roles/\d+/end", desk.see(page))
    assert len(end) == 2
    desk.send(end[0], back=page)
    assert "角色已收回。" in desk.see(page)
    desk.send(f"{page}/unlock", back=page)
    desk.send(f"{page}/disable", reason="离职", back=page)
    assert "该员工已停用。" in desk.see(page)
    desk.send(f"{page}/enable", reason="返聘", back=page)
    assert re.search(r"/admin/setup/[0-9a-f]{64}", desk.send(f"{page}/reset", reason="换手机", back=page).text)
    told = [action for action, _ in _actions(office)]
    assert told[-5:] == ["role_ended", "staff_unlocked", "staff_disabled", "staff_enabled", "staff_reset"]
    own = f"/admin/staff/{office.staff('alice').id}"
    desk.see(own)
    desk.send(f"{own}/disable", reason="r", back=own)
    assert "这是最后一位管理员" in desk.see(own)


def test_the_pages_speak_english_when_asked(office: Office) -> None:
    estate, desk = built(office), at_desk(office, "alice", StaffRole.ADMINISTRATOR)
    desk.send("/admin/preferences", language="en")
    chinese = re.compile(r"[\u4e00-\u9fff]")
    for page in (
        "",
        "field",
        "account",
        "approvals",
        "applicants",
        "staff/invite",
        "users",
        "parks/new",
        "rooms/new",
        "enterprises/new",
        "groups/new",
        "meters/to-group",
        "rooms/term?kind=dormitory",
        f"rooms/{estate.east.id}/split",
        f"rooms/{estate.east.id}/merge",
        f"rooms/{estate.east.id}/let",
        f"orders/{estate.order.order_no}",
    ):
        text = re.sub(r"[AW]座|(?:西边)?茶室|东区商铺|切换为中文|>\s*中\s*<|李文博", "", desk.see(f"/admin/{page}"))
        assert chinese.findall(text) == [], page
