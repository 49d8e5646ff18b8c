"""The room wall: every room as a tile, found by state, fresh after a change, with a drawer for each."""

import re
from datetime import timedelta
from typing import Any, LiteralString

import pytest
from sqlalchemy import Result, update

from backend.admin.wall.asking import ROOMS, SOME_ROOMS
from backend.admin.wall.board import Boards
from backend.admin.wall.looking import EXTENSION
from backend.estate.models import Room
from backend.kernel.db import Session
from backend.metering.models import Line, Meter, MeterStatus
from backend.staff.roles import StaffRole
from meter_bridge.protocol import SupplyState
from tests.flows.staff_world import Office
from tests.web.estate import SPITEFUL, Estate, built
from tests.web.office import Browser, at_desk

STAMP = re.compile(r'data-stamp="(\d+)"')
ROOM = re.compile(r'id="room-(\d+)" href')


def _at_wall(office: Office) -> tuple[Estate, Browser, str]:
    estate, desk = built(office), at_desk(office, "alice", StaffRole.ADMINISTRATOR)
    desk.client.application.extensions[EXTENSION] = Boards(office.runtime.clock, shared_for=0, overlap=timedelta(0))
    _say(office, estate, read_at=office.clock.now())
    return estate, desk, f"/admin/wall?park={estate.park.id}"


def _say(office: Office, estate: Estate, **values: object) -> None:
    said = update(MeterStatus).where(MeterStatus.meter_id == estate.meter.id).values(**values)
    office.runtime.database.run(lambda session: session.execute(said))


def _rooms(text: str) -> set[int]:
    return {int(number) for number in ROOM.findall(text)}


def _changes(desk: Browser, wall: str, since: str) -> str:
    return desk.see(wall.replace("/wall?", "/wall/changes?") + f"&since={since}")


def _stamp(text: str) -> str:
    found = STAMP.search(text)
    assert found is not None
    return found[1]


def test_every_room_of_the_park_is_a_tile_with_holder_supply_credit_and_age(office: Office) -> None:
    estate, desk, wall = _at_wall(office)
    text = desk.see(wall)
    for words in ("A座", "301", SPITEFUL, "合闸", "¥123", "5 分钟内", "B101", "空置", "未装表"):
        assert words in text, words
    assert estate.east.id in _rooms(text)
    assert estate.west.id not in _rooms(text)


def test_without_a_park_the_address_is_led_to_one_that_tells_all(office: Office) -> None:
    estate, desk, wall = _at_wall(office)
    led = desk.client.get("/admin/wall?state=cut")
    assert (led.status_code, led.headers["Location"]) == (303, f"{wall}&state=cut")
    assert estate.park.name == "east"


def test_states_are_told_in_words_counted_and_found(office: Office) -> None:
    estate, desk, wall = _at_wall(office)
    for values, state, words in (
        ({"supply": SupplyState.OPEN}, "cut", "拉闸"),
        ({"balance": 0}, "empty", "已用尽"),
        ({"balance": 1999}, "low", "余额低"),
        ({"read_at": office.clock.now() - timedelta(hours=3)}, "silent", "离线 3 小时"),
    ):
        _say(office, estate, supply=SupplyState.CLOSED, balance=12_345, read_at=office.clock.now())
        assert _rooms(desk.see(f"{wall}&state={state}")) == set()
        _say(office, estate, **values)
        text = desk.see(f"{wall}&state={state}")
        assert (_rooms(text), words in text) == ({estate.east.id}, True), state
    assert _rooms(desk.see(f"{wall}&state=vacant")) == _rooms(desk.see(f"{wall}&state=bare"))


def test_gateway_and_meter_are_told_apart(office: Office) -> None:
    estate, desk, wall = _at_wall(office)
    held = {"gateway_answers": False, "leased_until": office.clock.now() + timedelta(hours=9)}
    line = update(Line).where(Line.id == estate.meter.line_id).values(**held)
    office.runtime.database.run(lambda session: session.execute(line))
    text = desk.see(f"{wall}&state=gateway")
    assert (_rooms(text), "网关无应答" in text, "5 分钟内" in text) == ({estate.east.id}, True, True)


def test_rooms_are_found_by_building_floor_and_words(office: Office) -> None:
    estate, desk, wall = _at_wall(office)
    both = _rooms(desk.see(wall))
    assert len(both) == 2
    for part, found in (
        (f"building={estate.building.id}", both),
        ("building=999999", set()),
        ("floor=3", {estate.east.id}),
        ("q=m0", {estate.east.id}),
        ("q=calc", {estate.east.id}),
        ("q=b101", both - {estate.east.id}),
    ):
        assert _rooms(desk.see(f"{wall}&{part}")) == found, part


