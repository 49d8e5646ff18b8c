"""Simulated meters over days: loads by kind of tenant, tariff periods by the meter's own schedule, three phases."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from meter_bridge.dlt645_clock import CHINA
from meter_bridge.profile import load_profiles
from meter_bridge.profile_model import Quantity
from meter_bridge.simulator.electrics import measured
from meter_bridge.simulator.meter import Meter
from meter_bridge.simulator.park import ParkMeter
from meter_bridge.tariff_schedule import PERIODS, SCHEDULE, period_of
from meter_bridge.tenant_loads import LoadKind, drawn_w, hours_between

PROFILES = load_profiles()
MONDAY = datetime(2026, 3, 2, tzinfo=CHINA)
DAY = 86_400.0


def meter(profile: str = "acrel_dtsy1352", midnight: datetime | None = MONDAY, **keys: Any) -> Meter:
    standing = {"unit": 1, "profile": profile, "serial": "000000000001", "power_w": 10_000, "load": "office"}
    return Meter(ParkMeter.model_validate(standing | keys), PROFILES[profile], 0.0, midnight)


def used_by(made: Meter, until: float) -> int:
    before = made.energy_wh
    made.advance(until)
    return made.energy_wh - before


def test_a_day_is_the_sum_of_its_hours_however_often_one_looks() -> None:
    expected = sum(
        drawn_w(LoadKind.OFFICE, 10_000, hour, place=1) for hour, _ in hours_between(MONDAY, MONDAY + timedelta(days=1))
    )
    for step in (61.7, 3_600.0, DAY):
        made, now = meter(), 0.0
        while now < DAY:
            now = min(now + step, DAY)
            made.advance(now)
        assert made.energy_wh in (expected - 1, expected)


def test_offices_rest_at_weekends_and_restaurants_do_not() -> None:
    used = {}
    for load in ("office", "restaurant"):
        made = meter(load=load)
        days = [used_by(made, day * DAY) for day in range(1, 8)]
        used[load] = (min(days[:5]), max(days[5:]))
    assert used["office"][1] < used["office"][0] // 2
    assert used["restaurant"][1] > used["restaurant"][0] // 2


@pytest.mark.parametrize("kind", LoadKind)
def test_every_kind_of_tenant_draws_something_at_every_hour(kind: LoadKind) -> None:
    hours = [hour for hour, _ in hours_between(MONDAY, MONDAY + timedelta(days=366))]
    drawn = [drawn_w(kind, 10_000, hour, place=3) for hour in hours]
    assert min(drawn) > 0
    assert max(drawn) <= 15_000


def test_what_is_used_in_an_hour_counts_in_its_period() -> None:
    made = meter(load=None, power_w=1_000)
    made.advance(DAY)
    hours = {period: sum(period_of(hour) is period for hour in range(24)) for period in PERIODS}
    assert sum(hours.values()) == sum(length for length, _ in SCHEDULE) == 24
    assert {period: made.quantities()[period] for period in PERIODS} == {p: 1_000 * n for p, n in hours.items()}


def test_a_meter_without_a_deep_valley_counts_it_as_valley_and_one_without_a_clock_as_flat() -> None:
    four = meter("dlt645_2007", load=None, power_w=1_000, balance_fen=10**9)
    four.advance(DAY)
    assert four.quantities()[Quantity.VALLEY_WH] == 8_000
    blind = meter(midnight=None, load=None, power_w=1_000)
    blind.advance(DAY)
    assert blind.quantities()[Quantity.FLAT_WH] == blind.energy_wh == 24_000


def test_periods_begin_where_the_park_says_and_survive_a_power_loss() -> None:
    keys: dict[str, Any] = {
        "energy_wh": 5_000,
        "period_wh": {"peak_wh": 1_200, "valley_wh": 800},
        "load": None,
        "power_w": 1_000,
    }
    made = meter(**keys)
    made.advance(3_600.0)
    again = meter(**keys)
    again.restore(made.state())
    shown = again.quantities()
    assert (shown[Quantity.PEAK_WH], shown[Quantity.VALLEY_WH], shown[Quantity.FLAT_WH]) == (1_200, 1_800, 3_000)
    for wrong in ({"peak_wh": 6_000}, {"power_w": 1}, {"peak_wh": -1}):
        with pytest.raises(ValidationError):
            meter(energy_wh=5_000, period_wh=wrong)


def test_three_phases_share_the_load_unevenly_and_the_same_at_the_same_instant() -> None:
    one = measured("202600000602", 9_000, 100.0, three_phases=True)
    powers = [one[each] for each in (Quantity.POWER_A_W, Quantity.POWER_B_W, Quantity.POWER_C_W)]
    assert sum(powers) == one[Quantity.POWER_W] == 9_000
    assert min(powers) > 1_500
    assert len(set(powers)) > 1
    assert measured("202600000602", 9_000, 100.0, three_phases=True) == one
    assert measured("202600000603", 9_000, 100.0, three_phases=True) != one
    real, reactive = one[Quantity.POWER_A_W], one[Quantity.REACTIVE_A_VAR]
    apparent = one[Quantity.CURRENT_MA] * one[Quantity.VOLTAGE_MV] / 1_000_000
    assert apparent == pytest.approx((real**2 + reactive**2) ** 0.5, rel=0.01)
    assert real / apparent == pytest.approx(one[Quantity.POWER_FACTOR_A] / 1000, rel=0.01)


def test_water_flows_while_the_valve_is_open_and_there_is_no_current_without_load() -> None:
    made = meter(load=None, power_w=0, litres_per_hour=120, volume_l=1_000)
    made.advance(1_800.0)
    made.switch.ordered_open = True
    made.advance(7_200.0)
    assert (made.volume_l, made.energy_wh) == (1_060, 0)
    assert made.quantities()[Quantity.CURRENT_MA] == 0


def test_a_clock_drifts_from_the_right_time_and_is_set_right() -> None:
    made = meter(clock_drift_ppm=1_000)
    made.advance(DAY)
    assert (made.told_time - (MONDAY + timedelta(days=1))).total_seconds() == pytest.approx(86.4)
    made.set_time(MONDAY + timedelta(days=1))
    made.advance(DAY + 1_000.0)
    assert (made.told_time - (MONDAY + timedelta(days=1, seconds=1_000))).total_seconds() == pytest.approx(1.0)
    assert meter().told_time.year == 2000
