"""One canonical value for each parameter: what holds the same is equal, and what is none says why."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from meter_bridge.judging import Verdict, judge_order
from meter_bridge.parameter_places import NumberPlace, Parameters, Place, PlanPlace, PricesPlace, SchedulesPlace
from meter_bridge.protocol import (
    CommandKind,
    Evidence,
    ParameterCode,
    ParameterError,
    ParameterFault,
    ParameterSetting,
    parameter_value,
)
from meter_bridge.protocol_parameters import UNITS
from meter_bridge.registers import RegisterType

NOW = datetime(2026, 11, 23, tzinfo=UTC)
NUMBERS = sorted(set(ParameterCode) - {"unit_prices", "day_schedules", "date_plan"})
TEN = NumberPlace(address=1, type=RegisterType.U32, multiply=10, least=20, most=1000, source="a test")
PERIODS: list[Any] = ["peak", "flat", "valley"]
PLACES = Parameters(
    overdraft_limit=TEN,
    unit_prices=PricesPlace(**TEN.model_dump(), periods=PERIODS),
    day_schedules=SchedulesPlace(
        addresses=[1, 2], slots=2, layout=["period", "minute", "hour"], periods=PERIODS, source="a test"
    ),
    date_plan=PlanPlace(addresses=[1], slots=2, layout=["schedule", "day", "month"], schedules=2, source="a test"),
)


def fault_of(code: str, value: object) -> tuple[ParameterFault, dict[str, object]]:
    with pytest.raises(ParameterError) as raised:
        parameter_value(ParameterCode(code), value)
    assert str(raised.value)
    return raised.value.fault, raised.value.facts


def unheld(code: str, value: object) -> ParameterFault:
    with pytest.raises(ParameterError) as raised:
        PLACES.check(ParameterSetting(code=code, value=value))
    return raised.value.fault


@pytest.mark.parametrize(
    ("code", "told", "canonical"),
    [
        ("day_schedules", [[[0, "flat"], [60, "flat"], [480, "peak"]]], [[[0, "flat"], [480, "peak"]]]),
        ("day_schedules", [[[0, "flat"]], [[0, "flat"], [9, "flat"]]], [[[0, "flat"]]]),
        ("day_schedules", [[[0, "flat"]], [[0, "peak"]], [[0, "flat"]]], [[[0, "flat"]], [[0, "peak"]], [[0, "flat"]]]),
        ("date_plan", [[1, 1, 1], [3, 1, 1], [7, 1, 2]], [[1, 1, 1], [7, 1, 2]]),
        ("unit_prices", {"valley": 1, "peak": 2}, {"peak": 2, "valley": 1}),
        ("overdraft_limit", 500, 500),
    ],
)
def test_what_holds_the_same_is_equal_and_looks_the_same_as_json(code: str, told: object, canonical: object) -> None:
    one, other = (ParameterSetting(code=code, value=value) for value in (told, canonical))
    assert one == other
    assert json.loads(one.model_dump_json())["value"] == canonical
    assert ParameterSetting.model_validate_json(one.model_dump_json()) == one


@pytest.mark.parametrize(
    ("code", "value", "fault", "facts"),
    [
        ("overdraft_limit", 1.5, "no_number", {"given": "1.5"}),
        ("overdraft_limit", True, "no_number", {"given": "True"}),
        ("overdraft_limit", -1, "too_low", {"given": -1, "least": 0}),
        ("overdraft_limit", 10**12 + 1, "too_high", {"given": 10**12 + 1, "most": 10**12}),
        ("unit_prices", 5, "wrong_shape", {"given": "5"}),
        ("unit_prices", {}, "wrong_shape", {"given": "{}"}),
        ("unit_prices", {"noon": 5}, "no_period", {"given": "noon"}),
        ("unit_prices", {"peak": -5}, "too_low", {"given": -5, "least": 0}),
        ("day_schedules", [], "wrong_shape", {"given": "[]"}),
        ("day_schedules", [[[0]]], "wrong_shape", {"given": "[0]"}),
        ("day_schedules", [[[30, "peak"]]], "late_start", {"given": "00:30"}),
        ("day_schedules", [[[0, "peak"], [0, "flat"]]], "not_rising", {"given": "00:00", "before": "00:00"}),
        ("day_schedules", [[[0, "peak"], [1440, "flat"]]], "too_high", {"given": 1440, "most": 1439}),
        ("day_schedules", [[[0, ["peak"]]]], "no_period", {"given": "['peak']"}),
        ("day_schedules", [[[i, "peak"] for i in range(15)]], "too_many_slots", {"given": 15, "most": 14}),
        ("day_schedules", [[[0, "peak"]]] * 17, "too_many_days", {"given": 17, "most": 16}),
        ("date_plan", [[2, 30, 1]], "no_date", {"given": "2-30"}),
        ("date_plan", [[13, 1, 1]], "no_date", {"given": "13-1"}),
        ("date_plan", [[7, 1, 1], [1, 1, 2]], "not_rising", {"given": "1-1", "before": "7-1"}),
        ("date_plan", [[1, 1, 0]], "too_low", {"given": 0, "least": 1}),
    ],
)
def test_what_is_no_value_says_why(code: str, value: object, fault: str, facts: dict[str, object]) -> None:
    assert fault_of(code, value) == (fault, facts)
    with pytest.raises(ValidationError):
        ParameterSetting(code=code, value=value)


def test_a_code_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ValidationError):
        ParameterSetting.model_validate({"code": "colour", "value": 1})
    assert set(UNITS) == set(ParameterCode)


@pytest.mark.parametrize(
    ("code", "value", "fault"),
    [
        ("hoard_limit", 20, "not_offered"),
        ("overdraft_limit", 10, "too_low"),
        ("overdraft_limit", 1010, "too_high"),
        ("overdraft_limit", 25, "between_steps"),
        ("unit_prices", {"peak": 20, "flat": 20}, "wrong_periods"),
        ("unit_prices", {"peak": 20, "flat": 20, "valley": 25}, "between_steps"),
        ("day_schedules", [[[0, "peak"]], [[0, "flat"]], [[0, "peak"]]], "too_many_days"),
        ("day_schedules", [[[0, "peak"], [1, "flat"], [2, "peak"]]], "too_many_slots"),
        ("day_schedules", [[[0, "deep_valley"]]], "wrong_periods"),
        ("date_plan", [[1, 1, 3]], "no_schedule"),
        ("date_plan", [[1, 1, 1], [2, 1, 2], [3, 1, 1]], "too_many_slots"),
    ],
)
def test_what_a_model_cannot_hold_says_why(code: str, value: object, fault: str) -> None:
    assert unheld(code, value) == fault


def test_what_a_model_can_hold_passes() -> None:
    values: dict[str, Any] = {
        "overdraft_limit": 1000, "unit_prices": dict.fromkeys(PERIODS, 20),
        "day_schedules": [[[0, "peak"], [1439, "valley"]], [[0, "flat"]]], "date_plan": [[1, 1, 2], [12, 31, 1]],
    }  # fmt: skip
    for code, value in values.items():
        PLACES.check(ParameterSetting(code=ParameterCode(code), value=value))
    assert list(PLACES.places) == list(values)


@pytest.mark.parametrize("place", PLACES.places.values())
def test_a_value_of_another_shape_is_refused_by_every_place(place: Place) -> None:
    other = "date_plan" if isinstance(place, SchedulesPlace) else "day_schedules"
    value = {"date_plan": [[1, 1, 1]], "day_schedules": [[[0, "flat"]]]}[other]
    with pytest.raises(ParameterError) as raised:
        place.check(parameter_value(ParameterCode(other), value))
    assert raised.value.fault is ParameterFault.WRONG_SHAPE


def test_only_the_value_read_back_proves_a_setting() -> None:
    wanted = ParameterSetting(code=ParameterCode.OVERDRAFT_LIMIT, value=500)
    told: dict[Verdict, list[dict[str, Any] | None]] = {
        Verdict.UNKNOWN: [None, {}, {"hoard_limit": 500}],
        Verdict.NOT_APPLIED: [{"overdraft_limit": 501}, {"overdraft_limit": None}],
        Verdict.APPLIED: [{"overdraft_limit": 500}],
    }
    for verdict, parameters in told.items():
        for each in parameters:
            after = Evidence.model_validate({"read_at": NOW, "parameters": each})
            assert judge_order(CommandKind.WRITE_PARAMETER, after, wanted) is verdict, each


def test_parameters_are_read_once_there_are_some_to_tell() -> None:
    for parameters, verdict in ((None, Verdict.UNKNOWN), ({"overdraft_limit": 5}, Verdict.APPLIED)):
        after = Evidence.model_validate({"read_at": NOW, "parameters": parameters})
        assert judge_order(CommandKind.READ_PARAMETERS, after) is verdict


@given(st.dictionaries(st.sampled_from(NUMBERS), st.none() | st.integers(0, 10**12)))
def test_evidence_keeps_what_it_tells_of_parameters(told: dict[str, int | None]) -> None:
    evidence = Evidence.model_validate({"read_at": NOW, "parameters": told})
    assert Evidence.model_validate_json(evidence.model_dump_json()) == evidence
    assert evidence.model_dump(mode="json")["parameters"] == told
