"""A meter is hung in a room from its page; what cannot be is refused beside its field."""

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from backend.audit.models import AuditEntry
from backend.metering.command_models import MeterCommand
from backend.metering.models import Meter
from backend.staff.roles import StaffRole
from meter_bridge.protocol import CommandKind
from tests.flows.staff_world import Office
from tests.web.estate import Estate, built
from tests.web.office import Browser, at_desk


def _send(desk: Browser, estate: Estate, **more: object) -> TestResponse:
    page = f"/admin/rooms/{estate.east.id}/meters/new"
    desk.see(page)
    told = {"number": "M-2", "serial": "202699990002", "unit": "42", "circuit": "1", "line": str(estate.line.id)}
    told |= {"profile": "generic_relay", "ct_ratio": "40", "pt_ratio": "1"}
    return desk.send(page, **told | more)


def test_a_meter_is_hung_read_at_once_and_kept_in_the_trail(office: Office) -> None:
    estate, desk = built(office), at_desk(office, "grace", StaffRole.TECHNICIAN)
    assert f"/admin/rooms/{estate.east.id}/meters/new" in desk.see(f"/admin/rooms/{estate.east.id}")
    answer = _send(desk, estate)
    run = office.runtime.database.run
    made = run(lambda s: s.scalars(select(Meter).filter_by(number="M-2")).one())
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/admin/meters/{made.id}")
    assert (made.room_id, made.unit, made.wire_unit, made.ct_ratio) == (estate.east.id, 42, 42, 40)
    assert "× 40" in desk.see(f"/admin/meters/{made.id}")
    asked = run(lambda s: s.scalars(select(MeterCommand.kind).filter_by(meter_id=made.id)).all())
    assert asked == [CommandKind.READ_NOW]
    kept = select(AuditEntry).filter_by(action="meter_installed", subject_id=made.id)
    assert (run(lambda s: s.scalars(kept).one()).after or {})["ct_ratio"] == 40


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"unit": "1"}, "该线路上地址 1 已被另一块表占用。请核对"),
        ({"serial": "202600000000"}, "已安装在别处。请核对铭牌"),
        ({"number": "M0"}, "编号 M0 已被另一块表使用。请核对"),
        ({"ct_ratio": "0"}, "应为 1 至 10000 的整数"),
        ({"ct_ratio": "-40"}, "应为 1 至 10000 的整数"),
        ({"ct_ratio": "7.5"}, "应为 1 至 10000 的整数"),
        ({"profile": "reference_bcd"}, "改用平台计费或按金额计费的表型"),
        ({"profile": "reference_water"}, "水表，没有互感器"),
        ({"circuit": "2"}, "没有回路 2"),
        ({"profile": "dlt645_2007", "ct_ratio": "1"}, "rtu_over_tcp"),
        ({"line": "999"}, "请选择"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(office: Office, told: dict[str, str], words: str) -> None:
    estate, desk = built(office), at_desk(office, "grace", StaffRole.TECHNICIAN)
    serial = {"serial": estate.meter.serial} if "serial" in told else {}
    answer = _send(desk, estate, **told | serial)
    assert (answer.status_code, words in answer.text) == (200, True), answer.text[-2500:]


def test_nobody_hangs_a_meter_in_another_park(office: Office) -> None:
    estate = built(office)
    far = at_desk(office, "henry", StaffRole.TECHNICIAN, office.parks[1])
    assert far.client.get(f"/admin/rooms/{estate.east.id}/meters/new").status_code == 404
    cashier = at_desk(office, "frank", StaffRole.CASHIER)
    assert "安装电表" not in cashier.see(f"/admin/rooms/{estate.east.id}")
