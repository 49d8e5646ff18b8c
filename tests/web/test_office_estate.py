"""Staff change the estate from its pages; what does not fit is said beside its field, and what was typed stays."""

import re
from datetime import date

from sqlalchemy import select

from backend.audit.models import AuditEntry
from backend.estate.models import Room, Tenancy
from backend.metering.group_models import MeterGroupMember
from backend.metering.models import Meter
from backend.staff.roles import StaffRole
from tests.flows.staff_world import Office
from tests.web.estate import SPITEFUL, built
from tests.web.office import Browser, at_desk

OWN = ("staff_set_up", "logged_in")  # what stands in the trail of everybody
ROOM = {"floor": "3", "kind": "shop", "phase": "", "remark": "临街", "area": "50.5"}


def _alice(office: Office) -> Browser:
    desk = at_desk(office, "alice", StaffRole.ADMINISTRATOR)
    desk.see("/admin/account")
    return desk


def _beside(shown: str, field: str) -> str:
    """Return what stands beside a field as wrong; under "" what is wrong with the whole form."""
    if not field:
        found = re.search(r'alert-danger" role="alert">.*?<div>(.*?)</div>', shown, re.DOTALL)
    else:
        found = re.search(rf'id="f-{field}-wrong"[^>]*>.*?</svg> (.*?)</div>', shown, re.DOTALL)
    return found[1] if found else ""


def _room(office: Office, number: str) -> Room:
    rooms = select(Room).filter_by(number=number, retired_at=None)
    return office.runtime.database.run(lambda session: session.scalars(rooms).one())


def _done(office: Office) -> list[str]:
    actions = select(AuditEntry.action).filter_by(actor_name="alice").order_by(AuditEntry.id)
    return [each for each in office.runtime.database.run(lambda s: s.scalars(actions).all()) if each not in OWN]


def test_a_park_a_building_and_a_room_are_added_named_and_found(office: Office) -> None:
    built(office)
    desk = _alice(office)
    shown = desk.send("/admin/parks/new", name="east").text
    assert (_beside(shown, "name"), 'value="east"' in shown) == ("“east”已存在。", True)
    park = desk.send("/admin/parks/new", name="滨河园").headers["Location"]
    building = desk.send(f"{park}/buildings/new", name="1号楼").headers["Location"]
    assert _beside(desk.send(f"{park}/buildings/new", name="1号楼").text, "name") == "“1号楼”已存在。"
    desk.send(f"{building}/rename", name="一号楼")
    desk.send(f"{park}/rename", name="滨江园")
    assert ("滨江园" in desk.see(park), "一号楼" in desk.see(park)) == (True, True)
    number = building.rpartition("/")[2]
    assert f'value="{number}" selected' in desk.see(f"/admin/rooms/new?building={number}")
    shown = desk.send("/admin/rooms/new", **{**ROOM, "building": number, "number": "101", "area": "5.555"}).text
    assert (_beside(shown, "area"), 'value="临街"' in shown) == ("最多两位小数", True)
    made = desk.send("/admin/rooms/new", **ROOM, building=number, number="101").headers["Location"]
    assert "50.50 m²" in desk.see(made)
    assert _beside(desk.send("/admin/rooms/new", **ROOM, building=number, number="101").text, "number")
    assert ("101" in desk.see(building), "滨江园" in desk.see("/admin/parks")) == (True, True)
    wanted = ["park_added", "building_added", "building_renamed", "park_renamed", "room_added"]
    assert _done(office) == wanted


def test_a_room_is_described_anew_moved_and_keeps_its_history(office: Office) -> None:
    estate, desk = built(office), _alice(office)
    page = f"/admin/rooms/{estate.east.id}"
    shown = desk.send(f"{page}/change", **{**ROOM, "number": "B101", "floor": "二层"}).text
    assert (_beside(shown, "number"), 'value="二层"' in shown) == ("该楼栋已有房间 B101。", True)
    desk.send(f"{page}/change", **ROOM, number="301A")
    made = desk.send(f"/admin/parks/{estate.park.id}/buildings/new", name="B座").headers["Location"]
    desk.send(f"{page}/move", building=made.rpartition("/")[2], floor="5层")
    text = desk.see(page)
    assert ("B座 301A" in text, SPITEFUL in text, "移动房间" in text, "301A" in text) == (True, True, True, True)
    assert ("面积" in text, "area_dm2" in text) == (True, False)


