"""The demo's past: it never runs backwards, and ends where the simulated meter begins."""

import tomllib
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from backend.cli.demo_history import DAYS, HOURS, QUARTERS, borders, registers, used
from backend.cli.demo_park import LINES
from backend.cli.demo_rooms import METERS
from backend.cli.park_file import park_toml
from backend.estate.models import RoomKind
from meter_bridge.simulator.park import Park

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 3, 2, 3, 7, 11, tzinfo=UTC)


def test_the_past_rises_to_where_the_simulated_meter_starts() -> None:
    for demo in METERS:
        told = [register for _, register in registers(demo, NOW, ZONE)]
        assert (told[0] <= demo.energy_wh, told[-1] >= 0) == (True, True), demo.room
        assert told == sorted(told, reverse=True)


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
            assert used(demo, saturday, saturday + day) < used(demo, friday, friday + day)
            assert used(demo, friday + night, friday + night + day / 24) < used(
                demo, friday + morning, friday + morning + day / 24
            )


def test_the_park_is_large_mixed_and_fits_its_lines() -> None:
    assert (len(METERS) >= 60, len({m.building for m in METERS}), len(LINES) >= 6) == (True, 3, True)
    assert len({m.profile for m in METERS}) == 6
    assert (
        len({(m.line, m.unit) for m in METERS})
        == len({m.serial for m in METERS})
        == len({m.number for m in METERS})
        == len(METERS)
    )
    park = Park.model_validate(tomllib.loads(park_toml()))
    assert sum(len(line.meter) for line in park.line) == len(METERS) - sum(m.broken for m in METERS)
