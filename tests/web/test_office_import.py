"""A workbook is looked at as a sheet with the errors beside the cells, corrected, and taken over once."""

from io import BytesIO

from python_calamine import CalamineWorkbook
from sqlalchemy import func, select

from backend.estate.models import Room
from backend.staff.roles import StaffRole
from tests.flows.import_world import workbook
from tests.flows.staff_world import Office
from tests.web.office import Browser, at_desk

ROOM = {"park": "east", "building": "A座", "floor": 3, "number": "301", "area_dm2": 120.5, "kind": "商铺"}


def _send(desk: Browser, content: bytes, **more: str) -> tuple[int, bytes]:
    desk.see("/admin/import")
    answer = desk.send("/admin/import", file=(BytesIO(content), "rooms.xlsx"), back="/admin/import", **more)
    desk.shown = answer.text if answer.mimetype == "text/html" else desk.shown
    return answer.status_code, answer.data


def _rooms(office: Office) -> int:
    return office.runtime.database.run(lambda session: session.scalar(select(func.count(Room.id))) or 0)


def test_errors_stand_beside_their_cells_and_the_corrected_file_is_taken_over_once(office: Office) -> None:
    desk = at_desk(office, "alice", StaffRole.ADMINISTRATOR)
    wrong = workbook(rooms=[ROOM, {**ROOM, "number": "302", "area_dm2": "many"}])
    _send(desk, wrong)
    assert ('<td class="bad">many' in desk.shown, "面积应为数字" in desk.shown) == (True, True)
    assert "确认导入" not in desk.shown
    _, told = _send(desk, wrong, marked="yes")
    assert CalamineWorkbook.from_filelike(BytesIO(told)).sheet_names == ["房间"]
    right = workbook(rooms=[ROOM, {**ROOM, "number": "302"}])
    _send(desk, right)
    assert ("确认导入" in desk.shown, _rooms(office)) == (True, 0)
    confirm = desk.shown.split('action="/admin/import/')[1].split('"')[0]
    for _ in range(2):
        assert desk.send(f"/admin/import/{confirm}").status_code == 303
    assert "已导入：新增或更新 2 行。" in desk.see("/admin/rooms")
    _send(desk, right)
    assert ("已经导入过" in desk.shown, _rooms(office)) == (True, 2)


def test_what_is_no_workbook_is_refused_with_a_sentence(office: Office) -> None:
    desk = at_desk(office, "alice", StaffRole.ADMINISTRATOR)
    assert _send(desk, b"not a workbook")[0] == 303
    assert "无法读取文件" in desk.see("/admin/import")
    assert _send(desk, b"")[0] == 303
    assert "请填写所有必填项。" in desk.see("/admin/import")
    assert desk.client.get("/admin/import/template").data[:2] == b"PK"


def test_what_was_looked_at_for_another_park_is_not_taken_over(office: Office) -> None:
    desk = at_desk(office, "henry", StaffRole.PARK_LEADER, office.parks[1])
    _send(desk, workbook(rooms=[ROOM]))
    assert "确认导入" not in desk.shown
    assert desk.send("/admin/import/999/confirm").status_code == 404


def test_who_looks_again_at_what_is_out_of_date_is_led_to_send_the_file_anew(office: Office) -> None:
    desk = at_desk(office, "alice", StaffRole.ADMINISTRATOR)
    runs = []
    for content in (workbook(rooms=[ROOM]), workbook(rooms=[{**ROOM, "area_dm2": 99}])):
        _send(desk, content)
        runs.append(desk.shown.split('action="/admin/import/')[1].split("/")[0])
    desk.send(f"/admin/import/{runs[1]}/confirm")
    answer = desk.client.get(f"/admin/import/{runs[0]}")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/import")
    assert "请重新检查后再确认" in desk.see("/admin/import")


def test_what_differs_stands_beside_what_it_replaces_both_as_one_types_them(office: Office) -> None:
    desk = at_desk(office, "alice", StaffRole.ADMINISTRATOR)
    _send(desk, workbook(rooms=[ROOM]))
    assert "<td>3</td><td>301</td><td>120.5</td>" in desk.shown
    desk.send("/admin/import/" + desk.shown.split('action="/admin/import/')[1].split('"')[0])
    _send(desk, workbook(rooms=[{**ROOM, "area_dm2": 99, "kind": "办公"}]))
    assert "<del>120.5</del> <ins>99</ins>" in desk.shown
    assert "<del>商铺</del> <ins>办公</ins>" in desk.shown
