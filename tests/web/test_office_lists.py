"""The lists of the back office: found, sorted, summed, limited to what somebody may see, and taken away as files."""

import csv
import re
from io import BytesIO, StringIO

import pytest
from python_calamine import CalamineWorkbook

from backend.staff.roles import PERMISSIONS, StaffRole
from tests.flows.staff_world import Office
from tests.house.access import OFFICE
from tests.web.estate import PHONE, SPITEFUL, built
from tests.web.office import Browser, at_desk

LISTS = sorted(address.removesuffix("/export") for _, address in OFFICE if address.endswith("/export"))
ODD = "sort=nothing page=-3 size=7 columns=x since=2026-99-99 park=zzz building=a kind=b page=999999999999"


def _csv(desk: Browser, address: str) -> list[list[str]]:
    answer = desk.client.get(address)
    assert answer.status_code == 200, answer.text
    return list(csv.reader(StringIO(answer.data.decode("utf-8-sig"))))


@pytest.mark.parametrize("role", list(StaffRole))
def test_a_list_is_for_those_whose_role_allows_it(office: Office, role: StaffRole) -> None:
    built(office)
    desk = at_desk(office, "someone", role)
    for address in LISTS:
        may = OFFICE["GET", address] in PERMISSIONS[role]
        assert desk.client.get(address).status_code == (200 if may else 403), address
        assert desk.client.get(f"{address}/export?format=csv").status_code == (200 if may else 403), address


def test_who_works_for_one_park_sees_and_takes_away_that_park_only(office: Office) -> None:
    estate = built(office)
    desk = at_desk(office, "henry", StaffRole.PARK_LEADER, office.parks[1])
    for address in (
        "/admin/parks",
        "/admin/buildings",
        "/admin/rooms",
        "/admin/meters",
        "/admin/orders",
        "/admin/enterprises",
        "/admin/users",
    ):
        for asked in (address, f"{address}?park={office.parks[0].id}"):
            text = desk.see(asked)
            assert not any(foreign in text for foreign in (">301<", SPITEFUL, estate.order.order_no, ">M0<")), asked
        foreign = _csv(desk, f"{address}/export?format=csv&park={office.parks[0].id}")
        assert SPITEFUL not in str(foreign)
    assert ">901<" in desk.see("/admin/rooms")


def test_a_list_is_sorted_sieved_and_summed_by_its_address(office: Office) -> None:
    built(office)
    desk = at_desk(office, "alice", StaffRole.ADMINISTRATOR)
    assert "210.50 m²" in desk.see("/admin/rooms")
    numbers = [row[0] for row in _csv(desk, "/admin/rooms/export?format=csv&sort=-area")][1:]
    assert numbers == ["301", "901", "B101"]
    assert [row[0] for row in _csv(desk, "/admin/rooms/export?format=csv&held=no")][1:] == ["B101"]
    assert [row[0] for row in _csv(desk, "/admin/rooms/export?format=csv&q=西边")][1:] == ["901"]
    text = desk.see(f"/admin/rooms?park={office.parks[0].id}&q=301")
    assert ("120.50 m²" in text, ">901<" in text) == (True, False)


@pytest.mark.parametrize("odd", ODD.split())
def test_what_makes_no_sense_in_an_address_is_left_out(office: Office, odd: str) -> None:
    built(office)
    desk = at_desk(office, "alice", StaffRole.ADMINISTRATOR)
    for address in LISTS:
        desk.see(f"{address}?{odd}")


def test_a_file_holds_exactly_what_was_found_and_no_formula(office: Office) -> None:
    built(office)
    desk = at_desk(office, "alice", StaffRole.ADMINISTRATOR)
    rows = _csv(desk, "/admin/rooms/export?format=csv&q=301&columns=number,holder,area")
    assert rows == [["房号", "企业", "面积 (m²)"], ["301", f"'{SPITEFUL}", "120.50"]]
    made = desk.client.get("/admin/rooms/export?format=xlsx&q=301&columns=number,holder,area").data
    sheet = CalamineWorkbook.from_filelike(BytesIO(made)).get_sheet_by_index(0).to_python()
    assert sheet == [["房号", "企业", "面积 (m²)"], ["301", SPITEFUL, 120.5]]
    assert desk.client.get("/admin/rooms/export?format=exe").status_code == 404


def test_the_inner_part_alone_is_sent_to_htmx_with_the_address_it_stands_for(office: Office) -> None:
    built(office)
    desk = at_desk(office, "alice", StaffRole.ADMINISTRATOR)
    answer = desk.client.get("/admin/rooms?q=301&kind=&size=50", headers={"HX-Request": "true", "HX-Target": "found"})
    assert answer.headers["HX-Push-Url"] == "/admin/rooms?q=301"
    assert "<html" not in answer.text
    desk.client.delete_cookie("dianyuan-staff")
    led = desk.client.get("/admin/rooms", headers={"HX-Request": "true", "HX-Target": "found"})
    assert led.headers["HX-Redirect"].startswith("/admin/login?next=")


def test_telephones_are_masked_for_who_need_not_see_them(office: Office) -> None:
    built(office)
    assert PHONE in at_desk(office, "alice", StaffRole.ADMINISTRATOR).see("/admin/enterprises")
    desk = at_desk(office, "grace", StaffRole.TECHNICIAN)
    text = desk.see("/admin/enterprises")
    assert ("138****5678" in text, PHONE in text, "李文博" in text) == (True, False, False)
    assert PHONE not in str(_csv(desk, "/admin/enterprises/export?format=csv"))


def test_the_chosen_park_comes_into_the_address(office: Office) -> None:
    built(office)
    desk = at_desk(office, "alice", StaffRole.ADMINISTRATOR)
    park = office.parks[1].id
    desk.send("/admin/preferences", park=park)
    led = desk.client.get("/admin/rooms?q=9")
    assert (led.status_code, led.headers["Location"]) == (303, f"/admin/rooms?q=9&park={park}")
    assert "共 1 条" in desk.see(led.headers["Location"])


def test_no_two_parts_of_a_page_have_one_name(office: Office) -> None:
    built(office)
    desk = at_desk(office, "alice", StaffRole.ADMINISTRATOR)
    for address in (*LISTS, "/admin/account", "/admin/field", "/admin/import"):
        names = re.findall(r'\sid="([^"]+)"', desk.see(address))
        assert sorted(set(names)) == sorted(names), address


def test_what_no_database_can_hold_is_refused_as_a_page(office: Office) -> None:
    desk = at_desk(office, "alice", StaffRole.ADMINISTRATOR)
    for address in ("/admin/rooms?park=99999999999999999999", "/admin/rooms?q=%00", f"/admin/meters/{10**30}"):
        assert "text/html" in desk.client.get(address).content_type
        assert desk.client.get(address).status_code == 400, address
