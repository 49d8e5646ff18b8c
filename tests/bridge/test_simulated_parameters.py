"""Simulated meters obey their parameters: thresholds, overdraft, limits, schedules."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from meter_bridge.dlt645_clock import CHINA
from meter_bridge.parameter_codec import coding_of, pieces
from meter_bridge.profile import load_profiles
from meter_bridge.profile_model import Quantity
from meter_bridge.protocol import Alarm, CommandKind, ParameterSetting
from meter_bridge.simulator.behaviour import ILLEGAL_VALUE
from meter_bridge.simulator.meter import Meter
from meter_bridge.simulator.park import ParkMeter

PROFILES = load_profiles()
MONDAY = datetime(2026, 3, 2, tzinfo=CHINA)
CAS, DLT645 = "reference_cas", "dlt645_2007"


def meter(profile: str = CAS, midnight: datetime | None = None, **keys: Any) -> Meter:
    standing = {"unit": 1, "profile": profile, "serial": "000000000001", "power_w": 6_000, "price_fen_per_kwh": 100}
    return Meter(ParkMeter.model_validate(standing | keys), PROFILES[profile], 0.0, midnight)


def put(made: Meter, code: str, value: Any) -> None:
    setting = ParameterSetting.model_validate({"code": code, "value": value})
    place = made.profile.parameters.places[setting.code]
    for piece in pieces(coding_of(made.profile.driver), place, setting.value):
        assert made.parameters.take(piece.address, piece.content)


@pytest.mark.parametrize(
    ("balance", "rings"),
    [
        (1001, []),
        (1000, [Quantity.ALARM_LOW_CREDIT_FIRST]),
        (500, [Quantity.ALARM_LOW_CREDIT_FIRST, Quantity.ALARM_LOW_CREDIT_SECOND]),
    ],
)
def test_a_meter_warns_at_its_thresholds(balance: int, rings: list[Quantity]) -> None:
    made = meter(balance_fen=balance)
    low = [Quantity.ALARM_LOW_CREDIT_FIRST, Quantity.ALARM_LOW_CREDIT_SECOND]
    assert [each for each in low if made.quantities()[each]] == []
    put(made, "low_credit_threshold_1", 1000)
    put(made, "low_credit_threshold_2", 500)
    assert [each for each in low if made.quantities()[each]] == rings


@pytest.mark.parametrize("profile", [CAS, DLT645])
def test_a_meter_supplies_down_to_its_overdraft_and_no_further(profile: str) -> None:
    made = meter(profile, balance_fen=0)
    assert not made.closed
    put(made, "overdraft_limit", 300)
    assert made.closed
    made.advance(3600.0)
    assert (made.balance, made.closed) == (-300, False)


def test_an_overdraft_that_a_meter_was_made_with_is_shown_and_can_be_taken_away() -> None:
    made = meter(balance_fen=-20, overdraft_fen=50)
    assert made.closed
    put(made, "overdraft_limit", 0)
    assert not made.closed


@pytest.mark.parametrize("profile", [CAS, DLT645])
def test_a_meter_trips_above_its_limit_of_load_unless_it_is_kept_supplied(profile: str) -> None:
    for kept in (False, True):
        made = meter(profile, balance_fen=100_000)
        if kept:
            made.do(CommandKind.KEEP_SUPPLIED, {})
        made.advance(1.0)
        put(made, "overload_limit", 5_999)
        assert made.closed
        made.advance(2.0)
        assert (made.closed, Alarm.OVERLOAD in made.alarms) == (kept, not kept)


def test_a_limit_of_load_of_the_load_itself_trips_nothing() -> None:
    made = meter(balance_fen=100_000)
    put(made, "overload_limit", 6_000)
    made.advance(10.0)
    assert made.closed


def test_behind_transformers_a_limit_is_of_what_the_meter_measures() -> None:
    for limit, closed in ((600, True), (599, False)):
        made = meter(balance_fen=100_000, ct_ratio=10)  # of 6 kW that flow it measures 600 W
        put(made, "overload_limit", limit)
        made.advance(1.0)
        assert made.closed is closed


def test_a_meter_takes_no_more_than_it_may_hoard() -> None:
    made = meter(balance_fen=900)
    put(made, "hoard_limit", 1000)
    assert made.do(CommandKind.TOP_UP, {"amount": 101, "purchase_no": 1}) == ILLEGAL_VALUE
    assert made.do(CommandKind.TOP_UP, {"amount": 100, "purchase_no": 1}) == 0
    assert made.balance == 1000


def test_written_schedules_decide_by_which_register_a_meter_counts_to_the_minute() -> None:
    made = meter("acrel_dtsy1352", MONDAY)
    put(made, "day_schedules", [[[0, "valley"], [90, "peak"], [105, "flat"]], [[0, "critical_peak"]]])
    put(made, "date_plan", [[3, 3, 2], [3, 4, 1]])
    made.advance(86_400.0)
    told = made.quantities()
    # 6 kW: 90 minutes, 15 minutes, the rest of Monday
    assert [told[each] for each in (Quantity.VALLEY_WH, Quantity.PEAK_WH, Quantity.FLAT_WH)] == [9_000, 1_500, 133_500]
    assert told[Quantity.CRITICAL_PEAK_WH] == 0
    made.advance(2 * 86_400.0)  # the third of March goes by the second schedule
    assert made.quantities()[Quantity.CRITICAL_PEAK_WH] == 144_000
    made.advance(3 * 86_400.0)  # and the fourth by the first one again
    assert made.quantities()[Quantity.VALLEY_WH] == 18_000


def test_before_the_first_date_of_a_plan_the_last_one_counts() -> None:
    made = meter("acrel_dtsy1352", datetime(2026, 1, 5, tzinfo=CHINA))
    put(made, "day_schedules", [[[0, "valley"]], [[0, "peak"]]])
    put(made, "date_plan", [[2, 1, 1], [6, 1, 2]])
    made.advance(3600.0)
    assert (made.quantities()[Quantity.PEAK_WH], made.quantities()[Quantity.VALLEY_WH]) == (6_000, 0)


def test_as_long_as_nobody_wrote_schedules_a_meter_counts_as_it_was_made() -> None:
    one, other = meter("acrel_dtsy1352", MONDAY), meter("generic_relay", MONDAY)
    for made in (one, other):
        made.advance(timedelta(days=1).total_seconds())
    assert one.periods == other.periods
    made = meter("acrel_dtsy1352", MONDAY)
    put(made, "day_schedules", [[[0, "peak"]]])
    made.parameters.forget(ParameterSetting.model_validate({"code": "day_schedules", "value": [[[0, "peak"]]]}).code)
    made.advance(timedelta(days=1).total_seconds())
    assert made.periods == one.periods


def test_half_a_table_is_no_write_of_a_parameter() -> None:
    made = meter()
    assert made.write(0x1250, [0] * 20) == ILLEGAL_VALUE
    assert made.write(0x1250, [0] * 21) == ILLEGAL_VALUE
    assert made.write(0x1206, [0, 50]) == 0
    assert made.overdraft == 50
