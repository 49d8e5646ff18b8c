"""Gateways and lines are added from their pages; what cannot be is refused beside its field."""

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from backend.audit.models import AuditEntry
from backend.metering.lines.enrolment import invite_bridge
from backend.metering.models import Bridge, Gateway, Line
from backend.staff.roles import StaffRole
from tests.flows.staff_world import Office
from tests.web.estate import Estate, built
from tests.web.office import Browser, at_desk


def _gateway(desk: Browser, estate: Estate, **more: str) -> TestResponse:
    page = f"/admin/parks/{estate.park.id}/gateways/new"
    desk.see(page)
    return desk.send(page, **{"name": "B座网关", "host": "10.1.2.3"} | more)


def _line(desk: Browser, estate: Estate, **more: str) -> TestResponse:
    page = f"/admin/gateways/{estate.gateway.id}/lines/new"
    desk.see(page)
    told = {"kind": "rtu_over_tcp", "port": "4001", "baud": "2400", "parity": "E", "stop_bits": "1", "home": ""}
    told |= {"timeout_ms": "900", "quiet_ms": "1500", "device": "", "registration": "", "heartbeat": ""}
    return desk.send(page, **told | more)


def _bridge(office: Office) -> int:
    own = office.organisation.id
    office.runtime.database.run(lambda s: invite_bridge(s, organisation_id=own, name="site"))
    return office.runtime.database.run(lambda s: s.scalars(select(Bridge.id).filter_by(name="site")).one())


def test_a_gateway_and_its_line_are_added_and_kept_in_the_trail(office: Office) -> None:
    estate, desk = built(office), at_desk(office, "grace", StaffRole.TECHNICIAN)
    run = office.runtime.database.run
    assert f"/admin/parks/{estate.park.id}/gateways/new" in desk.see(f"/admin/parks/{estate.park.id}")
    answer = _gateway(desk, estate)
    made = run(lambda s: s.scalars(select(Gateway).filter_by(name="B座网关")).one())
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/admin/gateways/{made.id}")
    assert f"/admin/gateways/{made.id}/lines/new" in desk.see(f"/admin/gateways/{made.id}")

    answer = _line(desk, estate, megabytes="30")
    line = run(lambda s: s.scalars(select(Line).filter_by(port=4001)).one())
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/admin/lines/{line.id}")
    assert (line.kind, line.baud, line.parity, line.monthly_bytes) == ("rtu_over_tcp", 2400, "E", 30_000_000)
    assert "2400 8E1" in desk.see(f"/admin/lines/{line.id}")
    kept = run(lambda s: s.scalars(select(AuditEntry).filter_by(action="line_added", subject_id=line.id)).one())
    assert (kept.park_id, (kept.after or {})["port"]) == (estate.park.id, 4001)


def test_lines_on_a_device_and_lines_that_are_called_have_a_home(office: Office) -> None:
    estate, desk, home = built(office), at_desk(office, "grace", StaffRole.TECHNICIAN), str(_bridge(office))
    assert _line(desk, estate, kind="serial", port="1", device="/dev/ttyUSB0", home=home).status_code == 303
    called = {"kind": "dial_in", "port": "7001", "registration": "DTU\\x01??", "heartbeat": "\\xFE", "home": home}
    assert _line(desk, estate, **called).status_code == 303
    lines = office.runtime.database.run(lambda s: s.scalars(select(Line).where(Line.home_bridge_id == int(home))).all())
    assert {(line.kind, line.device, line.registration) for line in lines} == {
        ("serial", "/dev/ttyUSB0", ""),
        ("dial_in", "", "DTU\\x01??"),
    }


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"host": "8.8.8.8"}, "不是允许网段内的 IP 地址"),
        ({"host": "gateway.example"}, "不是允许网段内的 IP 地址"),
        ({"host": "169.254.169.254"}, "不是允许网段内的 IP 地址"),
        ({"host": ""}, "请填写此项"),
        ({"name": ""}, "请填写此项"),
    ],
)
def test_a_gateway_that_cannot_be_is_refused(office: Office, told: dict[str, str], words: str) -> None:
    estate, desk = built(office), at_desk(office, "grace", StaffRole.TECHNICIAN)
    answer = _gateway(desk, estate, **told)
    assert (answer.status_code, words in answer.text) == (200, True), answer.text[-2500:]


def test_two_gateways_do_not_share_a_name(office: Office) -> None:
    estate, desk = built(office), at_desk(office, "grace", StaffRole.TECHNICIAN)
    answer = _gateway(desk, estate, name=estate.gateway.name)
    assert f"已有名为“{estate.gateway.name}”的网关" in answer.text


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"port": "0"}, "应为 1 至 65535 的整数"),
        ({"port": "65536"}, "应为 1 至 65535 的整数"),
        ({"kind": "carrier_pigeon"}, "请选择"),
        ({"baud": "9601"}, "请选择"),
        ({"kind": "serial", "device": "/dev/ttyUSB0"}, "须指定所属网桥"),
        ({"kind": "serial", "device": ""}, "串口线路须填写设备"),
        ({"kind": "serial", "device": "/dev/../etc/passwd "}, "格式不对"),
        ({"kind": "dial_in"}, "须填写注册包"),
        ({"kind": "dial_in", "registration": "\\xZZ"}, "格式不对"),
        ({"kind": "dial_in", "registration": "注册"}, "格式不对"),
        ({"timeout_ms": "0"}, "应为 50 至 60000 的整数"),
        ({"megabytes": "-1"}, "应为 1 至 100000 的整数"),
        ({"home": "999999"}, "请选择"),
    ],
)
def test_a_line_that_cannot_be_is_refused_beside_its_field(office: Office, told: dict[str, str], words: str) -> None:
    estate, desk = built(office), at_desk(office, "grace", StaffRole.TECHNICIAN)
    answer = _line(desk, estate, **told)
    assert (answer.status_code, words in answer.text) == (200, True), answer.text[-3500:]


def test_two_lines_do_not_share_a_port_or_a_registration(office: Office) -> None:
    estate, desk, home = built(office), at_desk(office, "grace", StaffRole.TECHNICIAN), str(_bridge(office))
    assert f"该网关的端口 {estate.line.port} 已有线路" in _line(desk, estate, port=str(estate.line.port)).text
    called = {"kind": "dial_in", "registration": "DTU-7", "home": home}
    assert _line(desk, estate, port="7001", **called).status_code == 303
    assert "注册包“DTU-7”已属于另一条线路" in _line(desk, estate, port="7002", **called).text


def test_nobody_adds_to_another_park(office: Office) -> None:
    estate = built(office)
    far = at_desk(office, "henry", StaffRole.TECHNICIAN, office.parks[1])
    for page in (f"/admin/parks/{estate.park.id}/gateways/new", f"/admin/gateways/{estate.gateway.id}/lines/new"):
        assert far.client.get(page).status_code == 404
    cashier = at_desk(office, "frank", StaffRole.CASHIER)
    assert "登记网关" not in cashier.see(f"/admin/parks/{estate.park.id}")
    assert "登记线路" not in cashier.see(f"/admin/gateways/{estate.gateway.id}")
