"""The audit trail cannot be changed, and who changes it past the product is found."""

from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum
from functools import partial

import pytest
from sqlalchemy import Engine, select, text

from backend.audit.models import ActorKind, AuditEntry
from backend.audit.queries import AuditFilter, entries_of, search_entries
from backend.audit.recording import Actor, record
from backend.audit.sealing import Head, heads, seal_pending
from backend.audit.verifying import Flaw, verify
from backend.estate.building import add_organisation, add_park
from backend.estate.models import Organisation, Park
from backend.jobs.drains import seals
from backend.kernel.db import Session
from backend.kernel.scope import Scope
from backend.runtime import Runtime
from tests.flows.staff_world import Office, open_office

ALICE = Actor(ActorKind.STAFF, 7, "alice", "request-1")


class Deed(StrEnum):
    """What the tests do to parks."""

    PAINTED = "painted"


@pytest.fixture
def office(runtime: Runtime) -> Office:
    """An office with two parks."""
    return open_office(runtime)


def _paint(office: Office, times: int, *, park: Park | None = None) -> None:
    """Let alice paint a park, each time in a transaction of its own."""
    painted = park or office.parks[0]
    for number in range(times):
        deed = partial(
            record,
            by=ALICE,
            action=Deed.PAINTED,
            subject=painted,
            before={"colour": number},
            after={"colour": number + 1, "phone": "13812345678"},
            reason="due",
            park_id=painted.id,
        )
        office.runtime.database.run(deed)


def _sealed(office: Office, times: int = 5) -> list[Head]:
    """Paint, seal, and return the heads."""
    _paint(office, times)
    seals(office.runtime)
    return list(office.runtime.database.run(heads))


def _flaws(office: Office, exported: list[Head] | None = None) -> set[Flaw]:
    office.clock.ahead += timedelta(minutes=2)
    return {f.flaw for f in office.runtime.database.run(lambda s: verify(s, exported=exported or []))}


def _break(superuser: Engine, *statements: str) -> None:
    """Write past every right and trigger, as only the superuser can."""
    with superuser.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in statements:
            connection.execute(text(statement))


def test_an_entry_stands_beside_its_thing_with_who_what_and_why(office: Office) -> None:
    _paint(office, 2)
    park, scope = office.parks[0], Scope(office.organisation.id)
    newest = office.runtime.database.run(lambda s: entries_of(s, scope=scope, subject=park))[0]
    assert (newest.actor_name, newest.action, newest.subject_kind, newest.reason, newest.request_id) == (
        "alice",
        "painted",
        "park",
        "due",
        "request-1",
    )
    assert (newest.before, newest.after) == ({"colour": 1}, {"colour": 2, "phone": "138****5678"})


def test_what_was_rolled_back_was_never_done(office: Office) -> None:
    def painted_and_lost(session: Session) -> None:
        record(session, by=ALICE, action=Deed.PAINTED, subject=office.parks[0])
        raise LookupError

    with pytest.raises(LookupError):
        office.runtime.database.run(painted_and_lost)
    assert not office.runtime.database.run(lambda s: s.scalars(select(AuditEntry)).all())


def test_the_list_is_searched_paged_and_ends_at_the_parks_one_may_see(office: Office) -> None:
    east, west = office.parks
    _paint(office, 3)
    _paint(office, 2, park=west)
    other = office.runtime.database.run(lambda s: add_park(s, organisation=add_organisation(s, name="x"), name="x"))
    _paint(office, 1, park=other)

    def found(scope: Scope, wanted: AuditFilter | None = None, most: int = 50) -> list[int]:
        wanted = wanted or AuditFilter()
        return [
            e.id
            for e in office.runtime.database.run(lambda s: search_entries(s, scope=scope, wanted=wanted, most=most))
        ]

    whole = Scope(office.organisation.id)
    everything = found(whole)
    assert len(everything) == 5
    assert everything == sorted(everything, reverse=True)
    assert found(whole, AuditFilter(below=everything[1]), most=2) == everything[2:4]
    assert len(found(Scope(office.organisation.id, frozenset({west.id})))) == 2
    assert found(Scope(office.organisation.id, frozenset())) == []
    assert len(found(whole, AuditFilter(subject_kind="park", subject_id=east.id, actor_id=7, action="painted"))) == 3
    now = office.clock.now()
    assert found(whole, AuditFilter(since=now)) == found(whole, AuditFilter(actor_kind=ActorKind.USER)) == []
    assert len(found(whole, AuditFilter(until=now, request_id="request-1"))) == 5


