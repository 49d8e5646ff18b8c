"""Rows `callback…`: the endpoint WeChat Pay calls, against a bare view that stores one row."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median

from bench.arithmetic import interleaved, percentile, ratio_of_rounds
from bench.load import Told
from bench.processes import Running
from bench.rows import Row
from bench.site import Site
from bench.size import Size
from bench.town import Town, build_town, callback, place_orders, plans

TAKEN = 204
THREADS = 8
BURST_CONNECTIONS = 256
REQUEST = b"POST /insert HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


@dataclass(frozen=True, slots=True)
class Stage:
    """The product and the bare view, served alike."""

    site: Site
    size: Size
    town: Town
    ours: Running
    bare: Running

    def callbacks(self, count: int) -> list[bytes]:
        """Return authentic callbacks for orders just placed, one each."""
        runtime = self.site.runtime
        return [callback(runtime, self.town, no) for no in place_orders(runtime, self.town, count)]


@contextmanager
def stage(site: Site, size: Size) -> Iterator[Stage]:
    """Build the town, serve both, and let both warm up."""
    town = build_town(site.runtime, site, plans(size.meters))
    with (
        site.serving("web", "wsgi:app", THREADS) as ours,
        site.serving("bare", "bench.bare:app", THREADS) as bare,
    ):
        made = Stage(site, size, town, ours, bare)
        for _ in range(2):
            site.load(ours, made.callbacks(size.requests // 2))
            site.load(bare, [REQUEST] * (size.requests // 2))
            site.count_rows()
        yield made


def rows(site: Site, size: Size, when: str) -> Iterator[Row]:
    """Measure throughput, latency at a fixed rate and a burst; the latter two again with Redis dead."""
    with stage(site, size) as made:
        yield from _throughput(made, when)
        yield from _patience(made, when, "")
        site.valkey.stop()
        try:
            yield from _patience(made, when, "_redis_dead")
        finally:
            site.valkey.start()


def _throughput(made: Stage, when: str) -> Iterator[Row]:
    failures, ours_cpu, bare_cpu = 0, [], []

    def ours() -> float:
        nonlocal failures
        requests, before = made.callbacks(made.size.requests), made.ours.cpu_seconds()
        told = made.site.load(made.ours, requests)
        failures += told.failures(TAKEN)
        ours_cpu.append((made.ours.cpu_seconds() - before) / made.size.requests)
        return told.rate

    def bare() -> float:
        before = made.bare.cpu_seconds()
        told = made.site.load(made.bare, [REQUEST] * made.size.requests)
        bare_cpu.append((made.bare.cpu_seconds() - before) / made.size.requests)
        return told.rate

    mine, theirs = interleaved([ours, bare], made.size.rounds)
    ratio = ratio_of_rounds(mine, theirs)
    yield Row(
        "callback",
        "authentic callbacks taken",
        median(mine),
        median(theirs),
        ratio,
        ">= 0.40",
        "requests/s",
        when,
        failures,
    )
    cpu, bare_one = median(ours_cpu) * 1000, median(bare_cpu) * 1000
    yield Row("callback_cpu", "web processor time of a callback", cpu, bare_one, None, "<= 1000", "ms", when)


def _patience(made: Stage, when: str, suffix: str) -> Iterator[Row]:
    size, redis = made.size, ", Redis dead" if suffix else ""
    count = round(size.fixed_rate * size.fixed_seconds)
    steady = [_open(made, count, size.fixed_rate) for _ in range(min(size.rounds, 3))]
    bare = made.site.load(made.bare, [REQUEST] * count, rate=size.fixed_rate, connections=64)
    failures = sum(told.failures(TAKEN) for told in steady)
    for percent, goal in ((50, "<= 50"), (99, "<= 50")):
        seen = median(percentile(told.latencies, percent) for told in steady) * 1000
        theirs = percentile(bare.latencies, percent) * 1000
        what = f"p{percent} at {size.fixed_rate}/s, open loop{redis}"
        yield Row(f"callback_p{percent}{suffix}", what, seen, theirs, None, goal, "ms", when, failures)
    burst = _open(made, size.burst, size.burst, BURST_CONNECTIONS)
    failed, slowest = burst.failures(TAKEN), max(burst.latencies)
    told = f"{size.burst} callbacks in a second{redis}"
    yield Row(f"callback_burst{suffix}", f"{told}: all answered", burst.seconds, None, None, "<= 5", "s", when, failed)
    yield Row(f"callback_burst_slowest{suffix}", f"{told}: slowest", slowest, None, None, "<= 5", "s", when, failed)


def _open(made: Stage, count: int, rate: float, connections: int = 64) -> Told:
    return made.site.load(made.ours, made.callbacks(count), rate=rate, connections=connections)
