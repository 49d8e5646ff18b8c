"""Rows `wall_200`, `wall_2000`, `rooms_5000` and `permission_check`: pages of the back office over large parks."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median

from flask import Flask

from backend.admin.kit.guarding import for_staff
from backend.app import create_app
from backend.staff.roles import Permission
from bench.big_park import BigPark, build_big_park, change_some
from bench.processes import CLOCK, Running
from bench.rows import Row
from bench.sending import http
from bench.site import Site
from bench.size import Size

FOUND, THREADS = 200, 8
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CHANGED_OF = 20  # one room of so many changes between two looks
POLLS_A_SECOND = 0.9  # looks of one second share one statement, and that would not be measured
CHECKS = 300


@dataclass(frozen=True, slots=True)
class Asked:
    """A server, the park it is asked about, and how often."""

    site: Site
    server: Running
    park: BigPark
    times: int

    def milliseconds(self, path: str, **how: float) -> tuple[float, int]:
        """Return the median answer time of a page of the park, asked by one browser, and how many were errors."""
        request = http("GET", f"/admin/{path}", {"Cookie": f"dianyuan-staff={self.park.token}"})
        told = self.site.load(self.server, [request], repeat=self.times, connections=1, **how)
        return median(told.latencies) * 1000, told.failures(FOUND)


def rows(site: Site, size: Size, when: str) -> Iterator[Row]:
    """Measure the wall, what changed of it, the list of rooms, and what it costs to ask who may see them."""
    parks = {rooms: build_big_park(site.runtime, rooms=rooms) for rooms in size.walls}
    site.count_rows()
    with site.serving("office", "wsgi:app", THREADS) as server:
        for rooms in size.walls[:-1]:
            asked = Asked(site, server, parks[rooms], size.pages)
            wall = f"wall?park={parks[rooms].park_id}"
            asked.milliseconds(wall)  # to warm up
            taken, failures = asked.milliseconds(wall)
            yield Row(f"wall_{rooms}", f"room wall of {rooms} rooms", taken, None, None, "<= 150", "ms", when, failures)
            since = (CLOCK.now() - EPOCH) // timedelta(microseconds=1)
            changed = change_some(site.runtime, parks[rooms], one_of=CHANGED_OF)
            changes = f"wall/changes?park={parks[rooms].park_id}&since={since}"
            taken, failures = asked.milliseconds(changes, rate=POLLS_A_SECOND)
            what = f"what changed of {rooms} rooms: {changed}"
            yield Row(f"wall_{rooms}_changes", what, taken, None, None, "<= 20", "ms", when, failures)
        most = size.walls[-1]
        listed = Asked(site, server, parks[most], size.pages)
        listed.milliseconds(f"rooms?park={parks[most].park_id}")
        taken, failures = listed.milliseconds(f"rooms?park={parks[most].park_id}")
        yield Row(f"rooms_{most}", f"list of {most} rooms, a page", taken, None, None, "<= 150", "ms", when, failures)
    taken = _permission_microseconds(create_app(site.runtime), parks[size.walls[0]].token)
    what = "who asks, and whether they may: session, roles and parks from the database"
    yield Row("permission_check", what, taken, None, None, "<= 5000", "µs", when)


def _permission_microseconds(app: Flask, token: str) -> float:
    guarded = for_staff(Permission.VIEW_ESTATE)(lambda: None)
    taken = []
    with app.test_request_context(headers={"Cookie": f"dianyuan-staff={token}"}):
        for _ in range(CHECKS):
            begun = CLOCK.monotonic()
            guarded()
            taken.append(CLOCK.monotonic() - begun)
    return median(taken) * 1_000_000