def test_every_organisation_has_a_chain_of_its_own_and_sealing_again_changes_nothing(office: Office) -> None:
    other = office.runtime.database.run(lambda s: add_park(s, organisation=add_organisation(s, name="x"), name="x"))
    _paint(office, 3)
    _paint(office, 2, park=other)
    assert seals(office.runtime) == 2
    before = office.runtime.database.run(heads)
    assert [(head.organisation_id, head.position) for head in before] == [
        (office.organisation.id, 3),
        (other.organisation_id, 2),
    ]
    assert seals(office.runtime) == 0
    assert office.runtime.database.run(heads) == before
    assert _flaws(office, list(before)) == set()


def test_what_commits_late_is_sealed_late_and_nothing_is_forgotten(office: Office) -> None:
    with office.runtime.database.transaction() as slow:
        record(slow, by=ALICE, action=Deed.PAINTED, subject=slow.get_one(Organisation, office.organisation.id))
        _sealed(office, 2)
    assert seals(office.runtime) == 1
    assert office.runtime.database.run(heads)[0].position == 3
    assert _flaws(office) == set()


def test_two_sealers_at_once_make_one_chain(office: Office) -> None:
    _paint(office, 1)
    with office.runtime.database.transaction() as first:
        assert len(seal_pending(first, most=10)) == 1
        assert seals(office.runtime) == 0
    assert _flaws(office) == set()


@pytest.mark.parametrize(
    ("broken", "flaw"),
    [
        ("UPDATE audit_entry SET reason = 'other' WHERE id = (SELECT min(id) + 1 FROM audit_entry)", Flaw.CHANGED),
        ("UPDATE audit_entry SET actor_id = 8 WHERE id = (SELECT max(id) FROM audit_entry)", Flaw.CHANGED),
        ("UPDATE audit_entry SET occurred_at = occurred_at - interval '1 hour'", Flaw.CHANGED),
        (
            """UPDATE audit_entry SET after = '{"colour": 9}' WHERE id = (SELECT min(id) FROM audit_entry)""",
            Flaw.CHANGED,
        ),
        ("DELETE FROM audit_entry WHERE id = (SELECT min(id) + 2 FROM audit_entry)", Flaw.ENTRY_GONE),
        ("DELETE FROM audit_seal WHERE position = 2", Flaw.LINK_GONE),
        ("DELETE FROM audit_seal WHERE position = 5", Flaw.NEVER_SEALED),
        ("UPDATE audit_seal SET digest = repeat('0', 64) WHERE position = 3", Flaw.CHANGED),
    ],
)
def test_an_edit_or_a_deletion_is_found(office: Office, superuser: Engine, broken: str, flaw: Flaw) -> None:
    _sealed(office)
    assert _flaws(office) == set()
    _break(superuser, broken)
    assert flaw in _flaws(office)


def test_two_entries_that_changed_places_are_found(office: Office, superuser: Engine) -> None:
    _sealed(office)
    first = "(SELECT min(id) FROM audit_entry)"
    _break(
        superuser,
        f"UPDATE audit_seal SET entry_id = 0 WHERE entry_id = {first}",
        f"UPDATE audit_seal SET entry_id = {first} WHERE entry_id = {first} + 1",
        f"UPDATE audit_seal SET entry_id = {first} + 1 WHERE entry_id = 0",
    )
    assert _flaws(office) == {Flaw.CHANGED}


def _cut(superuser: Engine) -> None:
    _break(
        superuser,
        "DELETE FROM audit_entry WHERE id IN (SELECT entry_id FROM audit_seal WHERE position > 3)",
        "DELETE FROM audit_seal WHERE position > 3",
    )


def _wipe(superuser: Engine) -> None:
    _break(superuser, "DELETE FROM audit_seal", "DELETE FROM audit_entry")


@pytest.mark.parametrize("cut", [_cut, _wipe])
def test_a_cut_off_end_is_found_by_a_head_that_was_kept_elsewhere(
    office: Office, superuser: Engine, cut: Callable[[Engine], None]
) -> None:
    kept = _sealed(office)
    cut(superuser)
    assert _flaws(office) == set()
    assert _flaws(office, kept) == {Flaw.CUT_OFF}


def test_a_chain_rewritten_as_a_whole_is_found_by_a_head_that_was_kept_elsewhere(
    office: Office, superuser: Engine
) -> None:
    kept = _sealed(office)
    _break(
        superuser,
        "UPDATE audit_entry SET reason = 'other'",
        "DELETE FROM audit_seal",
        "INSERT INTO audit_pending SELECT id FROM audit_entry",
    )
    seals(office.runtime)
    assert _flaws(office) == set()
    assert _flaws(office, kept) == {Flaw.CUT_OFF}


def test_the_chain_grows_on_after_a_head_was_kept(office: Office) -> None:
    kept = _sealed(office)
    _sealed(office)
    assert _flaws(office, kept) == set()
