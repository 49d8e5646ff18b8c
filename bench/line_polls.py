"""Rows `line_polls_1`, `_50`, `_500` and `growth`: how near polls come to what their wires carry, on one core."""

import http.client
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from bench.processes import CLOCK, Running, free_port, running
from bench.rows import Row
from bench.site import Site
from bench.size import Size
from bench.wire import Pace, read_seconds
from meter_bridge.profile import Profile, load_profile

GOALS = {1: 0.97, 50: 0.95, 500: 0.90}
PATIENCE, GLANCE = 30.0, 0.5
# Sixty registers a poll, in one frame: the usual load of a line (a sweep of 32 meters takes 5.4 s).
PROFILE = """
code = "bench_sixty"
title = "Sixty registers"
document = "made for the benchmark"
verified_on_hardware = false
poll_seconds = 0.01
abilities = ["read_now"]
money = { capability = "platform_wallet" }
breaker = { max_power_w = 1000, max_price_fen = 100 }
[registers]
serial = { address = 0, type = "bcd", words = 3, source = "benchmark" }
balance = { address = 15, type = "i32", source = "benchmark" }
cumulative = { address = 30, type = "u32", source = "benchmark" }
last_purchase = { address = 45, type = "u32", source = "benchmark" }
energy_wh = { address = 57, type = "u32", source = "benchmark" }
supply = { address = 59, type = "u16", source = "benchmark" }
"""


@dataclass(frozen=True, slots=True)
class Window:
    """One window: polls a minute of a line on average, and the processor's part of the bridge and of the field."""

    per_minute: float
    bridge: float
    field: float
    late_ms: float


@dataclass(frozen=True, slots=True)
class Stage:
    """A bridge and its field, running."""

    bridge: Running
    api: int
    profile: Profile
    size: Size


def rows(site: Site, size: Size, when: str) -> Iterator[Row]:
    """Measure all numbers of lines in turns, by one bridge on one core."""
    numbers = sorted(GOALS) if size.rounds > 1 else [1, 10, 20]
    rounds = 5 if size.rounds > 1 else 1
    with stage(site, size) as made:
        windows: dict[int, list[Window]] = {number: [] for number in numbers}
        for turn in range(rounds):
            for number in numbers if turn % 2 == 0 else reversed(numbers):
                windows[number].append(measured(made, number))
        bound = 60 / sum(read_seconds(made.profile, Pace()))
    for number, goal in zip(numbers, GOALS.values(), strict=True):
        yield _row(number, goal, windows[number], bound, when)
    yield _growth(windows[numbers[-2]], windows[numbers[-1]], numbers[-2:], when)


def _row(number: int, goal: float, those: Sequence[Window], bound: float, when: str) -> Row:
    ours = median(window.per_minute for window in those)
    bridge, field = (median(getattr(window, name) for window in those) * 100 for name in ("bridge", "field"))
    late = median(window.late_ms for window in those)
    what = (
        f"polls of a line, {number} at once; processor: bridge {bridge:.0f} %, wires {field:.0f} %, {late:.1f} ms late"
    )
    return Row(f"line_polls_{number}", what, ours, bound, ours / bound, f">= {goal:.2f}", "1/min", when)


def _growth(few: Sequence[Window], many: Sequence[Window], numbers: Sequence[int], when: str) -> Row:
    """Return how much dearer a round of polls of ten times the lines is."""
    costs = [median(one.bridge / one.per_minute for one in those) * 60_000 for those in (few, many)]
    what = f"processor time of a round of polls of {numbers[1]} lines, against {numbers[0]}"
    return Row("growth_polls", what, costs[1], costs[0], costs[1] / costs[0], "<= 11", "ms", when)


def measured(made: Stage, number: int) -> Window:
    """Let so many lines work, wait until they do, and count for a while. Raises TimeoutError when they never do."""
    _ask(made.api, "POST", f"/lines/{number}")
    end = CLOCK.monotonic() + PATIENCE
    while _ask(made.api, "GET", "/counted")["lines"] < number:
        if CLOCK.monotonic() > end:
            raise TimeoutError(f"{number} lines do not all work within {PATIENCE:g} s")
        CLOCK.sleep(GLANCE)
    CLOCK.sleep(made.size.settle)
    begun, before, cpu = CLOCK.monotonic(), _ask(made.api, "GET", "/counted"), made.bridge.cpu_seconds()
    CLOCK.sleep(made.size.window)
    told, spent = _ask(made.api, "GET", "/counted"), made.bridge.cpu_seconds() - cpu
    seconds = CLOCK.monotonic() - begun
    return Window(
        told["per_minute"] / number, spent / seconds, (told["cpu"] - before["cpu"]) / seconds, told["late_ms"]
    )


@contextmanager
def stage(site: Site, size: Size) -> Iterator[Stage]:
    """Start a field and a bridge, each on a core of its own where there are two."""
    folder = site.folder / "line_polls"
    profiles, state = folder / "profiles", folder / "state"
    for each in (profiles, state):
        each.mkdir(parents=True, mode=0o700)
    file = profiles / "bench_sixty.toml"
    file.write_text(PROFILE)
    (state / "enrolment.token").write_text("any")
    port = min(free_port(), 60_000)  # and two behind it
    with running("field", ["bench.field", str(file), str(port)], site.env, folder, port=port + 2):
        words = ["meter_bridge", "--api", f"http://127.0.0.1:{port + 2}", "--state", str(state)]
        env: Mapping[str, str] = site.env | {"METER_PROFILES_DIR": str(profiles)}
        with running("bridge", words, env, folder) as bridge:
            os.sched_setaffinity(bridge.process.pid, sorted(os.sched_getaffinity(0))[:1])
            yield Stage(bridge, port + 2, load_profile(Path(file)), size)


def _ask(port: int, method: str, path: str) -> dict[str, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path)
        told: dict[str, Any] = json.loads(connection.getresponse().read())
    finally:
        connection.close()
    return told
