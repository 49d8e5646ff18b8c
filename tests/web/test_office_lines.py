"""Bridges, gateways and lines as staff see them: who speaks to the meters, and how it goes."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from backend.admin.lines.words import framing, octets, packet
from backend.metering.models import Bridge, Line, MeterStatus
from backend.staff.roles import StaffRole
from meter_bridge.protocol import LineStatistics
from tests.flows.staff_world import Office
from tests.web.estate import Estate, built
from tests.web.office import Browser, at_desk

GOING = LineStatistics(
    seconds=300,
    polls=1500,
    polls_per_minute=300,
    bound_per_minute=341,
    errors={"LineTimeoutError": 7, "NewKindOfError": 1},
    latency_p50=75,
    latency_p95=120,
    bytes_per_month=900_000_000,
)
STRANGER = {"port": 6000, "packet": b"DTU-99".hex(), "times": 3}


def _held(office: Office, estate: Estate, going: LineStatistics = GOING, **values: Any) -> None:
    """Let a bridge hold the line and tell how it goes."""

    def hold(session: Any) -> None:
        now = session.clock.now()
        bridge = Bridge(
            organisation_id=office.organisation.id, reference="b", name="机房一", seen_at=now, version="0.9"
        )
        bridge.instance, bridge.refused_calls = "run0123456789", [STRANGER]
        session.add(bridge)
        session.flush()
        line = session.get_one(Line, estate.line.id)
        line.bridge_id, line.fence, line.leased_until = bridge.id, 7, now + timedelta(hours=9)
        line.gateway_answers, line.statistics = True, going.model_dump(mode="json")
        for name, value in values.items():
            setattr(line, name, value)

    office.runtime.database.run(hold)


def _at_desk(office: Office) -> tuple[Estate, Browser]:
    return built(office), at_desk(office, "alice", StaffRole.ADMINISTRATOR)


def test_the_operations_page_tells_who_speaks_and_how_it_goes(office: Office) -> None:
    estate, desk = _at_desk(office)
    _held(office, estate)
    text = desk.see("/admin/operations")
    for words in (
        "机房一",
        "0.9",
        "run01234",
        "#7",
        "<b>300</b> / 341",
        "75 / 120 ms",
        "电表未应答 7",
        "NewKindOfError 1",
    ):
        assert words in text, words
    assert ("DTU-99" in text, "3 次" in text, f"/admin/lines/{estate.line.id}" in text) == (True, True, True)


def test_a_line_without_bridge_and_a_bridge_that_fell_silent_are_told(office: Office) -> None:
    estate, desk = _at_desk(office)
    assert "无网桥租用" in desk.see("/admin/operations")
    _held(office, estate)
    office.clock.ahead += timedelta(minutes=20)
    text = desk.see("/admin/operations", HX_Request="true")
    assert ("<html" in text, "离线" in text, "离线 1" in text) == (False, True, True)


def _read_ago(office: Office, estate: Estate, minutes: int) -> None:
    def say(session: Any) -> None:
        read = {"read_at": session.clock.now() - timedelta(minutes=minutes)}
        session.execute(update(MeterStatus).where(MeterStatus.meter_id == estate.meter.id).values(read))

    office.runtime.database.run(say)


@pytest.mark.parametrize(
    ("stretch", "minutes"), [({}, 5), ({"often_times": 8}, 24), ({"often_times": 1000}, 45), ({"slot_times": 2}, 5)]
)
def test_meters_of_a_stretched_line_are_silent_only_when_polls_at_that_pace_are_missed(
    office: Office, stretch: dict[str, int], minutes: int
) -> None:
    estate, desk = _at_desk(office)
    _held(office, estate, GOING.model_copy(update=stretch))
    for ago, silent in ((minutes - 1, False), (minutes + 1, True)):
        _read_ago(office, estate, ago)
        rooms = desk.see(f"/admin/wall?park={estate.park.id}&state=silent")
        assert ("离线 1" in desk.see(f"/admin/gateways/{estate.gateway.id}")) is silent
        assert (f'id="room-{estate.east.id}"' in rooms) is silent
        assert ('<span class="state state-amber">' in desk.see(f"/admin/lines/{estate.line.id}")) is silent


def test_home_and_meter_page_call_old_only_what_the_pace_does_not_explain(office: Office) -> None:
    estate, desk = _at_desk(office)
    unheard = re.compile("一小时未抄到的电表</span><b>([0-9]+)")
    slow = GOING.model_copy(update={"often_times": 1000, "slot_times": 2})
    for ago, old in ((59, 0), (61, 1)):
        _read_ago(office, estate, ago)
        assert unheard.findall(desk.see("/admin/")) == [str(old)], ago
    _held(office, estate, slow)
    for ago, old in ((85, 0), (95, 1)):
        _read_ago(office, estate, ago)
        assert ("数据已旧" in desk.see(f"/admin/meters/{estate.meter.id}")) is bool(old)
        assert unheard.findall(desk.see("/admin/")) == [str(old)], ago


def test_a_line_that_costs_more_than_its_card_or_keeps_reconnecting_is_marked(office: Office) -> None:
    estate, desk = _at_desk(office)
    restless = GOING.model_copy(update={"steady": False})
    _held(office, estate, restless, monthly_bytes=300_000_000)
    text = desk.see(f"/admin/lines/{estate.line.id}")
    for words in ("900 MB / 300 MB", "300%", "反复重连"):
        assert words in text, words
    assert "抄表已放慢" not in text
    assert "反复重连" in desk.see("/admin/operations")


@pytest.mark.parametrize(
    ("stretch", "says"),
    [
        ({"rarely": False}, "电能质量停抄"),
        ({"rarely": False, "often_times": 7}, "间隔为平时的 7 倍"),
        ({"rarely": False, "often_times": 1000}, "只随每个时段的表底数抄读"),
        ({"rarely": False, "often_times": 1000, "slot_times": 3}, "每 3 个时段抄一次"),
    ],
)
def test_a_line_whose_polls_are_stretched_says_so_and_why(office: Office, stretch: dict[str, Any], says: str) -> None:
    estate, desk = _at_desk(office)
    _held(office, estate, GOING.model_copy(update=stretch), monthly_bytes=300_000_000, month_bytes=290_000_000)
    text = desk.see(f"/admin/lines/{estate.line.id}")
    for words in ("本月剩余流量用不到月底", says, "290 MB", "充值、拉合闸和立即抄表照常"):
        assert words in text, words


def test_line_and_gateway_show_how_they_are_set_and_their_meters(office: Office) -> None:
    estate, desk = _at_desk(office)
    _held(office, estate, parity="E", baud=2400, registration="444955", heartbeat="fefe")
    line, meter = f"/admin/lines/{estate.line.id}", f"/admin/meters/{estate.meter.id}"
    text = desk.see(line)
    for words in ("2400 8E1", "444955", "fefe", "127.0.0.1:5020", meter, "未验证", "A座 301"):
        assert words in text, words
    text = desk.see(f"/admin/gateways/{estate.gateway.id}")
    assert (line in text, meter in text) == (True, True)
    text = desk.see(meter)
    assert (line in text, "参考预付费表" in text, "未验证" in text) == (True, True, True)
    for gone in ("lines", "gateways"):
        desk.see(f"/admin/{gone}/999999", status=404)
        desk.see(f"/admin/{gone}/{'9' * 30}", status=400)


def test_who_works_for_another_park_sees_neither_line_nor_bridge(office: Office) -> None:
    estate = built(office)
    _held(office, estate)
    desk = at_desk(office, "henry", StaffRole.TECHNICIAN, office.parks[1])
    text = desk.see("/admin/operations")
    assert ("机房一" in text, "DTU-99" in text, f"/admin/lines/{estate.line.id}" in text) == (False, False, False)


@pytest.mark.parametrize(
    ("count", "written"),
    [(None, "–"), (0, "0 B"), (999, "999 B"), (1000, "1 kB"), (5_400_000_000_000_000, "5.4e+03 TB")],
)
def test_bytes_are_written_in_thousands(count: int | None, written: str) -> None:
    assert octets(count) == written


@pytest.mark.parametrize(("told", "written"), [("4454", "DT"), ("00ff", "00ff"), ("", ""), ("zz", "zz")])
def test_a_caller_is_shown_as_text_where_it_is_some(told: str, written: str) -> None:
    assert (packet(told), framing(9600, "N", 1)) == (written, "9600 8N1")
