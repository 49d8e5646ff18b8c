"""A bridge comes to be known."""

from dataclasses import replace

import pytest
from flask import Flask

from backend.app import create_app
from backend.bridge_api import asking
from backend.bridge_api.asking import KNOWN_FOR
from backend.kernel.clock import SystemClock
from backend.metering.install_errors import BridgeExistsError
from backend.metering.lines import enrolment
from backend.metering.lines.enrolment import invite_bridge, reinvite
from backend.metering.models import Bridge
from backend.runtime import Runtime
from meter_bridge import protocol
from tests.flows.bridge_world import BridgeWorld, SpokenBridge, make_world, message, refusal
from tests.park import build

BAD_ENROLMENT = (401, "bad_enrolment_token")
BAD_BRIDGE = (401, "bad_bridge_token")
UNFIT = (422, "unfit_body")


class LaterClock(SystemClock):
    """The machine's clock, and seconds that went by without anybody waiting."""

    seconds = 0.0

    def monotonic(self) -> float:
        """Return seconds that only ever rise."""
        return super().monotonic() + self.seconds


@pytest.fixture
def bridges(runtime: Runtime) -> BridgeWorld:
    return make_world(runtime)


def invited(bridges: BridgeWorld) -> str:
    token = bridges.run(lambda s: invite_bridge(s, organisation_id=bridges.park.organisation.id, name="site"))
    return str(token)


def spoken(bridges: BridgeWorld, token: str) -> SpokenBridge:
    return SpokenBridge(bridges.app, bridges.runtime, token, bridges.runtime.database.entropy.reference())


def unread(app: Flask, token: str) -> tuple[int, str]:
    """Return how a body that says nothing is refused: UNFIT to whoever is listened to."""
    return refusal(app.test_client().post("/bridge/v1/claim", data="?", headers={"Authorization": f"Bearer {token}"}))


def the_bridge(bridges: BridgeWorld) -> Bridge:
    found: Bridge = bridges.run(lambda s: s.query(Bridge).one())
    return found


def test_a_token_is_exchanged_for_an_access_token_and_the_key_that_signs_orders(bridges: BridgeWorld) -> None:
    reply = message(protocol.EnrolReply, bridges.enrol(invited(bridges)))
    assert reply.verify_key == bridges.runtime.signing_key.public_key().public_bytes_raw().hex()
    assert spoken(bridges, reply.access_token).try_heartbeat().status_code == 200


def test_a_lost_reply_is_asked_for_again_and_the_first_access_token_dies(bridges: BridgeWorld) -> None:
    token = invited(bridges)
    lost = message(protocol.EnrolReply, bridges.enrol(token)).access_token
    told = message(protocol.EnrolReply, bridges.enrol(token)).access_token
    assert refusal(spoken(bridges, lost).try_heartbeat()) == BAD_BRIDGE
    assert spoken(bridges, told).try_heartbeat().status_code == 200


def test_the_first_call_uses_the_enrolment_token_up(bridges: BridgeWorld) -> None:
    token = invited(bridges)
    spoken(bridges, message(protocol.EnrolReply, bridges.enrol(token)).access_token).heartbeat()
    assert refusal(bridges.enrol(token)) == BAD_ENROLMENT


def test_a_token_that_was_never_issued_is_refused(bridges: BridgeWorld) -> None:
    assert refusal(bridges.enrol("0" * 64)) == BAD_ENROLMENT
    assert refusal(spoken(bridges, "0" * 64).try_heartbeat()) == BAD_BRIDGE


def test_a_call_without_a_token_is_refused(bridges: BridgeWorld) -> None:
    answer = bridges.app.test_client().post("/bridge/v1/readings", json={"instance": "0" * 26, "readings": []})
    assert refusal(answer) == BAD_BRIDGE


def test_a_token_that_is_too_old_is_refused(bridges: BridgeWorld) -> None:
    token = bridges.run(
        lambda s: invite_bridge(s, organisation_id=bridges.park.organisation.id, name="late", valid_hours=0)
    )
    assert refusal(bridges.enrol(token)) == BAD_ENROLMENT


def test_only_fingerprints_of_secrets_are_stored(bridges: BridgeWorld) -> None:
    token = invited(bridges)
    access = message(protocol.EnrolReply, bridges.enrol(token)).access_token
    row = the_bridge(bridges)
    assert token != row.enrolment_fingerprint
    assert access != row.access_fingerprint


