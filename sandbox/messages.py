"""Sending template and subscribe messages, by who accepts them."""

from dataclasses import replace
from typing import Any

from sandbox.keys import App
from sandbox.people import person_of
from sandbox.records import Message, Person
from sandbox.refusals import ApiRefusal
from sandbox.signing import compact
from sandbox.template_fields import check_fields
from sandbox.world import World

SAME_FOR = 600
KINDS = {"template": "official_account", "bizsend": "official_account", "subscribe": "mini_program"}


def send(world: World, app: App, channel: str, body: dict[str, Any]) -> Message:
    """Deliver a message over template, subscribe or bizsend, once per client_msg_id in ten minutes."""
    if app.kind != KINDS[channel]:
        raise ApiRefusal(48001, "api unauthorized")
    if not body.get("template_id"):
        raise ApiRefusal(40037, "invalid template_id")
    with world.books.store.transaction():
        person = person_of(world, app.appid, str(body.get("touser", "")))
        known = _same(world, str(body.get("client_msg_id", "")), str(body["touser"]))
        if known:
            return known
        check_fields(body.get("data"))
        _check_reachable(world, person, channel)
        return world.books.messages.put(_message(world, app, channel, body, person))


def _check_reachable(world: World, person: Person, channel: str) -> None:
    if channel == "template":
        if not person.subscribed:
            raise ApiRefusal(43004, "require subscribe")
        return
    if person.subscribe_quota is not None:
        if person.subscribe_quota <= 0:
            raise ApiRefusal(43101, "user refuse to accept the msg")
        world.books.persons.put(replace(person, subscribe_quota=person.subscribe_quota - 1))


def _same(world: World, client_msg_id: str, openid: str) -> Message | None:
    since = world.clock() - SAME_FOR
    sent = world.books.messages.of(client_msg_id) if client_msg_id else []
    return next((message for message in sent if message.openid == openid and message.sent_at > since), None)


def _message(world: World, app: App, channel: str, body: dict[str, Any], person: Person) -> Message:
    return Message(
        msgid="2" + world.digits(17),
        channel=channel,
        appid=app.appid,
        openid=str(body["touser"]),
        person=person.name,
        template_id=str(body["template_id"]),
        body=compact(body),
        client_msg_id=str(body.get("client_msg_id", "")),
        sent_at=world.clock(),
    )
