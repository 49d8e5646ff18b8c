"""Every route says who may call it, and refuses who may not."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import Engine

from backend.admin.kit.guarding import ANYBODY
from backend.app import create_app
from backend.kernel.settings import Settings
from backend.runtime import Runtime
from meter_bridge import protocol
from meter_bridge.profile import Profile
from tests.conftest import assembled, emptied
from tests.house.access import ACCESS, ADMIN, BRIDGE, OFFICE, Who

METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}
GUARDED = {route: who for route, who in ACCESS.items() if who not in (Who.ANYONE, Who.STAFF)}
LED = {route for route, who in ACCESS.items() if who is Who.STAFF}
REFUSED = {Who.PROVIDER: 404, Who.NEW_BRIDGE: 401, Who.BRIDGE: 401, Who.LOGGED_IN: 401}


@pytest.fixture(scope="module")
def app(settings: Settings, engine: Engine, superuser: Engine, profiles: dict[str, Profile]) -> Iterator[Flask]:
    """The whole application over an empty database: one for all strangers, who are refused and leave nothing."""
    with assembled(settings, emptied(engine, superuser), profiles) as runtime:
        yield create_app(runtime)


def _body(rule: str) -> dict[str, object]:
    """Return a body of the right shape where it is looked at before who sends it: a bridge's first call."""
    enrols = rule == f"{BRIDGE}/enrol"
    return protocol.EnrolRequest(enrolment_token="0" * 64).model_dump(mode="json") if enrols else {}


def _routes(app: Flask) -> Iterator[tuple[str, str]]:
    for rule in app.url_map.iter_rules():
        for method in METHODS & (rule.methods or set()):
            yield method, rule.rule


def _address(rule: str) -> str:
    return re.sub(r"<(int:|path:)?\w+>", lambda part: "1" if part[1] else "0" * 24, rule)


def test_every_route_stands_in_the_access_table_and_every_row_is_a_route(app: Flask) -> None:
    assert set(_routes(app)) == set(ACCESS)


@pytest.mark.parametrize(("method", "rule"), GUARDED)
@pytest.mark.parametrize("presented", [None, "Bearer " + "0" * 64, "Bearer ", "Basic MDow"])
def test_a_stranger_is_refused(app: Flask, method: str, rule: str, presented: str | None) -> None:
    who = GUARDED[method, rule]
    headers = {"Authorization": presented} if presented else {}
    answer = app.test_client().open(_address(rule), method=method, json=_body(rule), headers=headers)
    assert (answer.status_code, answer.content_type) == (REFUSED[who], "application/problem+json")


@pytest.mark.parametrize(("method", "rule"), sorted(LED))
@pytest.mark.parametrize("presented", [None, "0" * 64, ""])
def test_who_has_no_session_is_led_to_the_log_in(app: Flask, method: str, rule: str, presented: str | None) -> None:
    client = app.test_client()
    if presented is not None:
        client.set_cookie("dianyuan-staff", presented)
    answer = client.open(_address(rule), method=method)
    assert (answer.status_code, answer.headers["Location"][:13]) == (303, "/admin/login?")


def test_every_view_of_the_office_asks_for_what_the_table_says(app: Flask) -> None:
    asked = {
        (method, rule.rule): app.view_functions[rule.endpoint].__dict__["permission"]
        for rule in app.url_map.iter_rules()
        for method in METHODS & (rule.methods or set())
        if rule.rule.startswith(ADMIN) and "/static/" not in rule.rule
    }
    table = {route: OFFICE.get(route, ANYBODY) for route in ACCESS if route[1].startswith(ADMIN)}
    assert asked == {route: permission for route, permission in table.items() if "/static/" not in route[1]}


def test_a_forgotten_route_would_be_found(runtime: Runtime) -> None:
    app = create_app(runtime)
    app.add_url_rule("/forgotten", view_func=lambda: "")
    assert set(_routes(app)) - set(ACCESS) == {("GET", "/forgotten")}
