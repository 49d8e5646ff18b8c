"""A property company brings its rooms, tenants and meters in a workbook: looked at first, taken over once."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from functools import partial
from io import BytesIO
from time import process_time
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select, update
from xlsxwriter import Workbook

from backend.audit.models import AuditEntry
from backend.estate.archive_models import Contact
from backend.estate.errors import RoomTakenError
from backend.estate.models import Holder, Room, Tenancy
from backend.estate.rooms import RoomWords, change_room
from backend.importing.checking import Fate, Row
from backend.importing.errors import (
    FormulasError,
    HeaderWrongError,
    ImportHasErrorsError,
    ImportStaleError,
    MergedCellsError,
    NotAWorkbookError,
    SheetMissingError,
    WorkbookTooLargeError,
    WorkbookTooWideError,
)
from backend.importing.layout import SheetKind
from backend.importing.models import ImportRun
from backend.importing.running import DryRun, check_workbook, confirm_import
from backend.importing.template import marked, template
from backend.kernel.db import Database
from backend.kernel.errors import NotFoundError, ProductError
from backend.kernel.scope import Scope
from backend.metering.models import Meter, MeterState
from backend.runtime import Runtime
from tests import park
from tests.flows.import_world import workbook
from tests.flows.staff_world import TESTER
from tests.park import KnownPark

PARK = "Alice's park"
WHALE = {"name": "蓝鲸", "kind": "企业", "credit_code": "91110000802100433B", "contact": "王", "phone": "138 0000 0000"}
ROOM = {"park": PARK, "building": "A", "floor": 3, "number": 301, "area_dm2": 120.5, "kind": "商铺", "phase": "三相"}
LET = {**ROOM, "holder": "蓝鲸", "starts_on": date(2026, 1, 1)}
METER = {
    "number": "N301",
    "serial": "202699990301",
    "park": PARK,
    "building": "A",
    "room": 301,
    "gateway": "g",
    "port": 5020,
    "unit": 31,
    "profile": "reference_cas",
}


class Office:
    """Where a workbook is looked at and taken over."""

    def __init__(self, runtime: Runtime, known: KnownPark, scope: Scope) -> None:
        self.runtime, self.known, self.scope = runtime, known, scope
        self.database: Database = runtime.database.within(known.organisation.id)

    def look(self, content: bytes) -> DryRun:
        """Look at a workbook."""
        look = partial(check_workbook, scope=self.scope, profiles=self.runtime.profiles, by=TESTER)
        return self.database.run(partial(look, content=content, file_name="rooms.xlsx"))

    def confirm(self, run_id: int) -> ImportRun:
        """Take over what was looked at."""
        take = partial(confirm_import, scope=self.scope, profiles=self.runtime.profiles, by=TESTER)
        return self.database.run(partial(take, run_id=run_id))

    def count(self, *tables: Any) -> list[int]:
        """Return how many rows tables have."""
        with self.database.transaction() as session:
            return [session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]


@pytest.fixture
def office(runtime: Runtime) -> Office:
    """The known park, whole."""
    known = park.build(runtime)
    return Office(runtime, known, Scope(known.organisation.id))


def _errors(found: DryRun) -> list[tuple[str, int, str]]:
    return [(row.sheet.value, row.number, column) for row in found.errors for column in row.errors]


def _fates(found: DryRun, kind: SheetKind = SheetKind.ROOMS) -> list[Fate]:
    return [row.fate for row in found.sheets[kind]]


def test_a_workbook_is_looked_at_without_touching_anything_and_taken_over_once(office: Office) -> None:
    before = office.count(Room, Holder, Tenancy, Meter, Contact)
    found = office.look(workbook([WHALE], [LET], [METER]))
    assert (found.errors, found.done, office.count(Room, Holder, Tenancy, Meter, Contact)) == ([], False, before)
    assert found.run.counts == {"holders": {"new": 1}, "rooms": {"new": 1}, "meters": {"new": 1}}
    with ThreadPoolExecutor(3) as pool:
        runs = list(pool.map(lambda _: office.confirm(found.run.id), range(3)))
    assert len({run.id for run in runs}) == 1
    assert office.count(Room, Holder, Tenancy, Meter, Contact) == [one + 1 for one in before]
    with office.database.transaction() as session:
        room = session.scalars(select(Room).filter_by(number="301")).one()
        meter = session.scalars(select(Meter).filter_by(number="N301")).one()
        assert (room.floor, room.level, room.area_dm2, room.kind.value) == ("3", 3, 12_050, "shop")
        assert (meter.room_id, meter.unit, meter.capability.value) == (room.id, 31, "counter_cas")
        assert session.scalars(select(Contact.phone)).one() == "13800000000"
        told = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
        assert "13800000000" not in str([e.after for e in session.scalars(select(AuditEntry))])
    assert list(told) == ["holder_added", "room_added", "meter_installed", "workbook_imported"]


def test_the_same_file_again_changes_nothing(office: Office) -> None:
    content = workbook([WHALE], [LET], [METER])
    first = office.look(content)
    office.confirm(first.run.id)
    counts = office.count(Room, Holder, Tenancy, Meter, AuditEntry)
    again = office.look(content)
    assert (again.done, again.run.id, _fates(again)) == (True, first.run.id, [Fate.UNCHANGED])
    office.confirm(again.run.id)
    assert office.count(Room, Holder, Tenancy, Meter, AuditEntry) == counts


def test_what_differs_is_shown_and_an_empty_cell_leaves_things_as_they_are(office: Office) -> None:
    office.confirm(office.look(workbook([WHALE], [LET], [METER])).run.id)
    changed = {"park": PARK, "building": "A", "floor": 3, "number": "301", "area_dm2": 99, "remark": "corner"}
    found = office.look(workbook(rooms=[changed]))
    (row,) = found.sheets[SheetKind.ROOMS]
    assert (row.fate, row.changes) == (Fate.CHANGED, {"area_dm2": (12_050, 9_900), "remark": ("", "corner")})
    office.confirm(found.run.id)
    with office.database.transaction() as session:
        room = session.scalars(select(Room).filter_by(number="301")).one()
        assert (room.area_dm2, room.kind.value, room.remark) == (9_900, "shop", "corner")


def test_a_file_that_nobody_takes_over_is_forgotten_after_a_month(office: Office) -> None:
    old = office.look(workbook([WHALE])).run.id
    with office.database.transaction() as session:
        session.get_one(ImportRun, old).checked_at -= timedelta(days=31)
    young = office.look(workbook(rooms=[LET])).run.id
    with office.database.transaction() as session:
        assert session.scalars(select(ImportRun.id)).all() == [young]


def test_the_file_with_the_errors_says_what_was_typed_and_can_be_mended_and_sent_again(office: Office) -> None:
    wrong = office.look(workbook([WHALE], [LET, {**ROOM, "number": 302, "area_dm2": "large"}], [METER]))
    mended = office.look(_retyped(marked(wrong.sheets), "large", "60"))
    assert [(row.fate, row.values["number"], row.values["floor"]) for row in mended.sheets[SheetKind.ROOMS]] == [
        (Fate.NEW, "301", "3"),
        (Fate.NEW, "302", "3"),
    ]
    office.confirm(mended.run.id)
    assert {row.fate for rows in office.look(workbook([WHALE], [LET], [METER])).sheets.values() for row in rows} == {
        Fate.UNCHANGED
    }


def _retyped(content: bytes, before: str, after: str) -> bytes:
    packed = BytesIO()
    with ZipFile(BytesIO(content)) as old, ZipFile(packed, "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(f">{before}<".encode(), f">{after}<".encode()))
    return packed.getvalue()


@pytest.mark.parametrize(
    ("sheet", "change", "column"),
    [
        ("rooms", {"park": "nowhere"}, "park"),
        ("rooms", {"floor": ""}, "floor"),
        ("rooms", {"area_dm2": "large"}, "area_dm2"),
        ("rooms", {"area_dm2": 0.001}, "area_dm2"),
        ("rooms", {"area_dm2": -1}, "area_dm2"),
        ("rooms", {"area_dm2": "1e999999"}, "area_dm2"),
        ("rooms", {"kind": "城堡"}, "kind"),
        ("rooms", {"holder": "nobody"}, "holder"),
        ("rooms", {"holder": "", "starts_on": "2026-01-01"}, "holder"),
        ("rooms", {"starts_on": "2026-02-30"}, "starts_on"),
        ("rooms", {"remark": "x" * 201}, "remark"),
        ("holders", {"credit_code": "91110000802100433A"}, "credit_code"),
        ("holders", {"phone": "call me"}, "phone"),
        ("holders", {"phone": ""}, "phone"),
        ("meters", {"room": 999}, "room"),
        ("meters", {"profile": "none"}, "profile"),
        ("meters", {"profile": "dlt645_2007"}, "profile"),  # on a line of Modbus TCP
        ("meters", {"gateway": "h"}, "gateway"),
        ("meters", {"port": 5021}, "gateway"),
        ("meters", {"unit": 248}, "unit"),
        ("meters", {"unit": 1}, "unit"),
        ("meters", {"number": "M1"}, "number"),
        ("meters", {"circuit": 2}, "circuit"),
        ("meters", {"profile": "acrel_adf300", "circuit": 37}, "circuit"),
        ("meters", {"profile": "acrel_adf300", "unit": 3, "circuit": 2}, "unit"),
        ("meters", {"ct_ratio": 0}, "ct_ratio"),
        ("meters", {"ct_ratio": "-40"}, "ct_ratio"),
        ("meters", {"ct_ratio": 1.5}, "ct_ratio"),
        ("meters", {"pt_ratio": 10_001}, "pt_ratio"),
        ("meters", {"profile": "reference_water", "ct_ratio": 40}, "ct_ratio"),
        ("meters", {"profile": "reference_bcd", "ct_ratio": 40}, "ct_ratio"),
    ],
)
def test_an_error_stands_beside_its_cell_and_nothing_is_taken(
    office: Office, sheet: str, change: dict[str, Any], column: str
) -> None:
    rows: dict[str, Any] = {"holders": [WHALE], "rooms": [LET], "meters": [METER]}
    rows[sheet] = [{**rows[sheet][0], **change}]
    before = office.count(Room, Holder, Tenancy, Meter)
    found = office.look(workbook(**rows))
    assert (sheet, 2, column) in _errors(found)
    with pytest.raises(ImportHasErrorsError):
        office.confirm(found.run.id)
    assert office.count(Room, Holder, Tenancy, Meter) == before
    shown = CalamineWorkbook.from_filelike(BytesIO(marked(found.sheets)))
    assert {"holders": "租户", "rooms": "房间", "meters": "电表"}[sheet] in shown.sheet_names


def test_doubled_rows_and_meters_are_shown_with_the_row_they_repeat(office: Office) -> None:
    other = {**METER, "number": "N302", "unit": 32}
    same_wire = {**METER, "number": "N303", "serial": "202699990303"}
    found = office.look(workbook([WHALE, WHALE], [LET, LET], [METER, METER, other, same_wire]))
    assert _errors(found) == [
        *(("holders", 3, "name"), ("holders", 3, "credit_code"), ("rooms", 3, "number")),
        *(("meters", 3, "number"), ("meters", 3, "serial"), ("meters", 3, "unit")),
        *(("meters", 4, "serial"), ("meters", 5, "unit")),
    ]
    row: Row = found.sheets[SheetKind.METERS][1]
    assert (row.errors["number"].zh, row.errors["number"].en) == ("与第 2 行重复", "repeats row 2")


def test_circuits_of_a_box_are_meters_of_one_unit_and_stand_in_nobodys_way(office: Office) -> None:
    box = [
        {
            **METER,
            "number": f"N{n}",
            "serial": f"20269999{n:04}",
            "profile": "acrel_adf300",
            "circuit": n,
            "ct_ratio": 40,
        }
        for n in (1, 2, 3)
    ]
    office.confirm(office.look(workbook([WHALE], [LET], box)).run.id)
    hung = select(Meter.unit, Meter.circuit, Meter.wire_unit, Meter.ct_ratio).filter_by(profile="acrel_adf300")
    with office.database.transaction() as session:
        rows = session.execute(hung.order_by(Meter.circuit)).all()
    assert [tuple(row) for row in rows] == [(31, 1, 31, 40), (31, 2, 32, 40), (31, 3, 33, 40)]
    assert office.look(workbook([WHALE], [LET], box)).errors == []
    plain = {**METER, "number": "N9", "serial": "202699990009", "unit": 32}
    assert _errors(office.look(workbook([WHALE], [LET], [plain]))) == [("meters", 2, "unit")]
    both = [{**plain, "unit": 42}, {**box[1], "number": "N8", "serial": "202699990008", "unit": 41}]
    found = office.look(workbook([WHALE], [LET], both))
    assert (_errors(found), found.errors[0].errors["unit"].zh) == ([("meters", 3, "unit")], "总线地址 42 与第 2 行重复")
    other = [{**box[0], "ct_ratio": 50}]
    assert _errors(office.look(workbook([WHALE], [LET], other))) == [("meters", 2, "number")]


def test_a_template_of_before_there_were_circuits_is_still_read_and_its_cells_mean_one(office: Office) -> None:
    def shorten(sheet: Any, kind: SheetKind) -> None:
        if kind is SheetKind.METERS:
            for place in (9, 10, 11):
                sheet.write_blank(0, place, None)

    found = office.look(workbook([WHALE], [LET], [METER], touch=shorten))
    office.confirm(found.run.id)
    with office.database.transaction() as session:
        meter = session.scalars(select(Meter).filter_by(number="N301")).one()
    assert (meter.circuit, meter.ct_ratio, meter.pt_ratio, meter.wire_unit) == (1, 1, 1, 31)


def test_the_number_of_a_meter_that_was_taken_down_is_free(office: Office) -> None:
    again = {**METER, "number": "M1"}
    twin = {**METER, "serial": office.known.counting.meter.serial}
    assert _errors(office.look(workbook([WHALE], [LET], [twin]))) == [("meters", 2, "serial")]
    assert _errors(office.look(workbook([WHALE], [LET], [again]))) == [("meters", 2, "number")]
    retired = update(Meter).filter_by(number="M1").values(state=MeterState.RETIRED)
    office.database.run(lambda s: s.execute(retired))
    office.confirm(office.look(workbook([WHALE], [LET], [again])).run.id)
    with office.database.transaction() as session:
        rows = session.scalars(select(Meter.state).filter_by(number="M1").order_by(Meter.id)).all()
    assert rows == [MeterState.RETIRED, MeterState.ACTIVE]


def test_a_room_that_is_let_is_not_let_to_another(office: Office) -> None:
    office.confirm(office.look(workbook([WHALE], [LET])).run.id)
    panda = {"name": "熊猫"}
    found = office.look(workbook([panda], [{**LET, "holder": "熊猫"}]))
    assert _errors(found) == [("rooms", 2, "holder")]
    assert "蓝鲸" in found.errors[0].errors["holder"].zh


def test_a_look_that_is_out_of_date_is_not_taken_over(office: Office) -> None:
    office.confirm(office.look(workbook([WHALE], [LET])).run.id)
    found = office.look(workbook(rooms=[{**ROOM, "remark": "new"}]))
    with office.database.transaction() as session:
        room_id = session.scalars(select(Room.id).filter_by(number="301")).one()
    office.database.run(
        partial(change_room, scope=office.scope, room_id=room_id, words=RoomWords("3", "301", 1), by=TESTER)
    )
    with pytest.raises(ImportStaleError):
        office.confirm(found.run.id)
    assert RoomTakenError.status == ImportStaleError.status


def _merged(sheet: Any, kind: SheetKind) -> None:
    if kind is SheetKind.ROOMS:
        sheet.merge_range(1, 1, 2, 1, "A")


def _formula(sheet: Any, kind: SheetKind) -> None:
    if kind is SheetKind.ROOMS:
        sheet.write_formula(1, 4, "=1+1", None, 2)


def _header(sheet: Any, _: SheetKind) -> None:
    sheet.write(0, 1, "大楼")


def _bomb() -> bytes:
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as parts:
        parts.writestr("xl/worksheets/sheet1.xml", b"0" * (65 * 1024 * 1024))
    return packed.getvalue()


def _rewritten(content: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    """Return a workbook whose parts were stored by another program."""
    packed = BytesIO()
    with ZipFile(BytesIO(content)) as old, ZipFile(packed, "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return packed.getvalue()


def _far(cell: str) -> bytes:
    """Return a workbook with one cell far from the table, where the reader makes room for all between."""
    row, value = cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), f'<c r="{cell}"><v>1</v></c>'
    stray = f'<row r="{row}">{value}</row></sheetData>'.encode()
    return _rewritten(workbook(rooms=[LET]), lambda _, part: part.replace(b"</sheetData>", stray))


def _named_apart(name: str, part: bytes) -> bytes:
    """Store sheets as programs do that put a prefix before every name, and swap the two by their relations."""
    if name.startswith("xl/worksheets/sheet"):
        return re.sub(rb"<(/?)(?=[a-z])", rb"<\1x:", part).replace(b"xmlns=", b"xmlns:x=")
    if name == "xl/_rels/workbook.xml.rels":
        swapped = part.replace(b"sheet1.xml", b"sheet0.xml").replace(b"sheet2.xml", b"sheet1.xml")
        return swapped.replace(b"sheet0.xml", b"sheet2.xml")
    if name == "xl/workbook.xml":
        swapped = part.replace("租户".encode(), "甲".encode()).replace("房间".encode(), "租户".encode())
        return swapped.replace("甲".encode(), "房间".encode())
    return part


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (_far("XFD1048576"), WorkbookTooLargeError),
        (_far("XFD2"), WorkbookTooWideError),
        (_far("A1048576"), WorkbookTooLargeError),
        (_rewritten(workbook([WHALE], rooms=[LET], touch=_formula), _named_apart), FormulasError),
        (b"", NotAWorkbookError),
        (b"name,phone\n", NotAWorkbookError),
        (b"PK\x03\x04 broken", NotAWorkbookError),
        (_bomb(), WorkbookTooLargeError),
        (workbook(rooms=[LET], touch=_header), HeaderWrongError),
        (workbook(rooms=[LET, LET], touch=_merged), MergedCellsError),
        (workbook([WHALE], rooms=[LET], touch=_formula), FormulasError),
        (workbook(rooms=[{**ROOM, "number": n} for n in range(20_001)]), WorkbookTooLargeError),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused_with_a_reason(
    office: Office, content: bytes, refusal: type[ProductError]
) -> None:
    before = office.count(Room, ImportRun)
    with pytest.raises(refusal) as refused:
        office.look(content)
    assert refused.value.sentence("zh")
    assert office.count(Room, ImportRun) == before


def test_a_workbook_without_our_sheets_is_refused(office: Office) -> None:
    with pytest.raises(SheetMissingError):
        office.look(_foreign())


def _foreign() -> bytes:
    written = BytesIO()
    book = Workbook(written, {"in_memory": True})
    book.add_worksheet("Sheet1")
    book.close()
    return written.getvalue()


def test_the_template_is_read_as_a_workbook_without_rows(office: Office) -> None:
    found = office.look(template())
    assert [list(rows) for rows in found.sheets.values()] == [[], [], [], []]


def test_who_works_for_one_park_imports_there_only_and_changes_no_tenant(runtime: Runtime) -> None:
    known = park.build(runtime)
    whole = Office(runtime, known, Scope(known.organisation.id))
    whole.confirm(whole.look(workbook([WHALE], [ROOM])).run.id)
    here = Office(runtime, known, Scope(known.organisation.id, frozenset({known.park.id})))
    assert _errors(here.look(workbook([{**WHALE, "kind": "个人"}], [LET]))) == [("holders", 2, "name")]
    elsewhere = Office(runtime, known, Scope(known.organisation.id, frozenset({known.park.id + 1})))
    assert _errors(elsewhere.look(workbook(rooms=[ROOM]))) == [("rooms", 2, "park")]
    foreign = park.build(runtime, name="Dora's park")
    run = whole.look(workbook(rooms=[{**ROOM, "number": 5}])).run.id
    with pytest.raises(NotFoundError):
        Office(runtime, foreign, Scope(foreign.organisation.id)).confirm(run)


def test_5000_rooms_with_their_tenants_are_looked_at_and_taken_over_in_ten_seconds(office: Office) -> None:
    holders = [{"name": f"tenant {n}", "phone": f"1390000{n:04}", "contact": "c"} for n in range(5000)]
    rooms = [{**ROOM, "number": f"{n:05}", "floor": n // 100, "holder": f"tenant {n}"} for n in range(5000)]
    content = workbook(holders, rooms)
    began = process_time()  # of this process: others may be at work on the machine
    found = office.look(content)
    office.confirm(found.run.id)
    assert process_time() - began < 10
    assert office.count(Tenancy) == [5000]
