"""Nobody invites or promotes past what they have, and where they manage no staff at all; exports are kept."""

from sqlalchemy import func, select

from backend.audit.models import AuditEntry
from backend.kernel.db import Session
from backend.staff.granting import grant_role
from backend.staff.models import Staff
from backend.staff.roles import StaffRole
from tests.flows.staff_world import TESTER, Office
from tests.web.estate import PHONE, built
from tests.web.office import Browser, at_desk


def _everybody(office: Office) -> int:
    return office.runtime.database.run(lambda session: session.scalar(select(func.count(Staff.id))) or 0)


def _invite(desk: Browser, login: str, role: StaffRole, park: object) -> int:
    desk.see("/admin/staff/invite")
    return desk.send("/admin/staff/invite", login=login, name="N", role=role.value, park=park).status_code


def test_who_manages_one_park_invites_for_that_park_only(office: Office) -> None:
    east, west = office.parks
    desk = at_desk(office, "henry", StaffRole.ADMINISTRATOR, east)
    before = _everybody(office)
    tries = [(role, park) for role in StaffRole for park in (west.id, "")]
    assert {_invite(desk, "nina", role, park) for role, park in tries} == {403}
    assert _invite(desk, "nina", StaffRole.CASHIER, "everywhere") == 404
    assert _invite(desk, "nina", StaffRole.CASHIER, 999_999) == 403
    assert _everybody(office) == before
    assert _invite(desk, "nina", StaffRole.CASHIER, east.id) == 200
    shown = desk.see("/admin/staff/invite")
    assert (f'<option value="{east.id}"' in shown, f'<option value="{west.id}"' in shown) == (True, False)


def test_a_small_role_elsewhere_lets_nobody_be_invited_there(office: Office) -> None:
    east, west = office.parks
    desk = at_desk(office, "henry", StaffRole.ADMINISTRATOR, east)

    def also(session: Session) -> None:
        staff = session.get_one(Staff, office.staff("henry").id)
        grant_role(session, staff=staff, role=StaffRole.AUDITOR, park_id=west.id, by=TESTER, giver=None)

    office.runtime.database.run(also)
    assert _invite(desk, "nina", StaffRole.AUDITOR, west.id) == 403
    assert _invite(desk, "nina", StaffRole.AUDITOR, east.id) == 200
    page = f"/admin/staff/{office.staff('nina').id}"
    desk.see(page)
    assert desk.send(f"{page}/roles", role="auditor", park=west.id).status_code == 403


def test_taking_a_list_away_is_kept_without_anybodys_words(office: Office) -> None:
    built(office)
    desk = at_desk(office, "alice", StaffRole.ADMINISTRATOR)
    assert desk.client.get(f"/admin/enterprises/export?format=xlsx&q={PHONE}&kind=enterprise").status_code == 200
    assert desk.client.get(f"/admin/rooms/export?format=csv&q=301&park={office.parks[0].id}").status_code == 200
    taken = select(AuditEntry).filter_by(action="list_exported").order_by(AuditEntry.id)
    told = office.runtime.database.run(
        lambda session: [(each.actor_name, each.after or {}, each.park_id) for each in session.scalars(taken)]
    )
    assert [(who, after["list"], after["format"], after["rows"], after["filter"]) for who, after, _ in told] == [
        ("alice", "enterprises", "xlsx", 0, {"q": "***", "kind": "enterprise"}),
        ("alice", "rooms", "csv", 1, {"q": "301"}),
    ]
    assert [park for _, _, park in told] == [None, office.parks[0].id]
    shown = desk.see(f"/admin/staff/{office.staff('alice').id}")
    assert ("导出列表" in shown, "筛选条件" in shown, "amount_fen" in shown) == (True, True, False)


def test_an_invitation_that_is_refused_keeps_what_was_typed(office: Office) -> None:
    desk = at_desk(office, "alice", StaffRole.ADMINISTRATOR)
    desk.see("/admin/staff/invite")
    told = {"name": "郑晓", "phone": "13900001111", "role": "technician", "park": office.parks[1].id}
    for login in ("alice", "NO!"):
        text = desk.send("/admin/staff/invite", login=login, **told).text
        assert ("郑晓" in text, "13900001111" in text, 'role="alert"' in text, f'value="{login}"' in text) == (
            True,
        ) * 4
        assert ('value="technician" selected' in text, f'value="{office.parks[1].id}" selected' in text) == (True, True)
