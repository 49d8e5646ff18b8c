"""First messages: whoever is bound hears once of a top-up and of low credit, in the inbox and from WeChat."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from redis import Redis
from sqlalchemy import Engine, select

from backend.jobs import deliveries, drains
from backend.kernel import outbox
from backend.kernel.db import Session
from backend.kernel.outbox import Event
from backend.notices.channel import Letter
from backend.notices.delivering import note_sent, take_due
from backend.notices.models import Delivery, DeliveryState, Unreachable
from sandbox.people import check_token
from tests.flows.conftest import World
from tests.flows.h5_world import Browser, official_account
from tests.flows.messages_world import STANDING_FEN, MessagesWorld
from tests.flows.people_world import Phone, bound, refusal
from tests.park import Metered


@pytest.fixture
def here(world: World, superuser: Engine) -> Iterator[MessagesWorld]:
    """A park in which nobody was told of anything yet."""
    world.runtime.redis.flushall()
    yield MessagesWorld(world, superuser)
    world.sandbox.control("switches", {"reset": True})


def test_a_top_up_is_told_once_in_the_inbox_and_by_the_official_account(here: MessagesWorld) -> None:
    dora = here.follower()
    order_no = here.credit(500)
    drains.run_all(here.world.runtime)
    [message] = here.at_wechat(dora)
    shown = {key: field["value"] for key, field in message["data"].items()}
    assert (message["template_id"], shown["thing1"], shown["amount3"]) == ("demo-credited", "A 104", "5.00元")
    back = f"{here.world.url}/h5/?appid={official_account(here.world)}"
    assert (shown["character_string2"], message["url"]) == ("M4", back)
    inbox = dora.get("/messages")
    [item] = inbox["items"]
    assert (inbox["unread"], inbox["next"]) == (1, None)
    assert (item["kind"], item["title"], item["read"]) == ("credited", "充值到账", False)
    assert (item["order_no"], item["meter"]) == (order_no, here.metered.meter.reference)
    assert item["text"].endswith("A 1 104（表号 M4）充值 5.00 元已到账。到账后余额 35.00 元。")


def test_everybody_bound_is_told_and_nobody_else(here: MessagesWorld) -> None:
    first, second = here.follower(), here.follower()
    stranger = bound(here.world, here.person(), here.world.park.counting)
    here.credit(500)
    for browser in (first, second):
        assert len(here.at_wechat(browser)) == len(browser.get("/messages")["items"]) == 1
    assert stranger.get("/messages")["items"] == []


def test_one_person_behind_two_doors_is_told_once_and_reads_it_behind_both(here: MessagesWorld) -> None:
    browser = here.follower()
    phone = Phone(here.world, browser.person).log_in()
    here.credit(500)
    assert len(here.at_wechat(browser)) == 1
    [item] = phone.get("/messages")["items"]
    assert browser.get("/messages")["items"] == [item]
    assert phone.post(f"/messages/{item['id']}/read") == {"unread": 0}
    assert browser.get("/messages")["items"][0]["read"] is True


def test_who_only_has_the_mini_program_finds_it_in_the_inbox(here: MessagesWorld) -> None:
    phone = bound(here.world, here.person(), here.metered)
    here.credit(500)
    assert here.world.sandbox.control(f"messages?person={phone.person}") == []
    assert phone.get("/messages")["unread"] == 1


def test_low_credit_is_told_once_for_each_crossing(here: MessagesWorld) -> None:
    dora = here.follower()
    for balance in (2001, 2000, 1999, 2100, 2200, 1500):  # above the threshold, but not by a tenth
        here.read(balance)
    assert here.crossings() == 1
    [message] = here.at_wechat(dora)
    assert (message["template_id"], message["data"]["amount3"]["value"]) == ("demo-low_credit", "20.00元")
    assert "余额 20.00 元，已不高于 20.00 元" in dora.get("/messages")["items"][0]["text"]
    here.read(2201)
    here.read(1999)
    assert (here.crossings(), len(here.at_wechat(dora))) == (2, 2)


def test_a_top_up_arms_the_warning_again_although_the_credit_is_still_low(here: MessagesWorld) -> None:
    dora = here.follower()
    here.read(100)
    here.read(90)
    assert here.crossings() == 1
    here.world.runtime.database.run(lambda session: _credited(session, here))
    drains.run_all(here.world.runtime)
    here.read(150)
    here.read(140)
    assert here.crossings() == 2
    assert [m["template_id"] for m in here.at_wechat(dora)] == ["demo-low_credit", "demo-credited", "demo-low_credit"]


def _credited(session: Session, here: MessagesWorld) -> None:
    facts = {"order_no": "o", "amount_fen": 60, "account_id": here.metered.account.id}
    outbox.record(
        session,
        organisation_id=here.world.park.organisation.id,
        topic="order_credited",
        key="o",
        facts={**facts, "meter_id": here.metered.meter.id},
        request_id="r",
    )


def test_a_late_reading_and_one_without_credit_cross_nothing(here: MessagesWorld) -> None:
    here.read(STANDING_FEN)
    here.read(10, late=True)
    here.read(None)
    assert here.crossings() == 0


def test_everybody_is_warned_by_their_own_threshold(here: MessagesWorld) -> None:
    usual, early, never = here.follower(), here.follower(), here.follower()
    for browser, threshold in ((early, 2800), (never, 0)):
        body = {"low_credit_threshold_fen": threshold, "language": "zh", "large_text": False}
        assert browser.call("PUT", "/settings", body).status_code == 200
    here.read(2700)
    assert [len(here.at_wechat(one)) for one in (usual, early, never)] == [0, 1, 0]
    here.read(1)
    assert [len(here.at_wechat(one)) for one in (usual, early, never)] == [1, 1, 0]
    here.read(0)
    assert [len(here.at_wechat(one)) for one in (usual, early, never)] == [1, 1, 1]


def test_a_wallet_here_is_watched_when_one_of_its_meters_was_read(here: MessagesWorld) -> None:
    relay: Metered = here.world.park.relay
    phone = bound(here.world, here.person(), relay)
    here.read(None, metered=relay)
    assert phone.get("/messages")["items"] == []  # the wallet holds 30.00
    here.town.break_by_hand("UPDATE account SET wallet_fen = 1500 WHERE id = :account")
    here.read(None, metered=relay)
    here.read(None, metered=relay)
    [item] = phone.get("/messages")["items"]
    assert (item["kind"], "15.00" in item["text"]) == ("low_credit", True)


def test_a_crash_between_sending_and_noting_sends_again_and_arrives_once(
    here: MessagesWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    dora = here.follower()

    def die_at_wechats(session: Session, *, letter: Letter, proof: str) -> None:
        if letter.channel == "official_account":
            raise SystemError("struck down")
        note_sent(session, letter=letter, proof=proof)

    with monkeypatch.context() as crash:
        crash.setattr(deliveries, "note_sent", die_at_wechats)
        here.credit(500)
    assert (DeliveryState.WAITING, None) in here.deliveries()
    assert len(here.at_wechat(dora)) == 1
    here.let_waits_end()
    assert {state for state, _ in here.deliveries()} == {DeliveryState.SENT}
    assert len(here.at_wechat(dora)) == len(dora.get("/messages")["items"]) == 1


def test_a_lost_answer_is_sent_again_and_arrives_once(here: MessagesWorld) -> None:
    dora = here.follower()
    here.credit(500)
    here.world.sandbox.control("switches", {"lose_next": 1})
    here.read(1)
    assert here.deliveries()[-1][0] is DeliveryState.WAITING
    here.let_waits_end()
    assert [m["template_id"] for m in here.at_wechat(dora)] == ["demo-credited", "demo-low_credit"]
    assert {state for state, _ in here.deliveries()} == {DeliveryState.SENT}


def test_two_workers_at_once_send_each_message_once(here: MessagesWorld) -> None:
    dora = here.follower()
    runtime = here.world.runtime
    here.town.credit(here.metered, 500)
    drains.events(runtime)

    def taken() -> list[Letter]:
        return runtime.database.run(lambda session: take_due(session, most=20, seal=runtime.seal, demo=True))

    first, second = taken(), taken()
    assert ([letter.channel for letter in first].count("official_account"), second) == (1, [])
    assert here.at_wechat(dora) == []


def test_an_expired_token_is_renewed_once_and_shared(here: MessagesWorld) -> None:
    dora = here.follower()
    here.credit(500)
    here.world.sandbox.control("wechat/expire_tokens", {})
    here.read(1)
    here.read(5000)
    here.read(1)
    assert len(here.at_wechat(dora)) == 3
    tokens = here.world.sandbox.world.books.tokens.of(official_account(here.world))
    assert len(tokens) == 1
    assert check_token(here.world.sandbox.world, tokens[0].token).appid == official_account(here.world)


def test_the_token_lies_sealed_in_redis(here: MessagesWorld) -> None:
    here.follower()
    here.credit(500)
    [token] = here.world.sandbox.world.books.tokens.of(official_account(here.world))
    redis = here.world.runtime.redis
    kept = [redis.get(key) for key in redis.scan_iter("dianyuan:token:*")]
    assert kept
    assert all(isinstance(one, bytes) and token.token.encode() not in one for one in kept)


def test_without_redis_messages_arrive_all_the_same(here: MessagesWorld) -> None:
    dora = here.follower()
    here.town.credit(here.metered, 500)
    dead = replace(here.world.runtime, redis=Redis.from_url("unix:///nowhere"))
    drains.run_all(dead)
    assert len(here.at_wechat(dora)) == 1


def test_wechat_out_of_order_is_tried_again_and_given_up_with_its_word(here: MessagesWorld) -> None:
    dora = here.follower()
    here.world.sandbox.control("switches", {"fail_next": 99, "fail_path": "/cgi-bin/message", "fail_code": "-1"})
    here.credit(500)
    assert dora.get("/messages")["unread"] == 1  # the inbox does not wait for WeChat
    assert here.deliveries() == [(DeliveryState.WAITING, here.deliveries()[0][1])]
    assert "errcode -1" in str(here.deliveries()[0][1])
    with here.world.runtime.database.transaction() as session:
        waiting = session.scalars(select(Delivery).filter_by(channel="official_account")).one()
        waiting.give_up_at = waiting.next_attempt_at
    here.let_waits_end()
    [(state, proof)] = here.deliveries()
    assert (state, "errcode -1" in str(proof)) == (DeliveryState.GIVEN_UP, True)
    assert here.at_wechat(dora) == []


def test_who_does_not_follow_is_marked_and_left_alone_until_they_come_again(here: MessagesWorld) -> None:
    dora = here.follower()
    here.world.sandbox.control("wechat/person", {"person": dora.person, "subscribed": False})
    here.credit(500)
    [(state, proof)] = here.deliveries()
    assert (state, "43004" in str(proof)) == (DeliveryState.GIVEN_UP, True)
    with here.world.runtime.database.transaction() as session:
        assert session.scalars(select(Unreachable.channel)).all() == ["official_account"]
    here.read(1)
    assert len(here.deliveries()) == 1
    assert dora.get("/messages")["unread"] == 2
    here.world.sandbox.control("wechat/person", {"person": dora.person, "subscribed": True})
    Browser(here.world, dora.person).log_in()
    here.read(5000)
    here.read(1)
    assert len(here.at_wechat(dora)) == 1


def test_a_silent_wechat_holds_up_nobody_else(here: MessagesWorld) -> None:
    people = [here.follower() for _ in range(3)]
    here.town.credit(here.metered, 500)
    settings = here.world.runtime.settings.model_copy(update={"wechat_api_origin": "http://127.0.0.1:9"})
    drains.run_all(replace(here.world.runtime, settings=settings))
    assert [browser.get("/messages")["unread"] for browser in people] == [1, 1, 1]
    assert {state for state, _ in here.deliveries()} == {DeliveryState.WAITING}
    here.let_waits_end()
    assert [len(here.at_wechat(browser)) for browser in people] == [1, 1, 1]


def test_in_production_an_account_without_a_template_sends_none(here: MessagesWorld) -> None:
    dora = here.follower()
    here.town.credit(here.metered, 500)
    strict = replace(
        here.world.runtime, settings=here.world.runtime.settings.model_copy(update={"environment": "production"})
    )
    drains.run_all(strict)
    [(state, proof)] = here.deliveries()
    assert (state, proof) == (DeliveryState.GIVEN_UP, "the account has no template for credited")
    assert here.at_wechat(dora) == []


def test_messages_come_in_pages_in_the_readers_language(here: MessagesWorld) -> None:
    dora = here.follower()
    for balance in (100, 5000, 100, 5000, 100):
        here.read(balance)
    first = dora.get("/messages?limit=2")
    rest = dora.get(f"/messages?limit=2&cursor={first['next']}")
    assert [len(first["items"]), len(rest["items"]), rest["next"], rest["unread"]] == [2, 1, None, 3]
    dora.language = "en"
    assert dora.get("/messages?limit=1")["items"][0]["title"] == "Low credit"


def test_reading_anothers_message_is_not_found_and_changes_nothing(here: MessagesWorld) -> None:
    dora, eve = here.follower(), bound(here.world, here.person(), here.world.park.counting)
    here.credit(500)
    [item] = dora.get("/messages")["items"]
    for unknown in (item["id"], 999_999_999, 2**63, 10**30):
        assert refusal(eve.call("POST", f"/messages/{unknown}/read")) == (404, "not_found")
    assert dora.get("/messages")["unread"] == 1
    for query in ("limit=0", "limit=101", "cursor=0", "cursor=x", "more=1"):
        assert refusal(dora.call("GET", f"/messages?{query}")) == (422, "invalid_content")


def test_an_event_that_cannot_be_worked_out_keeps_no_other_from_being_told(here: MessagesWorld) -> None:
    dora = here.follower()

    def spoiled(session: Session) -> None:
        owner = here.world.park.organisation.id
        outbox.record(
            session, organisation_id=owner, topic="low_credit", key="x", facts={"account_id": "?"}, request_id="r"
        )

    here.world.runtime.database.run(spoiled)
    here.read(1)
    with here.world.runtime.database.transaction() as session:
        assert session.scalars(select(Event.id).where(Event.told_at.is_(None))).all() == []
    assert len(here.at_wechat(dora)) == 1
