"""A meter is exchanged at the field page, with a photo of the old display."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from backend.audit.models import AuditEntry
from backend.metering.causes import CommandCause
from backend.metering.commands.commanding import queue_command
from backend.metering.exchange_models import MeterExchange
from backend.metering.lock_models import MaintenanceLock
from backend.metering.models import Meter, MeterState, MeterStatus
from backend.staff.roles import StaffRole
from meter_bridge.protocol import CommandKind, CommandState
from tests.flows.staff_world import Office
from tests.web.estate import Estate, built
from tests.web.office import Browser, at_desk

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


def _told(estate: Estate, **more: object) -> dict[str, Any]:
    told = {"energy": "2.5", "credit": "1.20", "count": "1", "number": "M-NEW", "serial": "202699990001", "unit": "1"}
    told |= {"circuit": "1", "ct_ratio": "1", "pt_ratio": "1"}
    told |= {"line": str(estate.line.id), "profile": "reference_cas", "reason": "显示屏烧毁"}
    return told | {"photo": (BytesIO(PNG), "p.png", "text/html")} | more


def _send(desk: Browser, estate: Estate, **more: object) -> TestResponse:
    page = f"/admin/field/{estate.meter.id}/exchange"
    desk.see(page)
    return desk.send(page, **_told(estate, **more))


def _meters(office: Office) -> dict[str, Meter]:
    rows = office.runtime.database.run(lambda s: s.scalars(select(Meter)).all())
    return {meter.number: meter for meter in rows}


def _exchange(office: Office) -> MeterExchange:
    return office.runtime.database.run(lambda s: s.scalars(select(MeterExchange)).one())


def test_a_meter_is_exchanged_and_done_only_when_the_new_one_answered(office: Office) -> None:
    estate, desk = built(office), at_desk(office, "grace", StaffRole.TECHNICIAN)
    assert f"/admin/field/{estate.meter.id}/exchange" in desk.see(f"/admin/field/{estate.meter.id}")
    answer = _send(desk, estate)
    new = _meters(office)["M-NEW"]
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/admin/field/{new.id}")
    text = desk.see(f"/admin/field/{new.id}")
    for told in ("换表已登记", "等新表应答", "2.50 kWh", "显示屏烧毁", "旧表余额 ¥1.20 待结清", "照表填写"):
        assert told in text, told
    assert "M-NEW" in desk.see(f"/admin/field/{estate.meter.id}")
    assert (_meters(office)["M0"].state, estate.holder.name in text) == (MeterState.RETIRED, True)
    assert desk.client.get(f"/admin/field/{estate.meter.id}/exchange").status_code == 303
    own, now = {"organisation_id": new.organisation_id}, office.clock.now()
    office.runtime.database.run(lambda s: s.add(MeterStatus(**own, meter_id=new.id, read_at=now, energy_wh=0)))
    assert "已完成" in desk.see(f"/admin/meters/{new.id}")
    entries = office.runtime.database.run(lambda s: s.scalars(select(AuditEntry)).all())
    mine = {entry.subject_id: entry for entry in entries if entry.action == "meter_exchanged"}
    assert set(mine) == {estate.meter.id, new.id}
    assert mine[new.id].before["energy_wh"] == 2_500  # type: ignore[index] # it is told
    leader = at_desk(office, "leader", StaffRole.PARK_LEADER).see(f"/admin/meters/{estate.meter.id}")
    assert ("换表" in leader, "止码" in leader) == (True, True)


def test_the_photo_is_kept_as_it_is_and_only_for_who_may_see_the_meter(office: Office) -> None:
    estate, desk = built(office), at_desk(office, "grace", StaffRole.TECHNICIAN)
    _send(desk, estate)
    address = f"/admin/exchanges/{_exchange(office).id}/photo"
    answer = desk.client.get(address)
    assert (answer.data, answer.headers["Content-Type"]) == (PNG, "image/png")
    assert (answer.headers["X-Content-Type-Options"], answer.headers["Cache-Control"]) == ("nosniff", "no-store")
    far = at_desk(office, "henry", StaffRole.TECHNICIAN, office.parks[1])
    assert far.client.get(address).status_code == 404
    assert Browser(desk.client.application.test_client()).client.get(address).status_code == 303


def test_the_same_form_sent_twice_is_one_exchange(office: Office) -> None:
    estate, desk = built(office), at_desk(office, "grace", StaffRole.TECHNICIAN)
    page = f"/admin/field/{estate.meter.id}/exchange"
    desk.see(page)
    first, second = (desk.send(page, **_told(estate)) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    other = desk.send(page, **_told(estate, number="M-OTHER")).text
    assert "这只表已换成 M-NEW" in other
    assert len(_meters(office)) == 3


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"number": "M1"}, "编号 M1 已被另一块表使用"),
        ({"serial": "202600000001"}, "表号 202600000001 已安装在别处"),
        ({"unit": "248"}, "应为 1 至 247 的整数"),
        ({"ct_ratio": "0"}, "应为 1 至 10000 的整数"),
        ({"ct_ratio": "-40"}, "应为 1 至 10000 的整数"),
        ({"pt_ratio": "1.5"}, "应为 1 至 10000 的整数"),
        ({"ct_ratio": "10001"}, "应为 1 至 10000 的整数"),
        ({"profile": "reference_water", "ct_ratio": "40"}, "余额存放方式"),
        ({"circuit": "2"}, "没有回路 2"),
        ({"line": "999"}, "请选择"),
        ({"profile": "no such"}, "请选择"),
        ({"profile": "generic_relay"}, "余额存放方式"),
        ({"energy": "1.4"}, "低于最近抄到的示数 1.50 kWh"),
        ({"energy": "-1"}, "示数不会小于 0"),
        ({"energy": "many"}, "应为数字"),
        ({"credit": "1.234"}, "最多两位小数"),
        ({"reason": " "}, "请填写此项"),
        ({"photo": (BytesIO(b""), "")}, "请选择文件"),
        ({"photo": (BytesIO(b"<html>"), "p.png")}, "不是 JPEG、PNG 或 WebP"),
        ({"photo": (BytesIO(b"\xff\xd8\xff" + bytes(2 * 1024 * 1024)), "p.jpg")}, "照片不能超过 2 MB"),
    ],
)
def test_what_does_not_fit_is_told_beside_its_field_and_what_was_typed_stays(
    office: Office, told: dict[str, object], words: str
) -> None:
    estate, desk = built(office), at_desk(office, "grace", StaffRole.TECHNICIAN)
    answer = _send(desk, estate, **told)
    assert (answer.status_code, words in answer.text) == (200, True), answer.text[-3000:]
    assert _meters(office)["M0"].state is MeterState.ACTIVE
    if "reason" not in told:
        assert "显示屏烧毁" in answer.text


def test_a_unit_of_another_meter_of_the_line_is_refused(office: Office) -> None:
    estate, desk = built(office), at_desk(office, "grace", StaffRole.TECHNICIAN)

    def beside(session: Any) -> None:
        far = session.get_one(Meter, estate.far_meter.id)
        far.line_id, far.unit, far.wire_unit = estate.line.id, 7, 7

    office.runtime.database.run(beside)
    assert "该线路上地址 7 已被另一块表占用" in _send(desk, estate, unit="7").text


def test_money_under_way_and_locks_of_others_are_in_the_way(office: Office) -> None:
    estate, desk = built(office), at_desk(office, "grace", StaffRole.TECHNICIAN)

    def sent(session: Any) -> None:
        kind, cause = CommandKind.TOP_UP, CommandCause.PAYMENT
        command = queue_command(session, meter=estate.meter, kind=kind, cause=cause, amount=100, request_id="r")
        command.state = CommandState.UNKNOWN
        command.signed = {"payload": "{}", "signature": ""}

    office.runtime.database.run(sent)
    assert "曾获准写入旧表" in _send(desk, estate).text
    henry = at_desk(office, "henry", StaffRole.TECHNICIAN)
    page = f"/admin/field/{estate.far_meter.id}"
    henry.see(page)
    henry.send(f"/admin/meters/{estate.far_meter.id}/lock", reason="更换断路器", back=page)
    assert office.runtime.database.run(lambda s: s.scalars(select(MaintenanceLock)).one()).hung_by
    far = f"/admin/field/{estate.far_meter.id}/exchange"
    desk.see(far)
    told = _told(estate, unit="9", line=str(estate.far_meter.line_id), photo=(BytesIO(PNG), "p.png"))
    assert "挂着检修锁（更换断路器）" in desk.send(far, **told).text


def test_a_reading_of_just_now_needs_no_typing(office: Office) -> None:
    estate, desk = built(office), at_desk(office, "grace", StaffRole.TECHNICIAN)
    assert "示数可以留空" in desk.see(f"/admin/field/{estate.meter.id}/exchange")
    assert _send(desk, estate, energy="", credit="", count="").status_code == 303
    kept = _exchange(office)
    assert (kept.closing_energy_wh, kept.credit_left, kept.closing_count, kept.typed) == (1_500, 12_345, 1, False)


def test_a_meter_is_not_exchanged_by_who_told_no_password_of_late(office: Office) -> None:
    estate, desk = built(office), at_desk(office, "grace", StaffRole.TECHNICIAN)
    page = f"/admin/field/{estate.meter.id}/exchange"
    desk.see(page)
    office.clock.ahead += timedelta(minutes=6)
    answer = desk.send(page, **_told(estate), back=page)
    assert (answer.status_code, "/admin/prove?next=" in answer.headers["Location"]) == (303, True)
    assert set(_meters(office)) == {"M0", "M1"}
    asked = desk.client.get(page)
    assert (asked.status_code, "exchange" in asked.headers["Location"]) == (303, True)
