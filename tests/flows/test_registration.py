"""People say who they are; what proves it binds them, everything else waits for staff, and each is told yes or no."""

from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from backend.audit.models import AuditEntry
from backend.estate.holders import add_contact, register_holder
from backend.estate.models import Building, Holder, HolderKind
from backend.estate.places import open_park
from backend.estate.tenancies import begin_tenancy
from backend.kernel.errors import NotFoundError
from backend.kernel.outbox import Event
from backend.kernel.scope import Scope
from backend.lifecycle.applicants import Clue, applicant
from backend.people.deciding import approve_registration, count_waiting, registrations_seen, reject_registration
from backend.people.joining_errors import ReasonMissingError, RegistrationClosedError
from backend.people.models import Role
from backend.people.registration_models import RegistrationState
from miniprogram_api.wechat_phone import phone_of_code
from tests.flows.conftest import World
from tests.flows.people_world import Phone, bound, refusal
from tests.flows.staff_world import TESTER

WORDS = {"name": "王小明", "enterprise": "Bob's", "phone": "139 0000 1111"}


@pytest.fixture
def scope(world: World) -> Scope:
    """All of the known organisation."""
    return Scope(world.park.organisation.id)


def _person(world: World) -> Phone:
    """Return the telephone of somebody nobody knows, logged in."""
    return Phone(world, "p" + world.runtime.database.entropy.code(8)).log_in()


def _number(world: World, phone: Phone) -> str:
    """Return the telephone number WeChat knows of a person."""
    code = _button(world, phone)
    return phone_of_code(world.runtime, world.park.app, code)


def _button(world: World, phone: Phone) -> str:
    """Return the code that the phone button gives."""
    wanted = {"person": phone.person, "appid": world.park.app.appid, "purpose": "phone"}
    code: str = world.sandbox.control("wechat/code", wanted)["code"]
    return code


def _contact(world: World, scope: Scope, number: str, holder_id: int | None = None) -> int:
    holder = holder_id or world.park.counting.account.holder_id
    world.runtime.database.run(
        partial(add_contact, scope=scope, holder_id=holder, name="Wang", phone=number, by=TESTER)
    )
    return holder


def _events(world: World) -> list[str]:
    with world.runtime.database.transaction() as session:
        topics = session.scalars(select(Event.topic).where(Event.topic.startswith("registration")).order_by(Event.id))
        return list(topics)


def test_a_number_that_wechat_tells_and_the_enterprise_knows_opens_at_once(world: World, scope: Scope) -> None:
    phone = _person(world)
    holder = _contact(world, scope, _number(world, phone))
    told = phone.post("/registrations", {**WORDS, "phone": "", "phone_code": _button(world, phone)}, expected=201)
    assert (told["state"], told["holder"], told["role"]) == ("approved", holder, "payer")  # bob owns it already
    assert (told["proof"], told["holder_name"], told["phone_proved"]) == ("contact_phone", "Bob's", True)
    assert [h["holder"] for h in phone.get("/me")["holders"]] == [holder]
    assert len(phone.get("/meters")["meters"]) == 3
    assert _events(world) == ["registration_approved"]


def test_the_first_contact_of_an_enterprise_becomes_its_owner(world: World, scope: Scope) -> None:
    fresh = world.runtime.database.run(
        partial(register_holder, scope=scope, name="Red Panda", kind=HolderKind.ENTERPRISE, by=TESTER)
    ).id
    phone = _person(world)
    _contact(world, scope, _number(world, phone), fresh)
    told = phone.post("/registrations", {**WORDS, "phone": "", "phone_code": _button(world, phone)}, expected=201)
    assert (told["state"], told["holder"], told["role"]) == ("approved", fresh, "owner")


def test_a_typed_number_a_meter_and_a_room_prove_nothing(world: World, scope: Scope) -> None:
    _contact(world, scope, "13900001111")
    phone = _person(world)
    words = {**WORDS, "meter_number": world.park.counting.meter.number, "building": "A", "room": "101"}
    told = phone.post("/registrations", words, expected=201)
    assert (told["state"], told["holder"], told["answer"]) == ("waiting", None, "")
    assert phone.get("/me")["holders"] == phone.get("/meters")["meters"] == []
    assert refusal(phone.call("POST", "/registrations", words)) == (409, "registration_waiting")
    assert _events(world) == ["registration_waiting"]


