"""Logging in from the mini-program, against the sandbox's WeChat."""

import re
from dataclasses import replace
from traceback import format_exception

import pytest
from sqlalchemy import func, select, update

from backend.app import create_app
from backend.kernel.db import Session
from backend.kernel.entropy import fingerprint
from backend.kernel.errors import ProviderUnreachableError
from backend.people import attempts
from backend.people.attempts import Guess
from backend.people.models import Attempt, LoginToken, WechatUser
from backend.people.wechat_apps import open_secret
from miniprogram_api.wechat_login import identity_of_code
from tests.flows.conftest import World
from tests.flows.people_world import LONG_AGO, Phone, invited, refusal


def body(world: World, code: str) -> dict[str, str]:
    """Return a log-in."""
    return {"appid": world.park.app.appid, "code": code}


def test_a_code_becomes_a_token_and_nothing_of_the_session_key_leaves(world: World) -> None:
    phone = Phone(world, "dora")
    told = phone.post("/login", body(world, phone.wechat_code()))
    assert set(told) == {"token", "expires_at", "bound"}
    assert (len(told["token"]), told["bound"]) == (64, False)
    phone.token = told["token"]
    assert phone.get("/me")["holders"] == []
    with world.runtime.database.transaction() as session:
        stored = session.scalars(select(LoginToken.fingerprint)).one()
        user = session.scalars(select(WechatUser).order_by(WechatUser.id.desc())).first()
    assert stored == fingerprint(told["token"])
    assert user is not None
    assert user.unionid is not None


def test_logging_in_again_is_the_same_user_and_says_that_they_are_bound(world: World) -> None:
    phone = Phone(world, "dora").log_in()
    phone.post("/bindings", {"code": invited(world)})
    again = phone.post("/login", body(world, phone.wechat_code()))
    assert again["bound"] is True
    assert again["token"] != phone.token


def test_a_code_is_good_once(world: World) -> None:
    phone = Phone(world, "dora", language="en")
    code = phone.wechat_code()
    phone.post("/login", body(world, code))
    answer = phone.call("POST", "/login", body(world, code))
    assert refusal(answer) == (401, "wechat_code_used")
    assert "used before" in answer.json()["detail"]


def test_a_made_up_code_is_refused_in_the_readers_language(world: World) -> None:
    chinese = Phone(world, "dora").call("POST", "/login", body(world, "0123456789"))
    english = Phone(world, "dora", language="en-GB,zh;q=0.5").call("POST", "/login", body(world, "0123456789"))
    assert refusal(chinese) == refusal(english) == (401, "wechat_code_refused")
    assert "微信登录凭证" in chinese.json()["detail"]
    assert "WeChat does not accept" in english.json()["detail"]
    assert english.headers["Content-Language"] == "en"


def test_an_app_that_is_not_ours_is_refused_without_asking_wechat(world: World) -> None:
    answer = Phone(world, "dora").call("POST", "/login", {"appid": "wx00000000000000ff", "code": "0123456789"})
    assert refusal(answer) == (404, "wechat_app_unknown")


def test_wechat_out_of_order_is_said_so_and_held_against_nobody(world: World) -> None:
    phone = Phone(world, "dora")
    for trouble in ({"fail_next": 1, "fail_path": "/sns", "fail_code": "-1"}, {"lose_next": 1}):
        world.sandbox.control("switches", trouble)
        assert refusal(phone.call("POST", "/login", body(world, phone.wechat_code()))) == (503, "provider_unreachable")
    world.sandbox.control("switches", {"reset": True})
    with world.runtime.database.transaction() as session:
        assert session.scalars(select(Attempt.failures)).all() == [0]
    phone.log_in()


def test_wechat_that_cannot_be_reached_gives_no_hint_of_the_secret(
    world: World, capfd: pytest.CaptureFixture[str]
) -> None:
    settings = world.runtime.settings.model_copy(update={"wechat_api_origin": "http://127.0.0.1:9"})
    secret = open_secret(world.park.app, seal=world.runtime.seal)
    dead = replace(world.runtime, settings=settings)
    with pytest.raises(ProviderUnreachableError) as caught:
        identity_of_code(dead, world.park.app, "0123456789")
    assert secret not in "".join(format_exception(caught.value))
    answer = create_app(dead).test_client().post("/api/mp/v1/login", json=body(world, "0123456789"))
    assert answer.status_code == 503
    assert secret not in answer.text + "".join(capfd.readouterr())


def test_logging_in_fetches_no_access_token(world: World) -> None:
    world.sandbox.control("wechat/expire_tokens", {})
    Phone(world, "dora").log_in()
    assert list(world.sandbox.world.books.tokens.all()) == []


