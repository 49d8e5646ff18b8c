"""The bridge towards the backend over HTTP, its identity and its journal."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from meter_bridge.api import ApiRefusalError, ApiUnreachableError
from meter_bridge.api_http import HttpApi
from meter_bridge.identity import IDENTITY_FILE, TOKEN_FILE, identity_of
from meter_bridge.journal import Journal
from meter_bridge.profile import load_profiles
from meter_bridge.protocol import (
    ClaimRequest,
    EnrolReply,
    Evidence,
    IntentRequest,
    LineFence,
    OutcomeRequest,
    Reading,
    ReadingsRequest,
    WriteResult,
)
from meter_bridge.readings import Readings
from tests.bridge.fake_backend import TOKEN, FakeBackend, reference
from tests.bridge.virtual_time import VirtualClock, run_virtually

NOW = datetime(2026, 3, 1, tzinfo=UTC)
INSTANCE, LINE = reference("I"), reference("L")
OUTCOME = OutcomeRequest(instance=INSTANCE, line=LINE, fence=3, write=WriteResult.NONE)
READING = Reading(meter=reference("M"), evidence=Evidence(read_at=NOW, balance=5))


def over_http(answer: Callable[[httpx.Request], httpx.Response]) -> HttpApi:
    api = HttpApi("http://backend", transport=httpx.MockTransport(answer))
    api.present("secret")
    return api


def test_a_request_carries_token_request_id_and_body() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"state": "confirmed"})

    asyncio.run(over_http(answer).outcome("C", OUTCOME, "req-1"))
    assert str(seen[0].url) == "http://backend/bridge/v1/commands/C/outcome"
    assert (seen[0].headers["Authorization"], seen[0].headers["X-Request-Id"]) == ("Bearer secret", "req-1")
    assert OutcomeRequest.model_validate_json(seen[0].content) == OUTCOME


@pytest.mark.parametrize("status", [400, 401, 404, 409, 422])
def test_a_no_carries_its_code(status: int) -> None:
    problem = {"type": "about:blank", "title": "no", "status": status, "code": "stale_fence", "detail": "older"}
    api = over_http(lambda _: httpx.Response(status, json=problem))
    request = IntentRequest(instance=INSTANCE, line=LINE, fence=1, before=Evidence(read_at=NOW))
    with pytest.raises(ApiRefusalError) as raised:
        asyncio.run(api.intent("C", request, "r"))
    assert (raised.value.status, raised.value.code, raised.value.detail) == (status, "stale_fence", "older")


@pytest.mark.parametrize("body", ["<html>", "[]", '"x"'])
def test_a_no_without_a_problem_is_a_no_all_the_same(body: str) -> None:
    with pytest.raises(ApiRefusalError):
        asyncio.run(over_http(lambda _: httpx.Response(404, text=body)).outcome("C", OUTCOME, "r"))


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503])
def test_a_fault_of_the_backend_decides_nothing(status: int) -> None:
    with pytest.raises(ApiUnreachableError) as raised:
        asyncio.run(over_http(lambda _: httpx.Response(status)).outcome("C", OUTCOME, "r"))
    assert raised.value.answered


def test_a_reply_that_makes_no_sense_decides_nothing() -> None:
    with pytest.raises(ApiUnreachableError):
        asyncio.run(over_http(lambda _: httpx.Response(200, json={"state": "fine"})).outcome("C", OUTCOME, "r"))


def test_no_network_decides_nothing() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    with pytest.raises(ApiUnreachableError) as raised:
        asyncio.run(over_http(answer).readings(ReadingsRequest(instance=INSTANCE, readings=[READING])))
    assert not raised.value.answered


def test_a_claim_waits_longer_than_the_backend_does() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.extensions["timeout"]["read"] > 25
        return httpx.Response(200, json={"work": []})

    claim = ClaimRequest(instance=INSTANCE, lines=[LineFence(line=LINE, fence=1)], wait_seconds=25)
    assert asyncio.run(over_http(answer).claim(claim)).work == []


def enrolled(state: Path, *faults: str, token: str | None = TOKEN) -> EnrolReply:
    if token is not None:
        (state / TOKEN_FILE).write_text(token + "\n")

    async def story() -> EnrolReply:
        backend = FakeBackend(load_profiles(), asyncio.get_running_loop().time)
        backend.faults["enrol"].extend(faults)
        return await identity_of(state, backend, VirtualClock())

    return run_virtually(story(), within=60)


def test_a_bridge_enrols_by_itself_once(tmp_path: Path) -> None:
    identity = enrolled(tmp_path, "lost", "broken")
    assert not (tmp_path / TOKEN_FILE).exists()
    assert (tmp_path / IDENTITY_FILE).stat().st_mode & 0o777 == 0o600
    assert enrolled(tmp_path, token=None) == identity


def test_a_refused_token_leaves_the_identity_as_it_was(tmp_path: Path) -> None:
    identity = enrolled(tmp_path)
    assert enrolled(tmp_path, token="used up") == identity


def test_without_token_and_identity_a_bridge_waits(tmp_path: Path) -> None:
    with pytest.raises(TimeoutError):
        enrolled(tmp_path, token=None)


def test_the_journal_keeps_outcomes_in_order_over_a_crash(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite3")
    for command in "ABC":
        journal.add_outcome(command, f"req-{command}", OUTCOME)
    reopened = Journal(tmp_path / "journal.sqlite3")
    assert [(told.command, told.request_id, told.outcome) for told in reopened.outcomes()] == [
        (command, f"req-{command}", OUTCOME) for command in "ABC"
    ]
    reopened.drop_outcome(reopened.outcomes()[1])
    assert [told.command for told in journal.outcomes()] == ["A", "C"]


def test_a_full_journal_keeps_the_oldest_readings_and_counts_the_lost() -> None:
    journal = Journal(":memory:", max_readings=3)
    readings = [Reading(meter=READING.meter, evidence=Evidence(read_at=NOW, balance=i)) for i in range(5)]
    assert journal.add_readings(readings) == 2
    kept, up_to = journal.readings(10)
    assert kept == readings[:3]
    journal.drop_readings(up_to)
    assert journal.readings(10) == ([], 0)
    assert journal.add_readings(readings[3:]) == 0


def test_one_invalid_reading_does_not_hold_up_the_others() -> None:
    sent: list[int] = []

    def answer(request: httpx.Request) -> httpx.Response:
        told = [reading["evidence"]["balance"] for reading in json.loads(request.content)["readings"]]
        if 2 in told:
            return httpx.Response(422, json={"code": "invalid"})
        sent.extend(told)
        return httpx.Response(200, json={"stored": len(told)})

    async def story() -> None:
        readings = Readings(over_http(answer), VirtualClock(), Journal(":memory:"), INSTANCE)
        for balance in range(5):
            readings.add(Reading(meter=READING.meter, evidence=Evidence(read_at=NOW, balance=balance)))
        await readings.hand_over()

    asyncio.run(story())
    assert sent == [0, 1, 3, 4]


@pytest.mark.parametrize("no", [httpx.Response(401), httpx.Response(409, json={"code": "stale_instance"})])
def test_a_no_that_is_not_about_the_readings_keeps_them_for_later(no: httpx.Response) -> None:
    journal = Journal(":memory:")

    async def story() -> None:
        readings = Readings(over_http(lambda _: no), VirtualClock(), journal, INSTANCE)
        readings.add(READING)
        await readings.hand_over()

    asyncio.run(story())
    assert journal.readings(10)[0] == [READING]