def test_a_room_is_split_with_its_meter_then_merged_again(office: Office) -> None:
    estate, desk = built(office), _alice(office)
    page, meter = f"/admin/rooms/{estate.east.id}", f"meter{estate.meter.id}"
    assert 'name="number2"' in desk.send(f"{page}/split", parts="2", more="yes", number0="301甲").text
    assert 'value="301甲"' in desk.send(f"{page}/split", parts="2", more="yes", number0="301甲").text
    parts = {"parts": "2", "on": "2026-06-01", "kind0": "office", "kind1": "shop", meter: "1"}
    shown = desk.send(f"{page}/split", **parts, number0="301甲", area0="100", number1="301乙", area1="20").text
    assert "各间面积之和与原面积不符" in _beside(shown, "")
    shown = desk.send(f"{page}/split", **parts, number0="B101", area0="100.5", number1="301乙", area1="20").text
    assert (_beside(shown, "number0"), _beside(shown, "number1")) == ("该楼栋已有房间 B101。", "")
    desk.send(f"{page}/split", **parts, number0="301甲", area0="100.5", number1="301乙", area1="20")
    one, other = _room(office, "301甲"), _room(office, "301乙")
    assert office.runtime.database.run(lambda s: s.get_one(Meter, estate.meter.id).room_id) == other.id
    assert ("已停用" in desk.see(page), "301甲" in desk.see(page), SPITEFUL in desk.see(f"/admin/rooms/{one.id}")) == (
        True,
        True,
        True,
    )
    whole = {**ROOM, "number": "301", "area": "120.5", "on": "2026-06-02"}
    vacant = _room(office, "B101")
    shown = desk.send(f"/admin/rooms/{one.id}/merge", **{**whole, "area": "140.5"}, rooms=[other.id, vacant.id]).text
    assert ("各间的租户或租期不同" in _beside(shown, ""), f'value="{other.id}" checked' in shown) == (True, True)
    led = desk.send(f"/admin/rooms/{one.id}/merge", **whole, rooms=[other.id]).headers["Location"]
    assert ("M0" in desk.see(led), "301甲" in desk.see(led), SPITEFUL in desk.see(led)) == (True, True, True)


def test_a_room_is_retired_when_nothing_stands_in_it(office: Office) -> None:
    estate, desk = built(office), _alice(office)
    shown = desk.see(f"/admin/rooms/{estate.east.id}/retire")
    assert ("房间还有未结束的租约" in shown, "房间里还有电表：M0" in shown) == (True, True)
    refused = desk.send(f"/admin/rooms/{estate.east.id}/retire", reason="拆除").text
    assert ("仍有租约或电表" in _beside(refused, ""), 'value="拆除"' in refused) == (True, True)
    vacant = f"/admin/rooms/{_room(office, 'B101').id}"
    assert _beside(desk.send(f"{vacant}/retire", reason="").text, "reason") == "请填写此项"
    desk.send(f"{vacant}/retire", reason="拆除")
    text = desk.see(vacant)
    assert ("已停用" in text, "拆除" in text, f"{vacant}/change" in text) == (True, True, False)


def test_a_tenant_is_registered_moves_in_and_out(office: Office) -> None:
    built(office)
    desk = _alice(office)
    assert _beside(desk.send("/admin/enterprises/new", name="西边茶室", kind="enterprise").text, "name")
    assert _beside(desk.send("/admin/enterprises/new", name="新人", kind="ghost").text, "kind") == "请选择"
    holder = desk.send("/admin/enterprises/new", name="宿舍一组", kind="room_group").headers["Location"]
    desk.send(f"{holder}/rename", name="宿舍甲组")
    room = _room(office, "B101")
    page = f"/admin/rooms/{room.id}"
    shown = desk.send(f"{page}/let", holder="宿舍", starts_on="2026-02-01", ends_on="").text
    assert (_beside(shown, "holder"), 'value="宿舍"' in shown) == ("没有名为“宿舍”的租户，请先登记。", True)
    shown = desk.send(f"{page}/let", holder="宿舍甲组", starts_on="2026-02-01", ends_on="2026-01-01").text
    assert _beside(shown, "ends_on") == "租约的结束日期必须晚于开始日期。"
    desk.send(f"{page}/let", holder="宿舍甲组", starts_on="2026-02-01", ends_on="")
    assert _beside(desk.send(f"{page}/let", holder="西边茶室", starts_on="2026-03-01", ends_on="").text, "starts_on")
    end = re.findall(rf"{page}/tenancies/\d+/end", desk.see(page))[0]
    assert _beside(desk.send(end, ends_on="2026-13-01", reason="搬走").text, "ends_on").startswith("应为日期")
    desk.send(end, ends_on="2026-07-01", reason="搬走")
    kept = select(Tenancy).filter_by(room_id=room.id)
    found = office.runtime.database.run(lambda s: s.scalars(kept).one())
    assert (found.starts_on, found.ends_on) == (date(2026, 2, 1), date(2026, 7, 1))
    assert ("宿舍甲组" in desk.see(page), "搬走" in desk.see(page)) == (True, True)


