"""The demo's past: it never runs backwards, and ends where the simulated meter begins."""

from datetime import date, timedelta

from backend.cli.demo_history import DAYS, register_by_day, used_on
from backend.cli.demo_park import METERS

TODAY = date(2026, 3, 2)


def test_the_past_rises_day_by_day_to_where_the_simulated_meter_starts() -> None:
    for demo in METERS:
        days = list(register_by_day(demo, TODAY))
        assert (days[0], len(days)) == ((TODAY - timedelta(days=1), demo.energy_wh), DAYS)
        registers = [register for _, register in reversed(days)]
        assert registers[0] > 0
        assert registers == sorted(set(registers))


def test_weekends_are_quiet() -> None:
    friday, saturday = date(2026, 2, 27), date(2026, 2, 28)
    assert all(used_on(demo, saturday) < used_on(demo, friday) for demo in METERS)
