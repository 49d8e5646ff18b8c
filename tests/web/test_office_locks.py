"""Maintenance locks at the pages, from hanging to taking off."""

import re
from datetime import timedelta

from sqlalchemy import select

from backend.audit.models import AuditEntry
from backend.metering.causes import CommandCause
from backend.metering.command_models import MeterCommand
from backend.metering.commands.commanding import queue_command
from backend.metering.group_models import MeterGroup, MeterGroupMember
from backend.metering.lock_models import MaintenanceLock
from backend.metering.models import MeterStatus
from backend.staff.roles import StaffRole
from meter_bridge.protocol import CommandKind, CommandState, SupplyState
from tests.flows.staff_world import Office
from tests.web.estate import Estate, built
from tests.web.office import Browser, at_desk


def _hung(desk: Browser, estate: Estate, **more: object) -> str:
    """Hang a lock at the field page and return what it shows then."""
    page = f"/admin/field/{estate.meter.id}"
    desk.see(page)
    desk.send(f"/admin/meters/{estate.meter.id}/lock", **{"reason": "更换断路器", "back": page} | more)
    return desk.see(page)


def _lock(office: Office) -> MaintenanceLock:
    return office.runtime.database.run(lambda s: s.scalars(select(MaintenanceLock)).one())


def test_a_lock_shows_who_and_why_refuses_to_close_and_comes_off(office: Office) -> None:
    estate, desk = built(office), at_desk(office, "grace", StaffRole.TECHNICIAN)
    until = f"{office.clock.now() + timedelta(days=1):%Y-%m-%dT%H:%M}"
    text = _hung(desk, estate, until=until)
    name = office.staff("grace").name
    assert ("检修锁已挂上。作业前仍须验电。" in text, f"检修锁：{name}" in text, "预计到" in text) == (True, True, True)
    for page in (f"/admin/meters/{estate.meter.id}", f"/admin/rooms/{estate.east.id}"):
        assert (f"检修锁：{name}" in desk.see(page), "更换断路器" in desk.see(page)) == (True, True)
    page = f"/admin/field/{estate.meter.id}"
    desk.see(page)
    desk.send(f"/admin/meters/{estate.meter.id}/ask", do="close", reason="送电", back=page)
    refused = desk.see(page)
    assert (f"{name} 于" in refused, "取下之前不能合闸" in refused) == (True, True)
    assert office.runtime.database.run(lambda s: s.scalars(select(MeterCommand)).all()) == []
    desk.send(f"/admin/locks/{_lock(office).id}/take-off", back=page)
    assert "检修锁已取下" in desk.see(page)
    entries = office.runtime.database.run(lambda s: s.scalars(select(AuditEntry).order_by(AuditEntry.id)).all())
    assert [(e.action, e.reason) for e in entries][-2:] == [("lock_hung", "更换断路器"), ("lock_taken_off", None)]


def test_what_cannot_be_meant_is_refused_with_words(office: Office) -> None:
    estate, desk = built(office), at_desk(office, "grace", StaffRole.TECHNICIAN)
    assert "请填写所有必填项。" in _hung(desk, estate, reason=" ")
    for until in ("tomorrow", "2020-01-01T00:00", "9999-99-99T99:99"):
        assert "预计结束时间无效或已过。" in _hung(desk, estate, until=until)
    _hung(desk, estate)
    assert "您已在这里挂了检修锁。" in _hung(desk, estate)
    desk.see(f"/admin/field/{estate.meter.id}")
    assert desk.send("/admin/locks/999/take-off").status_code == 404
    assert desk.send(f"/admin/meters/{estate.meter.id}/lock", reason="r", group="999").status_code == 404


