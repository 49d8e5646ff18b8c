"""Rows `ingest` and `fleet_1m`: readings as bridges post them, against a bare COPY of the same rows."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import psycopg

from backend.kernel.memory import settle_memory
from backend.metering.history.freezing_registers import freeze_registers
from backend.metering.readings import store
from bench.arithmetic import interleaved, ratio_of_rounds
from bench.fleet import BATCH, SLOT, Fleet, build_fleet
from bench.rows import Row
from bench.site import Site
from bench.size import Size
from meter_bridge.protocol import ReadingsRequest

COPY = "COPY reading (organisation_id, meter_id, read_at, balance, purchase_count, supply, energy_wh) FROM STDIN"
FROZEN_AT_ONCE = 2000


def rows(site: Site, size: Size, when: str) -> Iterator[Row]:
    """Measure rows a second, and what a slot of the whole fleet costs."""
    fleet = build_fleet(site, size.fleet)
    part = Fleet(fleet.bridge, fleet.numbers[: size.batches * BATCH])
    settle_memory()  # as the web process does before its first request
    slots = iter(range(1_000_000))
    ours, bare = (lambda: _told(site, part, next(slots))), (lambda: _copied(site, part, next(slots)))
    interleaved([ours, bare], 1)  # to warm up
    mine, theirs = interleaved([ours, bare], size.rounds)
    ratio = ratio_of_rounds(mine, theirs)
    what = "readings stored: compared, once each, newest noted"
    yield Row("ingest", what, median(mine), median(theirs), ratio, ">= 0.45", "rows/s", when)
    yield from _whole(site, fleet, next(slots), when)


def _told(site: Site, fleet: Fleet, slot: int) -> float:
    """Return how many readings a second the product stores."""
    bodies, begun = list(fleet.requests(slot)), perf_counter()
    for body in bodies:
        _store(site, fleet, body)
    return len(fleet.numbers) / (perf_counter() - begun)


def _store(site: Site, fleet: Fleet, body: bytes) -> None:
    request = ReadingsRequest.model_validate_json(body)
    site.runtime.database.run(lambda s: store(s, bridge=fleet.bridge, request=request, profiles=site.runtime.profiles))


def _copied(site: Site, fleet: Fleet, slot: int) -> float:
    """Return how many rows a second a bare COPY of text stores, a transaction for as many as a bridge sends."""
    owner = fleet.bridge.organisation_id
    lines = [
        f"{owner}\t{fleet.numbers[place]}\t{at.isoformat()}\t{balance}\t1\tclosed\t{energy}\n"
        for place, at, balance, energy in fleet.said(slot, 0, len(fleet.numbers))
    ]
    begun = perf_counter()
    with psycopg.connect(site.postgres.app_url.replace("+psycopg", ""), autocommit=True) as connection:
        for first in range(0, len(lines), BATCH):
            with connection.cursor().copy(COPY) as copy:
                copy.write("".join(lines[first : first + BATCH]))
    return len(lines) / (perf_counter() - begun)


def _whole(site: Site, fleet: Fleet, slot: int, when: str) -> Iterator[Row]:
    """Let the whole fleet speak in two slots, and freeze what they make due; processor time of all processes."""
    before, spent, begun = _size(site), process_time() + _server_time(), perf_counter()
    for number in (slot, slot + 1):
        for body in fleet.requests(number):
            _store(site, fleet, body)
        while site.runtime.database.run(lambda s: freeze_registers(s, most=FROZEN_AT_ONCE)):
            pass
    seconds, cost = perf_counter() - begun, process_time() + _server_time() - spent
    share = 100 * cost / 2 / SLOT.total_seconds()
    what = f"a slot of {len(fleet.numbers)} meters: share of one core"
    yield Row("fleet_1m", what, share, None, None, "<= 25", "% of 15 min", when)
    yield Row("fleet_1m_seconds", "the same: stored and frozen in", seconds / 2, None, None, "<= 900", "s", when)
    grown = (_size(site) - before) / 2 / 1e6
    yield Row("fleet_1m_disk", "the same: grown by", grown, None, None, "<= 1000", "MB", when)


def _server_time() -> float:
    """Return the processor seconds of all PostgreSQL processes there are, those of their children included."""
    total = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it ended meanwhile
            name, _, numbers = stat.read_text().rpartition(")")
            if name.endswith("(postgres"):
                total += sum(int(number) for number in numbers.split()[11:15])
    return total / os.sysconf("SC_CLK_TCK")


def _size(site: Site) -> int:
    with psycopg.connect(site.postgres.app_url.replace("+psycopg", "")) as connection:
        row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    return int(row[0]) if row else 0