def test_an_address_that_makes_no_sense_shows_the_whole_wall(office: Office) -> None:
    _, desk, wall = _at_wall(office)
    both = _rooms(desk.see(wall))
    for part in ("building=x", "building=²", "state=on+fire", "medium=gas", "room=1e9", f"room={'9' * 60}"):
        assert _rooms(desk.see(f"{wall}&{part}")) == both, part
    for since in ("", "x", "-1", "9" * 18, "9" * 40, "²"):
        _changes(desk, wall, since)


def test_only_tiles_that_changed_are_told_again(office: Office) -> None:
    estate, desk, wall = _at_wall(office)
    first = _stamp(desk.see(wall))
    assert _rooms(_changes(desk, wall, first)) == set()
    _say(office, estate, supply=SupplyState.OPEN)
    told = _changes(desk, wall, first)
    assert (_rooms(told), "拉闸" in told, "wall-counts" in told) == ({estate.east.id}, True, True)
    assert len(_rooms(_changes(desk, wall, "0"))) == 2


def test_a_room_that_changed_while_it_was_asked_for_and_back_is_told_as_it_is(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    estate, desk, wall = _at_wall(office)
    run_sql = Session.run_sql

    def disturbed(session: Session, statement: LiteralString, **values: object) -> Result[Any]:
        if statement in (ROOMS, SOME_ROOMS):
            _say(office, estate, supply=SupplyState.OPEN)
        return run_sql(session, statement, **values)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(Session, "run_sql", disturbed)
        stamp = _stamp(desk.see(wall))
    _say(office, estate, supply=SupplyState.CLOSED)
    assert _rooms(_changes(desk, wall, stamp)) == {estate.east.id}
    assert _rooms(desk.see(f"{wall}&state=cut")) == set()


def test_a_tile_that_only_grew_old_is_told_again(office: Office) -> None:
    estate, desk, wall = _at_wall(office)
    stamp = _stamp(desk.see(wall))
    assert _rooms(_changes(desk, wall, stamp)) == set()
    office.clock.ahead += timedelta(minutes=6)
    text = _changes(desk, wall, stamp)
    assert _rooms(text) == {estate.east.id}
    assert "离线 5 分钟" in text


def test_a_room_that_left_the_view_or_is_no_more_is_told_so(office: Office) -> None:
    estate, desk, wall = _at_wall(office)
    first = _stamp(desk.see(f"{wall}&state=cut"))
    _say(office, estate, balance=5)
    assert f'<i id="room-{estate.east.id}" data-gone>' in _changes(desk, f"{wall}&state=cut", first)

    def retired(session: Session) -> None:
        session.execute(update(Meter).where(Meter.room_id == estate.east.id).values(state="retired"))
        session.execute(update(Room).where(Room.id == estate.east.id).values(retired_at=session.clock.now()))

    office.runtime.database.run(retired)
    assert f'<i id="room-{estate.east.id}" data-gone>' in _changes(desk, wall, first)


def test_the_drawer_shows_a_room_and_its_forms_lead_back_to_the_wall(office: Office) -> None:
    estate, desk, wall = _at_wall(office)
    room = f"/admin/wall/rooms/{estate.east.id}"
    text = desk.see(f"{room}?q=301", HX_Request="true")
    back = f"/admin/wall?park={estate.park.id}&q=301&room={estate.east.id}"
    for words in ("301", SPITEFUL, "¥123.45", "今日用电", "远程操作", "¥100.00", f'value="{back}"', "</svg>"):
        assert words in text, words
    led = desk.client.get(room)
    assert led.headers["Location"] == f"{wall}&room={estate.east.id}"
    assert 'hx-trigger="load"' in desk.see(led.headers["Location"])
    assert "指令" not in desk.see(f"{room}/live", HX_Request="true")


def test_who_may_not_operate_or_see_money_sees_neither_in_the_drawer(office: Office) -> None:
    estate = built(office)
    for role, operates, money in ((StaffRole.TECHNICIAN, True, False), (StaffRole.AUDITOR, False, True)):
        desk = at_desk(office, role.value, role)
        text = desk.see(f"/admin/wall/rooms/{estate.east.id}", HX_Request="true")
        assert ("远程操作" in text, "最近订单" in text) == (operates, money), role


def test_who_works_for_one_park_sees_its_wall_only(office: Office) -> None:
    estate = built(office)
    desk = at_desk(office, "henry", StaffRole.ADMINISTRATOR, office.parks[1])
    led = desk.client.get(f"/admin/wall?park={estate.park.id}")
    assert led.headers["Location"] == f"/admin/wall?park={office.parks[1].id}"
    assert _rooms(desk.see(led.headers["Location"])) == {estate.west.id}
    told = desk.see(f"/admin/wall/changes?park={estate.park.id}&since=0")
    assert _rooms(told) == {estate.west.id}
