"""What users set for themselves, and that it counts behind every door."""

from typing import Any

import pytest

from tests.flows.conftest import World
from tests.flows.h5_world import Browser
from tests.flows.people_world import Phone, refusal

GOOD: dict[str, Any] = {"low_credit_threshold_fen": 5000, "language": "en", "large_text": True}


def test_settings_are_usual_until_they_are_set_and_can_be_set_back(world: World) -> None:
    phone = Phone(world, "dora").log_in()
    usual = {"low_credit_threshold_fen": None, "usual_low_credit_threshold_fen": 2000}
    assert phone.get("/settings") == {**usual, "language": "zh", "large_text": False}
    set_now = phone.call("PUT", "/settings", GOOD).json()
    assert phone.get("/settings") == set_now == {**usual, **GOOD}
    phone.call("PUT", "/settings", {**GOOD, "low_credit_threshold_fen": None})
    assert phone.get("/settings")["low_credit_threshold_fen"] is None
    assert phone.get("/me")["settings"] == phone.get("/settings")


def test_settings_are_the_same_behind_every_door(world: World) -> None:
    phone = Phone(world, "dora").log_in()
    phone.call("PUT", "/settings", GOOD)
    browser = Browser(world, "dora").log_in()
    assert browser.get("/settings") == phone.get("/settings")
    browser.call("PUT", "/settings", {**GOOD, "low_credit_threshold_fen": 1})
    assert phone.get("/settings") == browser.get("/settings")
    assert browser.get("/settings")["low_credit_threshold_fen"] == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"low_credit_threshold_fen": -1}, "low_credit_threshold_fen"),
        ({"low_credit_threshold_fen": 10_000_001}, "low_credit_threshold_fen"),
        ({"low_credit_threshold_fen": "20"}, "low_credit_threshold_fen"),
        ({"low_credit_threshold_fen": 0.5}, "low_credit_threshold_fen"),
        ({"language": "fr"}, "language"),
        ({"large_text": "yes"}, "large_text"),
        ({"more": 1}, "more"),
    ],
)
def test_what_does_not_fit_is_named_and_changes_nothing(world: World, change: dict[str, Any], field: str) -> None:
    phone = Phone(world, "dora").log_in()
    answer = phone.call("PUT", "/settings", {**GOOD, **change})
    assert refusal(answer) == (422, "invalid_content")
    assert field in answer.json()["fields"][0]["field"]
    assert phone.get("/settings")["low_credit_threshold_fen"] is None


def test_the_language_that_was_set_speaks_when_the_request_names_none(world: World) -> None:
    phone = Phone(world, "dora").log_in()
    phone.call("PUT", "/settings", GOOD)

    def told(headers: dict[str, str | None]) -> tuple[str, str]:
        answer = phone.call("GET", "/orders/" + "X" * 24, headers=headers)
        return answer.headers["Content-Language"], answer.json()["detail"]

    assert told({"Accept-Language": None}) == ("en", "Not found, or not yours to see.")
    assert told({"Accept-Language": "zh-CN"}) == ("zh", "没有找到，或您无权查看。")
    phone.call("PUT", "/settings", {**GOOD, "language": "zh"})
    assert told({"Accept-Language": None})[0] == "zh"
    unlogged = Phone(world, "dora").call("GET", "/me", headers={"Accept-Language": None})
    assert (unlogged.status_code, unlogged.headers["Content-Language"]) == (401, "zh")
