"""Staff log in with password and telephone, are slowed down when they guess, and are thrown out when they should be."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from backend.kernel.errors import NotFoundError, NotLoggedInError, ProductError
from backend.people.errors import TooManyAttemptsError
from backend.runtime import Runtime
from backend.signing_in import Visitor, prove_again, replace_password, set_up
from backend.staff.enrolling import reset_staff, setup_page
from backend.staff.entering import unlock
from backend.staff.errors import LogInRefusedError, ProveAgainError
from backend.staff.granting import disable
from backend.staff.roles import Permission, StaffRole
from backend.staff.sessions import log_out, revoke, sessions_of
from backend.staff.setup_errors import (
    CodeWrongError,
    LoginTakenError,
    LoginUnfitError,
    SetupLinkInvalidError,
    WeakPasswordError,
)
from tests.flows.staff_world import PASSWORD, TESTER, Office, open_office

ADMINISTRATOR = StaffRole.ADMINISTRATOR
HERE = Visitor("192.0.2.1", "Firefox", "r")


@pytest.fixture
def office(runtime: Runtime) -> Office:
    """An office nobody works in yet."""
    return open_office(runtime)


def test_a_link_sets_an_account_up_once_and_then_password_and_code_let_in(office: Office) -> None:
    token = office.invited("alice", ADMINISTRATOR)
    page = office.runtime.database.run(lambda s: setup_page(s, token=token, seal=office.runtime.seal))
    assert (page.login, page.name, page.otpauth.startswith("otpauth://totp/")) == ("alice", "Alice", True)
    with pytest.raises(CodeWrongError):
        set_up(office.runtime, token=token, password=PASSWORD, code="12345x", request_id="r")
    codes = set_up(office.runtime, token=token, password=PASSWORD, code=office.code("alice"), request_id="r")
    assert (len(codes), len(set(codes)), {len(code) for code in codes}) == (10, 10, {19})
    with pytest.raises(SetupLinkInvalidError):
        set_up(office.runtime, token=token, password=PASSWORD, code=office.code("alice"), request_id="r")
    who = office.who(office.log_in("alice"))
    assert (who.login, who.organisation_id) == ("alice", office.organisation.id)
    assert all(who.may(permission) for permission in Permission)


def test_a_link_dies_after_three_days(office: Office) -> None:
    token = office.invited("alice")
    office.clock.ahead += timedelta(hours=73)
    with pytest.raises(SetupLinkInvalidError):
        set_up(office.runtime, token=token, password=PASSWORD, code="000000", request_id="r")


@pytest.mark.parametrize("password", ["short", "x" * 129, "aaaaaaaaaaaa", "password123", "my alice loves me"])
def test_a_weak_password_is_refused(office: Office, password: str) -> None:
    token = office.invited("alice")
    with pytest.raises(WeakPasswordError):
        set_up(office.runtime, token=token, password=password, code=office.code("alice"), request_id="r")


@pytest.mark.parametrize("login", ["al", "Älice", "a b c", "-alice", "x" * 33])
def test_an_unfit_log_in_name_is_refused(office: Office, login: str) -> None:
    with pytest.raises(LoginUnfitError):
        office.invited(login)


def test_a_log_in_name_is_taken_once_whatever_its_case(office: Office) -> None:
    office.invited("alice")
    with pytest.raises(LoginTakenError):
        office.invited("ALICE")


def test_what_is_wrong_is_not_told_and_costs_one_hash_each_known_or_unknown(office: Office) -> None:
    office.hired("alice")
    office.invited("bob")
    tries = [
        ("alice", "wrong password", office.code("alice")),
        ("alice", PASSWORD, "000000"),
        ("nobody", PASSWORD, "000000"),
        ("bob", PASSWORD, "000000"),
    ]
    told = []
    for login, password, code in tries:
        before = office.passwords.checked
        with pytest.raises(LogInRefusedError) as refused:
            office.try_in(login, password, code)
        told.append((office.passwords.checked - before, refused.value.sentence("zh")))
    assert told == [told[0]] * 4
    assert told[0][0] == 1


def test_a_code_of_the_telephone_is_good_once_even_at_the_same_moment(office: Office) -> None:
    office.hired("alice")
    code = office.code("alice")

    def attempt(_: int) -> bool:
        try:
            return bool(office.try_in("alice", code=code))
        except LogInRefusedError:
            return False

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(attempt, range(6))) == 1


def test_a_recovery_code_stands_in_for_the_telephone_once(office: Office) -> None:
    first, second = office.hired("alice")[:2]
    assert office.try_in("alice", code=first.lower().replace("-", " "))
    with pytest.raises(LogInRefusedError):
        office.try_in("alice", code=first)
    assert office.try_in("alice", code=second)


def test_100_guesses_from_100_addresses_cost_at_most_ten_hashes(office: Office) -> None:
    office.hired("alice")

    def guess(number: int) -> type[ProductError]:
        try:
            office.try_in("alice", f"guess number {number}", address=f"192.0.2.{number}")
        except ProductError as error:
            return type(error)
        raise AssertionError("a guess was right")

    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(guess, range(100)))
    assert (told.count(LogInRefusedError), told.count(TooManyAttemptsError)) == (10, 90)
    assert office.passwords.checked == 10
    with pytest.raises(TooManyAttemptsError):  # the right one must wait, too: else the guesser would learn it
        office.try_in("alice", code=office.code("alice"))
    office.clock.ahead += timedelta(minutes=16)
    assert office.try_in("alice", code=office.code("alice"))


def test_an_unknown_name_is_locked_as_a_known_one_is(office: Office) -> None:
    for _ in range(10):
        with pytest.raises(LogInRefusedError):
            office.try_in("nobody")
    with pytest.raises(TooManyAttemptsError):
        office.try_in(" NOBODY ")


def test_the_lock_is_in_the_database_and_an_operator_opens_it(office: Office) -> None:
    office.hired("alice")
    for _ in range(10):
        with pytest.raises(LogInRefusedError):
            office.try_in("alice", "wrong password")
    office.runtime.redis.flushall()
    with pytest.raises(TooManyAttemptsError):
        office.try_in("alice")
    office.runtime.database.run(lambda s: unlock(s, staff=office.staff("alice"), by=TESTER))
    assert office.try_in("alice", code=office.code("alice"))


def test_a_right_log_in_is_no_guess(office: Office) -> None:
    office.hired("alice")
    for _ in range(12):
        office.log_in("alice")


def test_each_log_in_is_a_new_session_that_ends_alone_or_with_all(office: Office) -> None:
    office.hired("alice")
    first, second, third = (office.log_in("alice") for _ in range(3))
    database, alice = office.runtime.database, office.staff("alice")
    assert len({first, second, third}) == len({office.who(t).session_id for t in (first, second, third)}) == 3
    database.run(lambda s: log_out(s, who=office.who(first), request_id="r"))
    database.run(lambda s: revoke(s, staff=alice, session_id=office.who(second).session_id, by=TESTER))
    for ended in (first, second):
        with pytest.raises(NotLoggedInError):
            office.who(ended)
    live = database.run(lambda s: sessions_of(s, staff_id=alice.id))
    assert [each.id for each in live] == [office.who(third).session_id]
    with pytest.raises(NotFoundError):
        database.run(lambda s: revoke(s, staff=alice, session_id=10**9, by=TESTER))


def test_a_session_ends_when_nobody_uses_it_and_after_twelve_hours_anyway(office: Office) -> None:
    office.hired("alice")
    idle, used = office.log_in("alice"), office.log_in("alice")
    for _ in range(2):
        office.clock.ahead += timedelta(minutes=20)
        office.who(used)
    with pytest.raises(NotLoggedInError):
        office.who(idle)
    for _ in range(11 * 3):
        office.clock.ahead += timedelta(minutes=20)
        office.who(used)
    office.clock.ahead += timedelta(minutes=20)
    with pytest.raises(NotLoggedInError):
        office.who(used)


def test_who_is_disabled_or_reset_is_out_at_once(office: Office) -> None:
    office.hired("alice", ADMINISTRATOR)
    office.hired("bob")
    token = office.log_in("bob")
    database, seal = office.runtime.database, office.runtime.seal
    database.run(lambda s: reset_staff(s, staff=s.merge(office.staff("bob")), seal=seal, reason="lost", by=TESTER))
    with pytest.raises(NotLoggedInError):
        office.who(token)
    with pytest.raises(LogInRefusedError):
        office.try_in("bob")
    database.run(lambda s: disable(s, staff=s.merge(office.staff("bob")), reason="left", by=TESTER))
    with pytest.raises(LogInRefusedError):
        office.try_in("bob")


def test_a_dangerous_action_asks_for_the_password_again_after_five_minutes(office: Office) -> None:
    office.hired("alice")
    token = office.log_in("alice")
    office.clock.ahead += timedelta(minutes=6)
    who = office.who(token)
    with pytest.raises(ProveAgainError):
        who.require_proof(office.clock.now())
    with pytest.raises(LogInRefusedError):
        prove_again(office.runtime, who=who, password="wrong password", visitor=HERE)
    prove_again(office.runtime, who=who, password=PASSWORD, visitor=HERE)
    office.who(token).require_proof(office.clock.now())


def test_a_new_password_ends_every_other_session(office: Office) -> None:
    office.hired("alice")
    other, own = office.log_in("alice"), office.log_in("alice")
    replace_password(office.runtime, who=office.who(own), password="red panda 1869", request_id="r")
    assert office.who(own).login == "alice"
    with pytest.raises(NotLoggedInError):
        office.who(other)
    office.clock.ahead += timedelta(minutes=1)
    assert office.try_in("alice", "red panda 1869", office.code("alice"))
