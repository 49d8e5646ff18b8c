"""Who may see and do what: every route of one thing, by role, by park and by company."""

import re

import pytest

from backend.staff.roles import PERMISSIONS, Permission, StaffRole
from tests.flows.staff_world import Office, open_office
from tests.house.access import OFFICE
from tests.web.estate import Estate, built
from tests.web.office import Browser, at_desk

ELSEWHERE = ("/account/", "/things/")  # one's own, and what only leads on
ONE = sorted(route for route in OFFICE if "<" in route[1] and not any(part in route[1] for part in ELSEWHERE))
NOBODY = 10**9  # a small number could be who asks
KINDS = {"rooms": "east", "enterprises": "holder", "meters": "meter", "field": "meter"}
KINDS |= {"wall": "east", "gateways": "gateway", "lines": "line"}
KINDS |= {"parks": "park", "buildings": "building", "groups": "group"}


def _address(rule: str, estate: Estate) -> str:
    """Return a route's address for what stands in the east park."""
    kind = rule.split("/")[2]
    number = getattr(estate, KINDS[kind]).id if kind in KINDS else NOBODY
    address = rule.replace("<int:number>", str(number)).replace("<order_no>", estate.order.order_no)
    return re.sub(r"<\w+:?\w*>", "1", address)


def _called(desk: Browser, method: str, address: str) -> int:
    desk.see("/admin/account")
    if method == "GET":
        return desk.client.get(address).status_code
    return desk.send(address, do="read", role="viewer", name="n", phone="12345678", reason="r", answer="a").status_code


@pytest.mark.parametrize("role", [StaffRole.TECHNICIAN, StaffRole.CASHIER, StaffRole.AUDITOR])
def test_a_role_without_the_permission_is_refused_whatever_is_asked_for(office: Office, role: StaffRole) -> None:
    estate, desk = built(office), at_desk(office, "someone", role)
    for method, rule in ONE:
        permission = OFFICE[method, rule]
        if permission is not None and permission not in PERMISSIONS[role]:
            assert _called(desk, method, _address(rule, estate)) == 403, rule


def test_who_works_for_another_park_finds_nothing_of_this_one(office: Office) -> None:
    estate = built(office)
    desk = at_desk(office, "henry", StaffRole.ADMINISTRATOR, office.parks[1])
    found = {rule: _called(desk, method, _address(rule, estate)) for method, rule in ONE}
    assert {rule: status for rule, status in found.items() if status != 404} == {}


def test_another_company_finds_nothing_of_this_one(office: Office) -> None:
    estate = built(office)
    other = open_office(office.runtime, name="Another company")
    desk = at_desk(other, "mallory", StaffRole.ADMINISTRATOR)
    found = {rule: _called(desk, method, _address(rule, estate)) for method, rule in ONE if "/staff/" not in rule}
    assert {rule: status for rule, status in found.items() if status != 404} == {}
    for address in ("/admin/rooms", "/admin/meters", "/admin/orders", "/admin/enterprises", "/admin/users"):
        assert "0 条" in desk.see(address)
    assert "没有找到" in desk.see("/admin/search?q=301")
    desk.see("/admin/account")
    alice = office.hired("alice", StaffRole.ADMINISTRATOR) and office.staff("alice").id
    assert desk.client.get(f"/admin/staff/{alice}").status_code == 404


def test_every_permission_that_a_page_asks_for_is_one_that_some_role_lacks() -> None:
    asked = {permission for permission in OFFICE.values() if permission is not None}
    assert asked <= set(Permission)
    assert [p for p in asked - {Permission.VIEW_ESTATE} if all(p in PERMISSIONS[role] for role in StaffRole)] == []
