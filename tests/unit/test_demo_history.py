"""The demo's past: it never runs backwards, and ends where the simulated meter begins."""

import tomllib
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from backend.cli.demo_history import DAYS, HOURS, QUARTERS, borders, registers, told, used
from backend.cli.demo_park import LINES
from backend.cli.demo_rooms import EVERY_METER, METERS
from backend.cli.demo_values import DemoMeter
from backend.cli.park_file import park_toml
from backend.estate.models import RoomKind
from meter_bridge.profile import Quantity, load_profiles
from meter_bridge.simulator.meter import Meter
from meter_bridge.simulator.park import Park

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 3, 2, 3, 7, 11, tzinfo=UTC)


def test_the_past_rises_to_where_the_simulated_meter_starts() -> None:
    for demo in EVERY_METER:
        past = [counted for _, counted in registers(demo, NOW, ZONE)]
        for name, starts in demo.starts.items():
            counts = [counted[name] for counted in past]
            assert (counts[0] <= starts, counts[-1] >= 0) == (True, True), (demo.room, name)
            assert counts == sorted(counts, reverse=True)


def test_the_live_meter_goes_on_as_the_past_ended() -> None:
    """What the past says of an hour is what the simulated meter plays in it, in every tariff period."""
    park = Park.model_validate(tomllib.loads(park_toml()))
    line = park.line[3]
    midnight, profiles = datetime(2026, 3, 2, tzinfo=ZONE), load_profiles()
    for standing in line.meter:
        demo = next(m for m in METERS if m.line == 3 and m.wire_unit == standing.unit)
        shown = {quantity.value: register for quantity, register in profiles[demo.profile].registers.items()}
        live = Meter(standing, profiles[demo.profile], 0.0, midnight)
        before = live.quantities()
        live.advance(86_400.0)
        after = live.quantities()
        day = used(demo, midnight, midnight + timedelta(days=1))
        for name, expected in told(day, shown, demo.ct_ratio).items():
            played = int(after[Quantity(name)]) - int(before[Quantity(name)])
            assert abs(played * demo.ct_ratio - expected) <= 24 * demo.ct_ratio, (demo.room, name)


def test_no_register_of_the_past_is_above_what_the_live_meter_shows() -> None:
    """A meter shows whole steps: a past told more finely would make it run backwards at its first reading."""
    profiles = load_profiles()
    for demo in EVERY_METER:
        shown = {quantity.value: register for quantity, register in profiles[demo.profile].registers.items()}
        _, counted = next(registers(demo, NOW, ZONE))
        begins = told(demo.starts, shown, demo.ct_ratio)
        for name, value in told(counted, shown, demo.ct_ratio).items():
            assert value <= begins[name], (demo.room, name)
            measured, rest = divmod(value, demo.ct_ratio)
            assert (rest, measured) == (0, shown[name].stepped(measured)), (demo.room, name)


def test_one_meter_of_the_park_stands_behind_transformers() -> None:
    assert [(demo.building, demo.room, demo.ct_ratio) for demo in METERS if demo.ct_ratio > 1] == [("B座", "301", 40)]


def test_it_is_told_each_quarter_then_each_hour_then_each_day() -> None:
    told = list(borders(NOW.astimezone(ZONE)))
    steps = {later: later - earlier for later, earlier in pairwise(told)}
    assert max(step for at, step in steps.items() if at > NOW - QUARTERS + timedelta(hours=1)) == timedelta(minutes=15)
    assert max(step for at, step in steps.items() if at > NOW - HOURS + timedelta(hours=1)) == timedelta(hours=1)
    assert max(steps.values()) == timedelta(days=1)
    assert NOW - DAYS < told[-1] < NOW - DAYS + timedelta(days=2)


def test_weekends_are_quiet_in_offices_and_nights_everywhere_but_in_bedrooms() -> None:
    friday, saturday = (datetime(2026, 2, day, tzinfo=ZONE) for day in (27, 28))
    night, morning = timedelta(hours=4), timedelta(hours=10)
    for demo in METERS:
        if demo.power_w and demo.kind is RoomKind.OFFICE:
            day = timedelta(days=1)
            assert total(demo, saturday, day) < total(demo, friday, day)
            assert total(demo, friday + night, day / 24) < total(demo, friday + morning, day / 24)


def total(demo: DemoMeter, begins: datetime, span: timedelta) -> int:
    return sum(used(demo, begins, begins + span).values())


def test_the_park_is_large_mixed_and_fits_its_lines() -> None:
    assert (len(METERS) >= 60, len({m.building for m in METERS}), len(LINES) >= 6) == (True, 3, True)
    assert len({m.profile for m in EVERY_METER}) == 8
    assert (
        len({(m.line, m.wire_unit) for m in EVERY_METER})
        == len({m.serial for m in EVERY_METER})
        == len({m.number for m in EVERY_METER})
        == len({m.account for m in EVERY_METER})
        == len(EVERY_METER)
    )
    park = Park.model_validate(tomllib.loads(park_toml()))
    assert sum(len(line.meter) for line in park.line) == len(EVERY_METER) - sum(m.broken for m in METERS)