def test_a_number_of_two_enterprises_opens_the_one_that_was_named_and_else_none(world: World, scope: Scope) -> None:
    both = (world.park.counting.account.holder_id, world.park.other.account.holder_id)
    phone = _person(world)
    number = _number(world, phone)
    for holder in both:
        _contact(world, scope, number, holder)
    vague = {**WORDS, "enterprise": "one of them", "phone": "", "phone_code": _button(world, phone)}
    told = phone.post("/registrations", vague, expected=201)
    assert told["state"] == "waiting"
    assert phone.call("DELETE", f"/registrations/{told['registration']}").status_code == 204
    clear = {**WORDS, "enterprise": "Charlie's", "phone": "", "phone_code": _button(world, phone)}
    assert phone.post("/registrations", clear, expected=201)["holder"] == both[1]


def test_staff_see_whom_the_words_mean_and_who_said_the_same(world: World, scope: Scope) -> None:
    holder, run = world.park.counting.account.holder_id, world.runtime.database.run
    room = world.park.counting.meter.room_id
    day = world.runtime.clock.now().date()
    run(partial(begin_tenancy, scope=scope, room_id=room, holder_id=holder, starts_on=day, by=TESTER))
    _contact(world, scope, "13900001111")
    near = run(
        partial(register_holder, scope=scope, name="蓝鲸网络科技有限公司", kind=HolderKind.ENTERPRISE, by=TESTER)
    )
    meter = world.park.counting.meter.number
    first, second = _person(world), _person(world)
    sent = first.post("/registrations", {**WORDS, "meter_number": meter, "building": "A", "room": "101"}, expected=201)[
        "registration"
    ]
    again = second.post("/registrations", {**WORDS, "enterprise": "蓝鲸网络有限公司"}, expected=201)["registration"]
    sight = run(partial(applicant, scope=scope, registration_id=sent))
    assert sight.candidates[0].holder.id == holder
    assert sight.candidates[0].clues == (Clue.CONTACT_PHONE, Clue.SAME_NAME, Clue.HOLDS_ROOM, Clue.PAYS_METER)
    assert sight.candidates[0].bound == 1
    assert [each.id for each in sight.duplicates] == [again]
    other = run(partial(applicant, scope=scope, registration_id=again))
    assert (near.id, (Clue.SIMILAR_NAME,)) in [(c.holder.id, c.clues) for c in other.candidates]
    assert run(partial(count_waiting, scope=scope)) == 2


def test_staff_say_yes_and_the_applicant_sees_the_meters(world: World, scope: Scope) -> None:
    phone, run = _person(world), world.runtime.database.run
    sent = phone.post("/registrations", WORDS, expected=201)["registration"]
    holder = world.park.counting.account.holder_id
    say_yes = partial(approve_registration, scope=scope, registration_id=sent, role=Role.VIEWER, by=TESTER)
    with pytest.raises(NotFoundError):
        run(partial(say_yes, holder_id=holder + 10**6))
    run(partial(say_yes, holder_id=holder))
    told = phone.get("/registrations")["registrations"][0]
    assert (told["state"], told["role"], told["answer"]) == ("approved", "viewer", "")
    assert len(phone.get("/meters")["meters"]) == 3
    with pytest.raises(RegistrationClosedError):
        run(partial(say_yes, holder_id=holder))
    assert refusal(phone.call("DELETE", f"/registrations/{sent}")) == (409, "registration_closed")


