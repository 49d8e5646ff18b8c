"""What a SIM card may carry in a month, and what a line does to keep within it."""

import asyncio
from pathlib import Path

import pytest

from meter_bridge.byte_budget import FOR_POLLS, SELDOMEST, Load, stretched
from meter_bridge.protocol import CommandKind, CommandState, MonthBudget
from meter_bridge.rhythm import PLAIN, Stretch
from tests.bridge.bench import bench
from tests.bridge.virtual_time import run_virtually

DAY = 86_400
LOADS = [Load(often=100, slot=150, rarely=300, poll_seconds=60, rarely_seconds=3600)] * 10
# A day: credit 1,440,000 bytes, registers 144,000, what is rare 72,000.


@pytest.mark.parametrize(
    ("left", "wanted"),
    [
        (1_656_000, PLAIN),
        (1_655_000, Stretch(1, 1, rarely=False)),
        (1_584_000, Stretch(1, 1, rarely=False)),
        (864_000, Stretch(2, 1, rarely=False)),
        (288_000, Stretch(10, 1, rarely=False)),
        (144_001, Stretch(SELDOMEST, 1, rarely=False)),
        (72_000, Stretch(SELDOMEST, 2, rarely=False)),
        (1, Stretch(SELDOMEST, 4, rarely=False)),
        (0, Stretch(SELDOMEST, 4, rarely=False)),
        (-5, Stretch(SELDOMEST, 4, rarely=False)),
    ],
)
def test_power_quality_stops_then_credit_stretches_then_registers_down_to_each_hour(left: int, wanted: Stretch) -> None:
    for days in (1, 30):
        bytes_left = -(-left * days * 10 // 9)
        assert stretched(LOADS, 900, left_bytes=bytes_left, left_seconds=days * DAY) == wanted


def test_at_the_stretch_the_bytes_last_for_the_month() -> None:
    for left in range(150_000, 1_500_000, 50_000):
        told = stretched(LOADS, 900, left_bytes=left, left_seconds=DAY)
        spent = 1_440_000 / told.often + 144_000 / told.slots
        assert spent <= left * FOR_POLLS + 1_440_000 / SELDOMEST


def test_a_line_over_its_budget_reads_credit_seldom_and_money_still_goes_at_once(tmp_path: Path) -> None:
    async def story() -> None:
        async with bench(tmp_path, start=False) as made:
            (line,) = made.backend.lines.values()
            budget = MonthBudget(left_bytes=0, left_seconds=10 * DAY)
            made.backend.lines[line.line] = line.model_copy(update={"month": budget})
            made.start()
            await asyncio.sleep(3000)
            place = made.places["reference_cas"]
            told = sum(reading.meter == place.meter for reading in made.backend.readings_told)
            assert told == 1  # when it was new; from then on each hour
            assert made.bridge is not None
            (status,) = made.bridge._heartbeat().lines
            assert status.statistics is not None
            assert (status.statistics.slot_times, status.statistics.rarely) == (4, False)
            assert status.carried > 1000
            begun = made.clock.monotonic()
            command = made.backend.order(place, CommandKind.TOP_UP, 500)
            assert await made.backend.settled(command) is CommandState.CONFIRMED
            assert made.clock.monotonic() - begun < 5

    run_virtually(story())