def test_a_revoked_bridge_is_refused(bridges: BridgeWorld) -> None:
    bridge = bridges.holding()
    bridges.run(lambda s: enrolment.revoke(s, bridge=s.query(Bridge).one()))
    assert refusal(bridge.try_claim()) == BAD_BRIDGE


def test_a_bridge_that_was_known_a_minute_ago_is_not_asked_for_before_its_body_is_read(bridges: BridgeWorld) -> None:
    clock = LaterClock()
    app = create_app(replace(bridges.runtime, clock=clock))
    bridge = replace(bridges.holding(), app=app)
    assert not bridge.try_claim().get_json()["work"]
    assert unread(app, bridge.token) == UNFIT
    bridges.run(lambda s: enrolment.revoke(s, bridge=s.query(Bridge).one()))
    assert unread(app, bridge.token) == UNFIT
    clock.seconds += KNOWN_FOR
    assert unread(app, bridge.token) == BAD_BRIDGE


def test_who_was_refused_is_a_stranger_at_once(bridges: BridgeWorld) -> None:
    bridge = bridges.holding()
    assert unread(bridges.app, bridge.token) == UNFIT
    bridges.run(lambda s: enrolment.revoke(s, bridge=s.query(Bridge).one()))
    assert refusal(bridge.try_claim()) == BAD_BRIDGE
    assert unread(bridges.app, bridge.token) == BAD_BRIDGE


def test_of_too_many_that_are_known_none_is_remembered_for_ever(
    bridges: BridgeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "MOST_KNOWN", 2)
    for name in ("one", "two", "three"):
        unread(bridges.app, bridges.bridge(name).token)
    assert len(bridges.app.extensions[asking.KNOWN]) == 1


def test_new_hardware_takes_the_lines_over_and_the_old_works_until_then(bridges: BridgeWorld) -> None:
    old = bridges.holding()
    token = bridges.run(lambda s: reinvite(s, bridge=s.query(Bridge).one()))
    assert old.heartbeat().lines[0].fence == 1
    new = spoken(bridges, message(protocol.EnrolReply, bridges.enrol(token)).access_token)
    assert refusal(old.try_heartbeat()) == BAD_BRIDGE
    assert new.heartbeat().lines[0].fence == 2


def test_hardware_that_never_spoke_does_not_use_up_the_token_of_the_next(bridges: BridgeWorld) -> None:
    old = spoken(bridges, message(protocol.EnrolReply, bridges.enrol(invited(bridges))).access_token)
    token = bridges.run(lambda s: reinvite(s, bridge=s.query(Bridge).one()))
    old.heartbeat()
    assert bridges.enrol(token).status_code == 200


def test_two_bridges_of_one_name_are_refused(bridges: BridgeWorld) -> None:
    invited(bridges)
    with pytest.raises(BridgeExistsError) as refused:
        invited(bridges)
    assert "site" in refused.value.sentence("zh")


def test_a_bridge_never_sees_the_lines_of_another_organisation(bridges: BridgeWorld) -> None:
    other = build(bridges.runtime, name="Dora's park")
    bridge = bridges.bridge("dora", other.organisation.id)
    assert [lease.line for lease in bridge.heartbeat().lines] == [other.line.reference]


@pytest.mark.parametrize("path", ["enrol", "heartbeat", "claim", "commands/X/intent", "commands/X/outcome", "readings"])
def test_a_body_that_says_something_else_is_refused_with_the_names(bridges: BridgeWorld, path: str) -> None:
    headers = {"Authorization": f"Bearer {bridges.bridge().token}"}
    answer = bridges.app.test_client().post(f"/bridge/v1/{path}", data='{"secret": "hush"}', headers=headers)
    assert refusal(answer) == (422, "unfit_body")
    assert "secret" in [one["name"] for one in answer.get_json()["fields"]]
    assert "hush" not in answer.text


def test_a_body_that_is_no_json_or_too_large_is_refused(bridges: BridgeWorld) -> None:
    client = bridges.app.test_client()
    assert client.post("/bridge/v1/enrol", data=b"\xff\x00").status_code == 422
    assert client.post("/bridge/v1/enrol", data=b" " * (1024 * 1024 + 1)).status_code == 413