def test_ending_a_tenancy_tells_whose_account_goes_on_paying(office: Office) -> None:
    estate, desk = built(office), _alice(office)
    page = f"/admin/rooms/{estate.east.id}"
    end = re.findall(rf"{page}/tenancies/\d+/end", desk.see(page))[0]
    assert f"电表 M0 仍由“{SPITEFUL}”的账户 N0 付费，余额 ¥123.45" in desk.see(end)


def test_meters_are_put_in_a_group_by_the_filter_of_their_list_and_taken_out(office: Office) -> None:
    estate, desk = built(office), _alice(office)
    page = desk.send("/admin/groups/new", name="全部电表", park="", remark="").headers["Location"]
    assert _beside(desk.send("/admin/groups/new", name="全部电表", park="", remark="").text, "name")
    number = page.rpartition("/")[2]
    assert "找到 1 只电表" in desk.see("/admin/meters/to-group?q=M1")
    desk.send("/admin/meters/to-group?q=M1", group=number)
    assert ("M1" in desk.see(page), ">M0<" in desk.see(page)) == (True, False)
    desk.send("/admin/meters/to-group", group=number)
    desk.send(f"{page}/take-out", meter=[estate.far_meter.id])
    members = select(MeterGroupMember.meter_id).filter_by(group_id=int(number))
    assert office.runtime.database.run(lambda s: s.scalars(members).all()) == [estate.meter.id]
    told = ["group_made", "group_joined", "group_joined", "group_left"]
    assert _done(office) == told


def test_a_group_is_renamed_and_dissolved_and_its_meters_stay(office: Office) -> None:
    estate, desk = built(office), _alice(office)
    page = desk.send("/admin/groups/new", name="一层", park="", remark="").headers["Location"]
    desk.send("/admin/groups/new", name="二层", park="", remark="")
    desk.send("/admin/meters/to-group?q=M1", group=page.rpartition("/")[2])
    assert _beside(desk.send(f"{page}/change", name="二层", remark="").text, "name")
    desk.send(f"{page}/change", name="一层商铺", remark="临街")
    assert all(words in desk.see(page) for words in ("一层商铺", "临街"))
    assert "1 只电表留在原处" in desk.see(f"{page}/dissolve")
    assert desk.send(f"{page}/dissolve").headers["Location"] == "/admin/groups"
    assert desk.send(f"{page}/dissolve").status_code == 404
    assert "M1" in desk.see(f"/admin/meters/{estate.far_meter.id}")
    assert _done(office)[-2:] == ["group_described", "group_dissolved"]


def test_who_works_for_one_park_changes_that_park_only(office: Office) -> None:
    estate = built(office)
    desk = at_desk(office, "henry", StaffRole.PARK_LEADER, office.parks[1])
    desk.see("/admin/account")
    assert desk.client.get("/admin/parks/new").status_code == 403
    assert desk.send("/admin/parks/new", name="mine").status_code == 403
    assert "/admin/parks/new" not in desk.see("/admin/parks")
    foreign = {**ROOM, "building": estate.building.id, "number": "999"}
    assert desk.send("/admin/rooms/new", **foreign).status_code == 404
    assert desk.send("/admin/meters/to-group", group=estate.group.id).status_code == 404
    assert desk.send("/admin/groups/new", name="g", park=estate.park.id, remark="").status_code == 404
    assert "没有名为" in _beside(
        desk.send(f"/admin/rooms/{estate.west.id}/let", holder=SPITEFUL, starts_on="2026-02-01", ends_on="").text,
        "holder",
    )
