"""Binding to a holder by an invite code."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import select, update

from backend.people import attempts
from backend.people.attempts import Guess
from backend.people.binding import bindings_of, require_role
from backend.people.errors import RoleTooLowError
from backend.people.models import Binding, Invite, Role
from tests.flows.conftest import World
from tests.flows.people_world import LONG_AGO, Phone, bound, invited, refusal
from tests.park import build


def as_typed(code: str) -> str:
    """Return a code as somebody types it who misreads it."""
    return f" {code[:5]}-{code[5:]} ".lower().replace("0", "o").replace("1", "l")


def used_invites(world: World) -> int:
    """Count the invites that were used."""
    with world.runtime.database.transaction() as session:
        return len(session.scalars(select(Invite).where(Invite.used_at.is_not(None))).all())


def test_a_typed_code_binds_and_the_meters_appear(world: World) -> None:
    phone = Phone(world, "dora").log_in()
    assert phone.get("/meters") == {"meters": []}
    told = phone.post("/bindings", {"code": as_typed(invited(world, role=Role.PAYER))})
    assert (told["name"], told["role"]) == ("Bob's", "payer")
    assert phone.get("/me")["holders"] == [told]
    assert {meter["number"] for meter in phone.get("/meters")["meters"]} == {"M1", "M2", "M3"}


def test_a_code_binds_one_user_only(world: World) -> None:
    code = invited(world)
    Phone(world, "dora").log_in().post("/bindings", {"code": code})
    late = Phone(world, "emil", language="en").log_in().call("POST", "/bindings", {"code": code})
    assert refusal(late) == (409, "invite_used")
    assert late.json()["detail"] == "This invite code was used already; please ask for a new one."


def test_who_is_bound_may_type_any_code_again_and_uses_nothing_up(world: World) -> None:
    first, second = invited(world), invited(world, role=Role.VIEWER)
    phone = Phone(world, "dora").log_in()
    told = phone.post("/bindings", {"code": first})
    assert phone.post("/bindings", {"code": first}) == told
    assert phone.post("/bindings", {"code": second}) == told
    assert used_invites(world) == 1
    assert Phone(world, "emil").log_in().post("/bindings", {"code": second})["role"] == "viewer"


def test_two_users_at_once_with_one_code_bind_one(world: World) -> None:
    phones = [Phone(world, name).log_in() for name in ("dora", "emil", "fay", "gus")]
    for _ in range(5):
        code, together = invited(world, world.park.other), Barrier(len(phones))

        def try_it(phone: Phone, code: str = code, together: Barrier = together) -> int:
            together.wait()
            return phone.call("POST", "/bindings", {"code": code}).status_code

        with ThreadPoolExecutor(len(phones)) as pool:
            assert sorted(pool.map(try_it, phones)) == [200, 409, 409, 409]
        for phone in phones:
            for holder in phone.get("/me")["holders"]:
                phone.call("DELETE", f"/bindings/{holder['holder']}")


def test_one_user_at_once_with_two_codes_uses_one(world: World) -> None:
    phone = Phone(world, "dora").log_in()
    codes, together = [invited(world), invited(world)], Barrier(2)

    def try_it(code: str) -> int:
        together.wait()
        return phone.call("POST", "/bindings", {"code": code}).status_code

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(try_it, codes)) == [200, 200]
    assert used_invites(world) == 1
    assert len(phone.get("/me")["holders"]) == 1


def test_an_old_code_and_a_made_up_one_are_told_apart(world: World) -> None:
    phone, code = Phone(world, "dora").log_in(), invited(world)
    world.runtime.database.run(lambda session: session.execute(update(Invite).values(expires_at=LONG_AGO)))
    assert refusal(phone.call("POST", "/bindings", {"code": code})) == (409, "invite_expired")
    assert refusal(phone.call("POST", "/bindings", {"code": "0000000000"})) == (404, "invite_unknown")
    assert refusal(phone.call("POST", "/bindings", {"code": "\x00--"})) == (404, "invite_unknown")
    assert refusal(phone.call("POST", "/bindings", {"code": "\ud83d"})) == (422, "invalid_content")


def test_a_code_of_another_property_company_is_unknown(world: World) -> None:
    elsewhere = build(world.runtime, name="Another park")
    code = invited(world, elsewhere.counting)
    assert refusal(Phone(world, "dora").log_in().call("POST", "/bindings", {"code": code})) == (404, "invite_unknown")


def test_guessing_codes_must_wait_even_many_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(attempts.LIMITS, Guess.BIND_BY_USER, (5, 3600.0))
    phone = Phone(world, "dora").log_in()
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda n: phone.call("POST", "/bindings", {"code": f"000000000{n}"}), range(8)))
    assert sorted(answer.status_code for answer in told) == [404] * 5 + [429] * 3
    slow = phone.call("POST", "/bindings", {"code": invited(world)})
    assert refusal(slow) == (429, "too_many_attempts")
    assert slow.json()["detail"].startswith("尝试次数过多")
    assert Phone(world, "emil").log_in().post("/bindings", {"code": invited(world)})["role"] == "owner"


def test_guessing_under_many_names_from_one_address_must_wait(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(attempts.LIMITS, Guess.BIND_BY_ADDRESS, (2, 3600.0))
    phones = [Phone(world, name).log_in() for name in ("dora", "emil", "fay")]
    told = [phone.call("POST", "/bindings", {"code": "0000000000"}).status_code for phone in phones]
    assert told == [404, 404, 429]


def test_binding_well_is_never_counted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(attempts.LIMITS, Guess.BIND_BY_USER, (1, 3600.0))
    phone, code = Phone(world, "dora").log_in(), invited(world)
    for _ in range(3):
        phone.post("/bindings", {"code": code})


def test_who_unbinds_sees_nothing_any_more_and_may_be_invited_again(world: World) -> None:
    phone = bound(world, "dora")
    holder = phone.get("/me")["holders"][0]["holder"]
    assert phone.call("DELETE", f"/bindings/{holder}").status_code == 204
    assert phone.get("/meters") == {"meters": []}
    assert refusal(phone.call("DELETE", f"/bindings/{holder}")) == (404, "not_found")
    phone.post("/bindings", {"code": invited(world)})
    assert len(phone.get("/meters")["meters"]) == 3


@pytest.mark.parametrize("holder", ["0", "9" * 40, "-1", "x"])
def test_unbinding_from_nobody_is_not_found(world: World, holder: str) -> None:
    assert Phone(world, "dora").log_in().call("DELETE", f"/bindings/{holder}").status_code == 404


def test_a_role_allows_what_lower_roles_may_and_no_more(world: World) -> None:
    park = world.park
    with world.runtime.database.transaction() as session:
        session.execute(update(Binding).values(role=Role.PAYER))
    with world.runtime.database.transaction() as session:
        (own,) = bindings_of(session, user=park.bob)
        for role in (Role.VIEWER, Role.PAYER):
            assert require_role(session, user=park.bob, holder_id=own.holder_id, at_least=role).id == own.id
        with pytest.raises(RoleTooLowError):
            require_role(session, user=park.bob, holder_id=own.holder_id, at_least=Role.OWNER)
