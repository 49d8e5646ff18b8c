"""Roles are given and taken by who may, and dangerous things take two persons."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import pytest

from backend.audit.queries import AuditFilter, search_entries
from backend.estate.building import add_organisation, add_park
from backend.jobs.drains import approvals
from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError
from backend.kernel.scope import Scope
from backend.runtime import Runtime
from backend.staff.approval_errors import ApprovalClosedError, ApprovalMissingError, SamePersonError
from backend.staff.approval_models import Approval, ApprovalState
from backend.staff.approval_queries import approvals_for, approvals_seen
from backend.staff.approving import approve, ask_approval, reject, use_approval, withdraw
from backend.staff.errors import LastAdministratorError, NotPermittedError, ProveAgainError
from backend.staff.granting import disable, enable, end_grant, grant_role, rename
from backend.staff.queries import StaffState, staff_member, staff_seen
from backend.staff.roles import ApprovalKind, Permission, StaffRole
from backend.staff.signed_in import SignedIn
from tests.flows.staff_world import TESTER, Office, open_office

FACTS = {"order": "2026112200000000", "amount_fen": 12_000}


@pytest.fixture
def office(runtime: Runtime) -> Office:
    """An office nobody works in yet."""
    return open_office(runtime)


def _ask(office: Office, who: SignedIn, *, park_id: int | None = None) -> int:
    return office.runtime.database.run(
        lambda s: (
            ask_approval(
                s, who=who, kind=ApprovalKind.REFUND, facts=FACTS, reason="paid twice", park_id=park_id, request_id="r"
            ).id
        )
    )


def _state(office: Office, approval_id: int) -> ApprovalState:
    return office.runtime.database.run(lambda s: s.get_one(Approval, approval_id).state)


def _use(office: Office, who: SignedIn, approval_id: int, facts: dict[str, object] | None = None) -> None:
    office.runtime.database.run(
        lambda s: use_approval(
            s, who=who, approval_id=approval_id, kind=ApprovalKind.REFUND, facts=facts or FACTS, request_id="r"
        )
    )


def test_a_role_in_one_park_says_nothing_of_the_other(office: Office) -> None:
    east, west = office.parks
    who = office.seated("grace", StaffRole.TECHNICIAN, east)
    assert who.may(Permission.OPERATE_BREAKERS, east.id)
    assert not who.may(Permission.OPERATE_BREAKERS, west.id)
    assert who.scope(Permission.OPERATE_BREAKERS) == Scope(office.organisation.id, frozenset({east.id}))
    with pytest.raises(NotPermittedError):
        who.scope(Permission.REFUND)


def test_nobody_gives_more_than_they_have_nor_in_a_park_of_others(office: Office) -> None:
    east, west = office.parks
    leader = office.seated("erin", StaffRole.ADMINISTRATOR, east)
    office.hired("frank")
    database = office.runtime.database

    def grant(park_id: int | None) -> None:
        database.run(
            lambda s: grant_role(
                s, staff=office.staff("frank"), role=StaffRole.CASHIER, park_id=park_id, by=TESTER, giver=leader
            )
        )

    grant(east.id)
    grant(east.id)
    for beyond in (west.id, None):
        with pytest.raises(NotPermittedError):
            grant(beyond)
    other = database.run(lambda s: add_park(s, organisation=add_organisation(s, name="other"), name="other").id)
    with pytest.raises(NotFoundError):
        database.run(
            lambda s: grant_role(
                s, staff=office.staff("frank"), role=StaffRole.CASHIER, park_id=other, by=TESTER, giver=None
            )
        )
    scope = leader.scope(Permission.MANAGE_STAFF)
    seen = database.run(lambda s: staff_seen(s, scope=scope))
    assert [(sight.staff.login, len(sight.grants)) for sight in seen] == [("erin", 1), ("frank", 1)]


def test_the_last_administrator_can_neither_be_disabled_nor_lose_the_role(office: Office) -> None:
    office.hired("alice", StaffRole.ADMINISTRATOR)
    database, scope = office.runtime.database, Scope(office.organisation.id)
    alice = database.run(lambda s: staff_member(s, scope=scope, staff_id=office.staff("alice").id))

    def leave(session: Session) -> None:
        disable(session, staff=session.merge(alice.staff), reason="left", by=TESTER)

    with pytest.raises(LastAdministratorError):
        database.run(leave)
    with pytest.raises(LastAdministratorError):
        database.run(lambda s: end_grant(s, scope=scope, grant_id=alice.grants[0].id, by=TESTER))
    office.hired("bob", StaffRole.ADMINISTRATOR)
    database.run(leave)
    with pytest.raises(LastAdministratorError):  # bob is the last one now
        database.run(lambda s: disable(s, staff=s.merge(office.staff("bob")), reason="left", by=TESTER))
    database.run(lambda s: enable(s, staff=s.merge(office.staff("alice")), reason="back", by=TESTER))
    assert database.run(lambda s: staff_member(s, scope=scope, staff_id=alice.staff.id)).state is StaffState.ACTIVE


def test_staff_of_another_organisation_or_park_are_not_found(office: Office) -> None:
    east, west = office.parks
    office.hired("grace", StaffRole.TECHNICIAN, east)
    grace, database = office.staff("grace"), office.runtime.database
    for scope in (Scope(office.organisation.id + 1), Scope(office.organisation.id, frozenset({west.id}))):
        with pytest.raises(NotFoundError):
            database.run(partial(staff_member, scope=scope, staff_id=grace.id))
    database.run(lambda s: rename(s, staff=s.merge(grace), name="Grace H.", phone="13812345678", by=TESTER))
    found = database.run(
        lambda s: search_entries(
            s, scope=Scope(office.organisation.id), wanted=AuditFilter(action="staff_renamed", subject_id=grace.id)
        )
    )
    assert [entry.after for entry in found] == [{"name": "Grace H.", "phone": "138****5678"}]


def test_one_asks_another_agrees_and_exactly_that_is_done_once(office: Office) -> None:
    frank, erin = office.seated("frank", StaffRole.CASHIER), office.seated("erin", StaffRole.FINANCE)
    asked = _ask(office, frank)
    database = office.runtime.database
    with pytest.raises(ApprovalMissingError):
        _use(office, frank, asked)
    assert [a.id for a in database.run(lambda s: approvals_for(s, who=erin))] == [asked]
    assert not database.run(lambda s: approvals_for(s, who=frank))
    database.run(lambda s: approve(s, who=erin, approval_id=asked, answer="seen", request_id="r"))
    with pytest.raises(ApprovalMissingError):
        _use(office, frank, asked, {**FACTS, "amount_fen": 12_001})

    def once(_: int) -> bool:
        try:
            _use(office, frank, asked)
        except ApprovalMissingError:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(once, range(4))) == 1
    assert _state(office, asked) is ApprovalState.USED


def test_nobody_agrees_with_themselves_nor_without_the_permission(office: Office) -> None:
    erin, frank = office.seated("erin", StaffRole.FINANCE), office.seated("frank", StaffRole.CASHIER)
    asked, database = _ask(office, erin), office.runtime.database
    with pytest.raises(SamePersonError):
        database.run(lambda s: approve(s, who=erin, approval_id=asked, answer="", request_id="r"))
    with pytest.raises(NotFoundError):
        database.run(lambda s: approve(s, who=frank, approval_id=asked, answer="", request_id="r"))
    grace = office.seated("grace", StaffRole.TECHNICIAN)
    with pytest.raises(NotPermittedError):
        _ask(office, grace)


def test_a_request_is_rejected_withdrawn_or_forgotten_and_then_allows_nothing(office: Office) -> None:
    frank, erin = office.seated("frank", StaffRole.CASHIER), office.seated("erin", StaffRole.FINANCE)
    rejected, withdrawn, forgotten = (_ask(office, frank) for _ in range(3))
    database = office.runtime.database
    database.run(lambda s: reject(s, who=erin, approval_id=rejected, answer="no receipt", request_id="r"))
    with pytest.raises(NotFoundError):
        database.run(lambda s: withdraw(s, who=erin, approval_id=withdrawn, request_id="r"))
    database.run(lambda s: withdraw(s, who=frank, approval_id=withdrawn, request_id="r"))
    office.clock.ahead += timedelta(hours=25)
    assert approvals(office.runtime) == 1
    states = [_state(office, number) for number in (rejected, withdrawn, forgotten)]
    assert states == [ApprovalState.REJECTED, ApprovalState.WITHDRAWN, ApprovalState.EXPIRED]
    erin = office.who(office.log_in("erin"))
    for number in (rejected, withdrawn, forgotten):
        with pytest.raises(ApprovalClosedError):
            database.run(partial(approve, who=erin, approval_id=number, answer="", request_id="r"))
        with pytest.raises(ApprovalMissingError):
            _use(office, frank, number)
    assert len(database.run(lambda s: approvals_seen(s, who=erin))) == 3


def test_asking_and_agreeing_need_the_password_of_a_moment_ago(office: Office) -> None:
    frank, erin = office.seated("frank", StaffRole.CASHIER), office.seated("erin", StaffRole.FINANCE)
    asked = _ask(office, frank)
    office.clock.ahead += timedelta(minutes=10)
    with pytest.raises(ProveAgainError):
        _ask(office, frank)
    with pytest.raises(ProveAgainError):
        office.runtime.database.run(lambda s: approve(s, who=erin, approval_id=asked, answer="", request_id="r"))