def test_staff_say_no_with_a_reason_that_the_applicant_reads(world: World, scope: Scope) -> None:
    phone, run = _person(world), world.runtime.database.run
    sent = phone.post("/registrations", WORDS, expected=201)["registration"]
    say_no = partial(reject_registration, scope=scope, registration_id=sent, by=TESTER)
    with pytest.raises(ReasonMissingError):
        run(partial(say_no, reason="  "))
    run(partial(say_no, reason="查无此公司，请携带租赁合同到物业中心。"))
    told = phone.get("/registrations")["registrations"][0]
    assert (told["state"], told["answer"]) == ("rejected", "查无此公司，请携带租赁合同到物业中心。")
    assert _events(world) == ["registration_waiting", "registration_rejected"]
    assert {name: told[name] for name in WORDS} == {
        **WORDS,
        "phone": "13900001111",
    }  # as it was written, for another try
    assert phone.post("/registrations", WORDS, expected=201)["state"] == "waiting"  # one may try again


@pytest.mark.parametrize("field", ["name", "enterprise"])
def test_blanks_say_nothing(world: World, field: str) -> None:
    answer = _person(world).call("POST", "/registrations", {**WORDS, field: "  "})
    assert (answer.status_code, answer.json()["fields"][0]["field"]) == (422, field)


def test_nobody_sees_the_applications_of_others(world: World, scope: Scope) -> None:
    phone, other = _person(world), _person(world)
    sent = phone.post("/registrations", {**WORDS, "building": "A"}, expected=201)["registration"]
    assert other.get("/registrations")["registrations"] == []
    assert refusal(other.call("DELETE", f"/registrations/{sent}")) == (404, "not_found")
    assert refusal(other.call("DELETE", f"/registrations/{2**63}")) == (404, "not_found")
    run = world.runtime.database.run
    park = run(partial(open_park, scope=scope, name="far away", by=TESTER)).id
    here = run(lambda s: s.scalars(select(Building.park_id)).one())
    seen = [
        len(run(partial(registrations_seen, scope=each)))
        for each in (scope, Scope(scope.organisation_id, frozenset({here})), Scope(scope.organisation_id + 1))
    ]
    assert seen == [1, 1, 0]
    far = Scope(scope.organisation_id, frozenset({park}))
    assert run(partial(registrations_seen, scope=far, state=RegistrationState.WAITING)) == []
    with pytest.raises(NotFoundError):
        run(partial(applicant, scope=far, registration_id=sent))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"phone": "call me"}, (422, "phone_unfit")),
        ({"phone": ""}, (422, "invalid_content")),
        ({"name": ""}, (422, "invalid_content")),
        ({"enterprise": "x" * 101}, (422, "invalid_content")),
        ({"meter": "M1"}, (422, "invalid_content")),
        ({"phone_code": "0" * 32}, (422, "phone_code_stale")),
    ],
)
def test_what_does_not_fit_is_refused(world: World, change: dict[str, Any], code: tuple[int, str]) -> None:
    assert refusal(_person(world).call("POST", "/registrations", {**WORDS, **change})) == code


def test_a_code_of_the_button_is_good_once_and_applying_is_slowed_down(world: World) -> None:
    phone = _person(world)
    code = _button(world, phone)
    body = {**WORDS, "phone": "", "phone_code": code}
    first = phone.post("/registrations", body, expected=201)
    phone.call("DELETE", f"/registrations/{first['registration']}")
    assert refusal(phone.call("POST", "/registrations", body)) == (422, "phone_code_stale")
    for _ in range(8):
        phone.call("POST", "/registrations", body)
    waits = phone.call("POST", "/registrations", body)
    assert (refusal(waits), int(waits.headers["Retry-After"]) > 3600) == ((429, "too_many_attempts"), True)


def test_the_audit_trail_tells_what_happened_and_nothing_of_the_person(world: World, scope: Scope) -> None:
    phone = _person(world)
    sent = phone.post("/registrations", WORDS, expected=201)["registration"]
    world.runtime.database.run(partial(reject_registration, scope=scope, registration_id=sent, reason="no", by=TESTER))
    bound(world, phone.person)
    with world.runtime.database.transaction() as session:
        kept = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
        told = [(entry.action, entry.before, entry.after, entry.actor_name) for entry in kept]
        assert {"registration_sent", "registration_rejected", "user_bound"} <= {entry.action for entry in kept}
        assert session.scalars(select(Holder.id)).first()
    assert "王小明" not in str(told)
    assert "13900001111" not in str(told)
