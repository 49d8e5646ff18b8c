"""Who asks for it is forgotten, everywhere but in the books, which still prove."""

from collections.abc import Iterator
from functools import partial

import pytest
from click.testing import CliRunner
from sqlalchemy import select, text

from backend.audit.verifying import verify
from backend.cli.__main__ import main
from backend.estate.holders import add_contact
from backend.jobs.drains import run_all, seals
from backend.kernel import logs
from backend.kernel.errors import NotFoundError
from backend.kernel.scope import Scope
from backend.lifecycle.erasing import erase_user
from backend.people.deciding import reject_registration
from backend.people.models import WechatUser
from backend.proving.checking import self_check
from backend.tables import METADATA
from tests.flows.conftest import World
from tests.flows.h5_world import Browser
from tests.flows.people_world import Phone, bound
from tests.flows.staff_world import TESTER

NAME, ENTERPRISE = "欧阳锋利", "白驼山庄有限公司"


@pytest.fixture
def scope(world: World) -> Scope:
    """All of the known organisation."""
    return Scope(world.park.organisation.id)


def _traces(world: World, *words: str) -> Iterator[str]:
    """Yield every table that holds one of the words in any column."""
    with world.runtime.database.transaction() as session:
        for table in METADATA.sorted_tables:
            rows = session.execute(text(f'SELECT CAST(t AS text) FROM "{table.name}" t')).scalars()
            yield from (f"{table.name}: {word}" for row in rows for word in words if word in row)


def _lived(world: World, scope: Scope) -> tuple[Phone, list[str]]:
    """Let somebody log in behind two doors, apply, be bound, pay; return their telephone and what names them."""
    name = "p" + world.runtime.database.entropy.code(8)
    phone = bound(world, name)
    browser = Browser(world, name).log_in()
    button = {"person": name, "appid": world.park.app.appid, "purpose": "phone"}
    code = world.sandbox.control("wechat/code", button)["code"]
    phone.post("/registrations", {"name": NAME, "enterprise": ENTERPRISE, "phone_code": code}, expected=201)
    with world.runtime.database.transaction() as session:
        number = session.scalar(text("SELECT phone FROM registration"))
        users = session.scalars(select(WechatUser).order_by(WechatUser.id.desc()).limit(2)).all()
    holder = world.park.other.account.holder_id
    world.runtime.database.run(
        partial(add_contact, scope=scope, holder_id=holder, name=NAME, phone=str(number), by=TESTER)
    )
    order = phone.post(
        "/orders",
        {"meter": world.park.counting.meter.reference, "amount_fen": 500, "tap": "t" * 8},
        expected=201,
    )["order_no"]
    world.pay(order)
    world.wait_for(lambda: world.order(order).paid_at, "paid")
    browser.call("PUT", "/me/holder", {"holder": world.park.counting.account.holder_id})
    return phone, [NAME, ENTERPRISE, str(number), *(user.openid for user in users), str(users[0].unionid)]


def test_an_erased_person_is_found_nowhere_and_the_books_still_prove(world: World, scope: Scope) -> None:
    phone, words = _lived(world, scope)
    database = world.runtime.database
    seals(world.runtime)
    assert list(_traces(world, *words))
    with database.transaction() as session:
        user = session.scalars(select(WechatUser.id).order_by(WechatUser.id.desc()).limit(1)).one()
    with pytest.raises(NotFoundError):
        database.run(
            partial(erase_user, scope=Scope(scope.organisation_id + 1), user_id=user, reason="asked", by=TESTER)
        )
    done = database.run(partial(erase_user, scope=scope, user_id=user, reason="asked for it", by=TESTER))
    assert done == 2
    assert list(_traces(world, *words)) == []
    assert phone.call("GET", "/me").status_code == 401
    run_all(world.runtime)
    assert database.run(verify) == []
    assert database.run(self_check) == 0
    again = Phone(world, phone.person).log_in()  # who comes back is somebody new
    assert again.get("/me")["holders"] == []


def test_an_operator_erases_by_the_number_somebody_applied_with(world: World, scope: Scope) -> None:
    _, words = _lived(world, scope)
    settings = world.runtime.settings
    environment = {
        "VAR_DIR": str(settings.var_dir),
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "MASTER_KEY": settings.master_key.get_secret_value(),
        "COMMAND_SIGNING_KEY": settings.command_signing_key.get_secret_value(),
    }
    own = ("--organisation", world.park.organisation.name, "--reason", "asked", "--by", "installer")
    run = partial(CliRunner().invoke, main, env=environment)
    assert run(["erase-user", *own, "--phone", "13900009999"]).exit_code == 1
    assert run(["erase-user", *own]).exit_code == 1
    told = run(["erase-user", *own, "--phone", words[2]])
    assert (told.exit_code, told.output) == (0, "2 users erased\n")
    assert list(_traces(world, *words)) == []


def test_no_log_line_names_a_person(world: World, scope: Scope, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("json")
    _, words = _lived(world, scope)
    phone = Phone(world, "p" + world.runtime.database.entropy.code(8)).log_in()
    sent = phone.post("/registrations", {"name": NAME, "enterprise": ENTERPRISE, "phone": "13900008888"}, expected=201)[
        "registration"
    ]
    world.runtime.database.run(partial(reject_registration, scope=scope, registration_id=sent, reason="no", by=TESTER))
    run_all(world.runtime)
    logs.log().info("canary", phone="13900008888", contact_name=NAME, applicant=ENTERPRISE, unionid="u1")
    told = capsys.readouterr().out
    assert "registration_rejected" in told
    assert [word for word in (*words, "13900008888") if word in told] == []
