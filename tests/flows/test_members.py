"""The owner of a holder invites, limits and removes people, and hands the key over."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select, text

from backend.kernel.db import Session
from backend.people.erasing import erase_person
from backend.people.models import Invite, Role, WechatUser
from tests.flows.conftest import World
from tests.flows.h5_world import Browser
from tests.flows.people_world import Phone, bound, refusal
from tests.flows.staff_world import TESTER


def _name(world: World) -> str:
    return "p" + world.runtime.database.entropy.code(8)


def _holder(world: World) -> int:
    return world.park.counting.account.holder_id


def _members(world: World, owner: Phone) -> dict[str, dict[str, Any]]:
    """Return the members by the name they were given."""
    return {m["name"]: m for m in owner.get(f"/holders/{_holder(world)}/members")["members"]}


def _invited(world: World, owner: Phone, **words: Any) -> Phone:
    """Return somebody whom the owner invited and who came."""
    invite = owner.post(f"/holders/{_holder(world)}/invites", {"name": "Li", **words}, expected=201)
    phone = Phone(world, _name(world)).log_in()
    phone.post("/bindings", {"code": invite["code"]})
    return phone


def _order(world: World, phone: Phone, amount_fen: int, tap: str) -> Any:
    wish = {"meter": world.park.counting.meter.reference, "amount_fen": amount_fen, "tap": tap * 8}
    return phone.call("POST", "/orders", wish)


def test_an_owner_invites_by_code_and_picture_and_sees_who_came(world: World) -> None:
    owner = bound(world, _name(world))
    invite = owner.post(f"/holders/{_holder(world)}/invites", {"role": "viewer", "name": "Li"}, expected=201)
    assert invite["code"] in invite["link"]
    assert invite["qr_png"].startswith("data:image/png;base64,")
    assert [i["name"] for i in owner.get(f"/holders/{_holder(world)}/invites")["invites"]] == ["Li"]
    phone = Phone(world, _name(world)).log_in()
    assert phone.post("/bindings", {"code": invite["code"]})["role"] == "viewer"
    assert owner.get(f"/holders/{_holder(world)}/invites")["invites"] == []
    came = _members(world, owner)["Li"]
    assert (came["role"], came["myself"]) == ("viewer", False)


def test_a_revoked_invite_binds_nobody(world: World) -> None:
    owner = bound(world, _name(world))
    invite = owner.post(f"/holders/{_holder(world)}/invites", {}, expected=201)
    number = owner.get(f"/holders/{_holder(world)}/invites")["invites"][0]["invite"]
    assert owner.call("DELETE", f"/holders/{_holder(world)}/invites/{number}").status_code == 204
    late = Phone(world, _name(world)).log_in()
    assert refusal(late.call("POST", "/bindings", {"code": invite["code"]})) == (409, "invite_used")
    assert refusal(owner.call("DELETE", f"/holders/{_holder(world)}/invites/{number + 999}")) == (404, "not_found")


@pytest.mark.parametrize("end", ["removed", "made a payer", "handed over", "left", "erased"])
def test_who_owns_no_more_comes_back_by_no_invite_kept_for_that(world: World, end: str) -> None:
    first = bound(world, _name(world))
    second = _invited(world, first, role="owner")
    here, mine = f"/holders/{_holder(world)}", _members(world, first)["Li"]["member"]
    kept = second.post(f"{here}/invites", {"role": "owner"}, expected=201)["code"]
    good = first.post(f"{here}/invites", {"role": "viewer"}, expected=201)["code"]
    _end(world, end, first, second, mine)
    late = Phone(world, _name(world)).log_in()
    assert refusal(late.call("POST", "/bindings", {"code": kept})) == (409, "invite_used")
    assert late.post("/bindings", {"code": good})["role"] == "viewer"


def _end(world: World, end: str, first: Phone, second: Phone, member: int) -> None:
    here = f"/holders/{_holder(world)}"
    change = {"role": "payer", "name": "Li", "monthly_limit_fen": None}
    if end == "erased":
        _erase(world)
    elif end == "handed over":
        heir = next(m["member"] for m in second.get(f"{here}/members")["members"] if not m["myself"])
        second.call("POST", f"{here}/owner", {"member": heir})
    elif end == "left":
        assert second.call("DELETE", f"/bindings/{_holder(world)}").status_code == 204
    elif end == "removed":
        assert first.call("DELETE", f"{here}/members/{member}").status_code == 204
    else:
        assert first.call("PUT", f"{here}/members/{member}", change).status_code == 204


def _erase(world: World) -> None:
    def erased(session: Session) -> None:
        made = select(WechatUser).join(Invite, Invite.made_by == WechatUser.id).order_by(Invite.id.desc())
        last = session.scalars(made.where(Invite.role == Role.OWNER).limit(1)).one()
        erase_person(session, user=last, reason="asked for it", by=TESTER)

    world.runtime.database.run(erased)


def test_who_is_no_owner_manages_nobody_and_strangers_find_nothing(world: World) -> None:
    owner = bound(world, _name(world))
    payer, stranger = _invited(world, owner), Phone(world, _name(world)).log_in()
    mine, here = _members(world, owner)["Li"]["member"], f"/holders/{_holder(world)}"
    change = {"role": "owner", "name": "", "monthly_limit_fen": None}
    calls: list[tuple[str, str, Any]] = [
        ("GET", f"{here}/members", None),
        ("PUT", f"{here}/members/{mine}", change),
        ("DELETE", f"{here}/members/{mine}", None),
        ("POST", f"{here}/owner", {"member": mine}),
        ("POST", f"{here}/invites", {}),
        ("GET", f"{here}/invites", None),
        ("DELETE", f"{here}/invites/1", None),
    ]
    for method, path, body in calls:
        assert refusal(payer.call(method, path, body)) == (403, "role_too_low"), path
        assert refusal(stranger.call(method, path, body)) == (404, "not_found"), path
        beyond = path.replace(here, f"/holders/{2**63}")
        assert refusal(owner.call(method, beyond, body)) == (404, "not_found"), path
    charlies = bound(world, _name(world), world.park.other)
    assert refusal(charlies.call("DELETE", f"{here}/members/{mine}")) == (404, "not_found")
    own = f"/holders/{world.park.other.account.holder_id}/members/{mine}"  # theirs by path, not by number
    assert refusal(charlies.call("PUT", own, change)) == (404, "not_found")


def test_a_removed_member_sees_nothing_behind_any_door(world: World) -> None:
    owner, name = bound(world, _name(world)), _name(world)
    invite = owner.post(f"/holders/{_holder(world)}/invites", {"name": "Li"}, expected=201)
    phone = Phone(world, name).log_in()
    phone.post("/bindings", {"code": invite["code"]})
    browser = Browser(world, name).log_in()
    assert len(browser.get("/meters")["meters"]) == 3
    assert [m for m in _members(world, owner) if m == "Li"] == ["Li"]  # one person, two doors
    number = _members(world, owner)["Li"]["member"]
    assert owner.call("DELETE", f"/holders/{_holder(world)}/members/{number}").status_code == 204
    assert phone.get("/meters")["meters"] == browser.get("/meters")["meters"] == []
    told = phone.get("/me")
    assert (told["holders"], told["acting_for"]) == ([], None)


def test_the_last_owner_stays_until_another_has_the_key(world: World) -> None:
    holder = world.park.other.account.holder_id
    world.runtime.database.run(lambda s: s.execute(text("DELETE FROM binding")))
    owner = bound(world, _name(world), world.park.other)
    mine = owner.get(f"/holders/{holder}/members")["members"][0]["member"]
    demote = {"role": "payer", "name": "", "monthly_limit_fen": None}
    assert refusal(owner.call("PUT", f"/holders/{holder}/members/{mine}", demote)) == (409, "last_owner")
    assert refusal(owner.call("DELETE", f"/holders/{holder}/members/{mine}")) == (409, "last_owner")
    assert refusal(owner.call("POST", f"/holders/{holder}/owner", {"member": mine})) == (404, "not_found")
    invite = owner.post(f"/holders/{holder}/invites", {"name": "Li"}, expected=201)
    heir = Phone(world, _name(world)).log_in()
    heir.post("/bindings", {"code": invite["code"]})
    number = next(m["member"] for m in owner.get(f"/holders/{holder}/members")["members"] if not m["myself"])
    assert owner.call("POST", f"/holders/{holder}/owner", {"member": number}).status_code == 204
    assert heir.get("/me")["holders"][0]["role"] == "owner"
    assert owner.get("/me")["holders"][0]["role"] == "payer"


def test_a_payer_spends_no_more_in_a_month_than_the_owner_allows(world: World) -> None:
    owner = bound(world, _name(world))
    payer = _invited(world, owner, monthly_limit_fen=10_000)
    assert payer.get("/me")["holders"][0]["monthly_limit_fen"] == 10_000
    first = _order(world, payer, 6_000, "a")
    assert first.status_code == 201
    world.pay(first.json()["order_no"])
    world.wait_for(lambda: world.order(first.json()["order_no"]).state.value != "placed", "paid")
    refused = _order(world, payer, 4_001, "b")
    assert refusal(refused) == (409, "over_monthly_limit")
    assert "40.00" in refused.json()["detail"]
    assert _order(world, payer, 4_000, "c").status_code == 201  # to the fen
    assert _order(world, payer, 4_000, "c").status_code == 201  # the same tap is the same order
    other = {"meter": world.park.blind.meter.reference, "amount_fen": 100, "tap": "d" * 8}
    assert refusal(payer.call("POST", "/orders", other)) == (409, "over_monthly_limit")  # unpaid, and still payable
    member = _members(world, owner)["Li"]["member"]
    more = {"role": "payer", "name": "Li", "monthly_limit_fen": None}
    assert owner.call("PUT", f"/holders/{_holder(world)}/members/{member}", more).status_code == 204
    assert payer.call("POST", "/orders", other).status_code == 201


def test_many_taps_at_once_stay_within_the_limit(world: World) -> None:
    owner = bound(world, _name(world))
    payer = _invited(world, owner, monthly_limit_fen=1_000)
    meters = [world.park.counting.meter, world.park.blind.meter]

    def tap(number: int) -> int:
        wish = {"meter": meters[number % 2].reference, "amount_fen": 600 + number // 2, "tap": f"tap-{number:05}"}
        phone = Phone(world, payer.person, token=payer.token)
        return phone.call("POST", "/orders", wish).status_code

    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(tap, range(2)))
    assert sorted(told) == [201, 409]


def test_a_limit_holds_for_the_person_behind_every_door(world: World) -> None:
    owner, name = bound(world, _name(world)), _name(world)
    invite = owner.post(f"/holders/{_holder(world)}/invites", {"name": "Li", "monthly_limit_fen": 1_000}, expected=201)
    phone = Phone(world, name).log_in()
    phone.post("/bindings", {"code": invite["code"]})
    browser = Browser(world, name).log_in()
    assert browser.get("/me")["holders"][0]["monthly_limit_fen"] == 1_000
    assert _order(world, phone, 600, "a").status_code == 201
    other = {"meter": world.park.blind.meter.reference, "amount_fen": 600, "tap": "b" * 8}
    assert refusal(browser.call("POST", "/orders", other)) == (409, "over_monthly_limit")


def test_who_works_for_two_switches_between_them_behind_every_door(world: World) -> None:
    name = _name(world)
    phone = bound(world, name)
    first, second = _holder(world), world.park.other.account.holder_id
    assert phone.get("/me")["acting_for"] == first
    assert refusal(phone.call("PUT", "/me/holder", {"holder": second})) == (404, "not_found")
    phone = bound(world, name, world.park.other)
    assert phone.call("PUT", "/me/holder", {"holder": second}).status_code == 204
    browser = Browser(world, name).log_in()
    assert phone.get("/me")["acting_for"] == second
    assert {h["holder"] for h in browser.get("/me")["holders"]} == {first, second}
    browser.call("PUT", "/me/holder", {"holder": second})
    assert browser.get("/me")["acting_for"] == second
    assert phone.call("DELETE", f"/bindings/{second}").status_code == 204
    assert phone.get("/me")["acting_for"] == first


def test_an_owner_sees_in_one_answer_who_is_there_who_may_come_and_what_each_spent(world: World) -> None:
    owner = bound(world, _name(world))
    payer = _invited(world, owner, monthly_limit_fen=10_000)
    owner.post(f"/holders/{_holder(world)}/invites", {"name": "Wu", "role": "viewer"}, expected=201)
    assert _order(world, payer, 2_500, "a").status_code == 201
    told = owner.get("/me/holder")
    spent = {member["name"]: member["spent_fen"] for member in told["members"] if not member["myself"]}
    assert (spent["Li"], [invite["name"] for invite in told["invites"]]) == (2_500, ["Wu"])
    assert (told["acting_for"], told["spent_fen"]) == (_holder(world), 0)
    theirs = payer.get("/me/holder")
    assert (theirs["spent_fen"], theirs["members"], theirs["invites"]) == (2_500, None, None)
    assert theirs["holders"][0]["monthly_limit_fen"] == 10_000
    nobody = Phone(world, _name(world)).log_in().get("/me/holder")
    assert (nobody["acting_for"], nobody["holders"], nobody["members"]) == (None, [], None)


def test_the_last_owner_leaves_only_when_nobody_is_left_behind(world: World) -> None:
    holder = world.park.other.account.holder_id
    world.runtime.database.run(lambda s: s.execute(text("DELETE FROM binding")))
    owner = bound(world, _name(world), world.park.other)
    invite = owner.post(f"/holders/{holder}/invites", {"name": "Li"}, expected=201)
    payer = Phone(world, _name(world)).log_in()
    payer.post("/bindings", {"code": invite["code"]})
    assert refusal(owner.call("DELETE", f"/bindings/{holder}")) == (409, "last_owner")
    assert payer.call("DELETE", f"/bindings/{holder}").status_code == 204
    assert owner.call("DELETE", f"/bindings/{holder}").status_code == 204
    assert owner.get("/me")["holders"] == []