def test_another_persons_lock_comes_off_by_two(office: Office) -> None:
    estate, grace = built(office), at_desk(office, "grace", StaffRole.TECHNICIAN)
    henry, leader = at_desk(office, "henry", StaffRole.TECHNICIAN), at_desk(office, "leader", StaffRole.PARK_LEADER)
    _hung(grace, estate)
    page, lock = f"/admin/field/{estate.meter.id}", _lock(office)
    assert "须另一人同意后才能取下" in henry.see(page)
    henry.send(f"/admin/locks/{lock.id}/take-off", back=page)
    assert "没有与此操作完全一致且有效的审批" in henry.see(page)
    henry.send(f"/admin/locks/{lock.id}/ask-removal", reason="挂锁人已离园", back=page)
    [approval] = re.findall(r"/admin/approvals/(\d+)/approve", leader.see("/admin/approvals"))
    asked = leader.see("/admin/approvals")
    told = (("挂锁人", "Grace"), ("电表", estate.meter.number))
    assert [f'{name}</dt><dd class="num">{each}</dd>' in asked for name, each in told] == [True, True]
    assert "代取检修锁" in asked
    leader.send(f"/admin/approvals/{approval}/approve", answer="已电话核实")
    assert "请确认人员已撤离" in henry.see(page)
    henry.send(f"/admin/locks/{lock.id}/take-off", back=page)
    assert "检修锁已取下" in henry.see(page)
    assert "挂锁人</dt><dd><del>Grace</del>" in henry.see(f"/admin/meters/{estate.meter.id}")


def test_a_whole_feeder_is_locked_from_one_of_its_meters_and_a_permission_before_is_told(office: Office) -> None:
    estate, desk = built(office), at_desk(office, "grace", StaffRole.TECHNICIAN)

    def grouped(session: object) -> int:
        own = {"organisation_id": estate.meter.organisation_id}
        group = MeterGroup(**own, name="一号馈线", park_id=office.parks[0].id)
        session.add(group)  # type: ignore[attr-defined]
        session.flush()  # type: ignore[attr-defined]
        session.add(MeterGroupMember(**own, group_id=group.id, meter_id=estate.meter.id))  # type: ignore[attr-defined]
        kind, cause = CommandKind.CLOSE_BREAKER, CommandCause.PAYMENT
        sent = queue_command(session, meter=estate.meter, kind=kind, cause=cause, request_id="r")  # type: ignore[arg-type]
        sent.state = CommandState.SENDING
        return int(group.id)

    group = office.runtime.database.run(grouped)
    text = _hung(desk, estate, group=group)
    assert ("已有合闸或充值指令获准下发" in text, "挂锁前获准的指令仍可能使它合闸" in text) == (True, True)
    assert "一号馈线" in desk.see(f"/admin/rooms/{estate.east.id}")
    assert _lock(office).group_id == group


def test_a_page_says_who_opened_a_breaker_and_what_must_happen(office: Office) -> None:
    estate, desk = built(office), at_desk(office, "grace", StaffRole.TECHNICIAN)
    assert "未断开" in desk.see(f"/admin/meters/{estate.meter.id}")

    def opened(session: object) -> None:
        status = select(MeterStatus).filter_by(meter_id=estate.meter.id)
        session.scalars(status).one().supply = SupplyState.OPEN  # type: ignore[attr-defined]
        kind, cause = CommandKind.OPEN_BREAKER, CommandCause.STAFF
        sent = queue_command(session, meter=estate.meter, kind=kind, cause=cause, request_id="r")  # type: ignore[arg-type]
        sent.state, sent.settled_at = CommandState.CONFIRMED, office.clock.now()

    office.runtime.database.run(opened)
    for page in (f"meters/{estate.meter.id}", f"field/{estate.meter.id}", f"rooms/{estate.east.id}"):
        text = desk.see(f"/admin/{page}")
        assert ("员工拉闸" in text, "由员工下达合闸" in text) == (True, True), page


def test_the_field_page_lists_what_hangs_and_what_is_overdue(office: Office) -> None:
    estate, desk = built(office), at_desk(office, "grace", StaffRole.TECHNICIAN)
    assert "挂着的检修锁" not in desk.see("/admin/field")
    _hung(desk, estate, until=f"{(office.clock.now() + timedelta(hours=9)):%Y-%m-%dT%H:%M}")
    text = desk.see("/admin/field")
    assert (estate.meter.number in text, "已过预计结束时间" in text) == (True, False)
    office.clock.ahead += timedelta(hours=2)
    desk.log_in(office, "grace")
    assert "已过预计结束时间" in desk.see("/admin/field")
    far = at_desk(office, "henry", StaffRole.TECHNICIAN, office.parks[1])
    assert "挂着的检修锁" not in far.see("/admin/field")
