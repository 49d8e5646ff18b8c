"""How a line goes, as its heartbeat tells."""

import asyncio
from pathlib import Path

import pytest

from meter_bridge.line import LinePlace, LineTimeoutError
from meter_bridge.line_statistics import WINDOW, Tally, bound_per_minute, poll_seconds
from meter_bridge.profile import load_profiles
from tests.bridge.bench import bench
from tests.bridge.virtual_time import run_virtually

PROFILES = load_profiles()
PLACE = LinePlace("", 0, 1.0, 1.0)


def test_polls_errors_and_latency_of_the_last_minutes_are_told() -> None:
    tally = Tally(0.0)
    for at in range(60):
        tally.note(float(at), 0.1)
    tally.note(60.0, 1.0, LineTimeoutError())
    told = tally.told(60.0, 300, steady=True)
    assert (told.polls, told.polls_per_minute, told.bound_per_minute, told.latency_p50) == (60, 60, 300, 100)
    assert told.errors == {"LineTimeoutError": 1}
    later = tally.told(60.0 + 2 * WINDOW, 300, steady=False)
    assert (later.polls, later.errors, later.latency_p50, later.steady) == (0, {}, None, False)


@pytest.mark.parametrize(("code", "baud", "least", "most"), [("reference_cas", 9600, 0.07, 0.08)])
def test_the_bound_is_computed_from_the_lines_own_speed(code: str, baud: int, least: float, most: float) -> None:
    """30 bytes of registers and 13 around them take 45 ms at 9600 8N1, and the meter 30 ms."""
    assert least < poll_seconds(PROFILES[code], PLACE) < most
    slow = LinePlace("", 0, 1.0, 1.0, baud=2400, parity="E")
    assert bound_per_minute([PROFILES["dlt645_2007"]], slow) < 60
    assert bound_per_minute([], PLACE) == 0


def test_a_heartbeat_carries_them(tmp_path: Path) -> None:
    async def story() -> None:
        async with bench(tmp_path) as made:
            await asyncio.sleep(130)
            assert made.bridge is not None
            (status,) = made.bridge._heartbeat().lines
            assert status.statistics is not None
            assert status.statistics.polls >= len(made.places)
            assert status.statistics.bound_per_minute > 200
            assert status.statistics.steady

    run_virtually(story(), within=300)