def test_logging_out_ends_this_telephone_only(world: World) -> None:
    first, second = Phone(world, "dora").log_in(), Phone(world, "dora").log_in()
    first.post("/logout", expected=204)
    assert refusal(first.call("GET", "/me")) == (401, "not_logged_in")
    assert second.get("/me")["holders"] == []


def test_logging_out_everywhere_ends_every_telephone_of_this_user_only(world: World) -> None:
    first, second, other = (Phone(world, name).log_in() for name in ("dora", "dora", "emil"))
    first.post("/logout-everywhere", expected=204)
    assert [phone.call("GET", "/me").status_code for phone in (first, second, other)] == [401, 401, 200]


def test_a_token_ends_by_itself(world: World) -> None:
    phone = Phone(world, "dora").log_in()
    world.runtime.database.run(lambda session: session.execute(update(LoginToken).values(expires_at=LONG_AGO)))
    assert refusal(phone.call("GET", "/me")) == (401, "not_logged_in")


def test_logging_in_forgets_the_log_ins_of_this_user_that_are_over(world: World) -> None:
    def stored(session: Session) -> list[int]:
        return sorted(session.scalars(select(func.count(LoginToken.id)).group_by(LoginToken.wechat_user_id)))

    for name in ("dora", "dora", "emil"):
        Phone(world, name).log_in()
    assert world.runtime.database.run(stored) == [1, 2]
    world.runtime.database.run(lambda session: session.execute(update(LoginToken).values(expires_at=LONG_AGO)))
    for _ in range(2):
        Phone(world, "dora").log_in()
    assert world.runtime.database.run(stored) == [1, 2], "one of emil's, and two new ones"
    assert Phone(world, "emil").log_in().get("/me")["holders"] == []


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x", "Basic eDp5", "Bearer \x00"])
def test_without_a_good_token_there_is_nothing_to_see(world: World, header: str) -> None:
    client = create_app(world.runtime).test_client()
    answer = client.get("/api/mp/v1/meters", headers={"Authorization": header})
    assert answer.status_code == 401


def test_guessing_codes_must_wait(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(attempts.LIMITS, Guess.LOG_IN_BY_ADDRESS, (3, 600.0))
    phone = Phone(world, "dora", language="en")
    told = [phone.call("POST", "/login", body(world, "0123456789")) for _ in range(4)]
    assert [answer.status_code for answer in told] == [401, 401, 401, 429]
    assert refusal(told[-1]) == (429, "too_many_attempts")
    assert 590 <= int(told[-1].headers["Retry-After"]) <= 600
    world.runtime.database.run(lambda session: session.execute(update(Attempt).values(ends_at=LONG_AGO)))
    phone.log_in()


def test_what_was_long_ago_is_neither_counted_nor_kept(world: World) -> None:
    with world.runtime.database.transaction() as session:
        for number in range(100):
            asker = "somebody" if number else "127.0.0.1"
            row = Attempt(kind=Guess.LOG_IN_BY_ADDRESS, asker=f"{asker}{number or ''}", failures=1000, ends_at=LONG_AGO)
            session.add(row)
            session.flush()
    Phone(world, "dora").log_in()
    with world.runtime.database.transaction() as session:
        assert len(session.scalars(select(Attempt)).all()) < 100
    for _ in range(4):
        Phone(world, "dora").log_in()
    with world.runtime.database.transaction() as session:
        assert session.scalars(select(Attempt.failures)).all() == [0]


def test_a_new_window_begins_where_the_old_one_ended(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "SWEPT_AT_ONCE", 0)
    row = Attempt(kind=Guess.LOG_IN_BY_ADDRESS, asker="127.0.0.1", failures=1000, ends_at=LONG_AGO)
    with world.runtime.database.transaction() as session:
        session.add(row)
    Phone(world, "dora").call("POST", "/login", body(world, "0123456789"))
    with world.runtime.database.transaction() as session:
        kept = session.scalars(select(Attempt)).one()
        assert (kept.failures, kept.ends_at > session.clock.now()) == (1, True)


def test_logging_in_well_is_never_counted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(attempts.LIMITS, Guess.LOG_IN_BY_ADDRESS, (1, 600.0))
    for _ in range(3):
        Phone(world, "dora").log_in()


def test_every_route_but_logging_in_wants_a_token(world: World) -> None:
    app = create_app(world.runtime)
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/api/mp/")]
    open_ones = set()
    for rule in rules:
        method = next(iter((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        path = re.sub(r"<int:\w+>", "1", rule.rule).replace("<reference>", "X" * 26).replace("<order_no>", "X" * 24)
        if app.test_client().open(path, method=method).status_code != 401:
            open_ones.add(rule.rule)
    assert len(rules) > 10
    assert open_ones == {f"/api/mp/v1/{page}" for page in ("login", "h5/authorize", "h5/login")}
