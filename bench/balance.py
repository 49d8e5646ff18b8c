"""Row `balance`: the request of the balance page, against a bare view that finds one row."""

from collections.abc import Iterator
from statistics import median

from bench.arithmetic import interleaved, ratio_of_rounds
from bench.rows import Row
from bench.sending import http
from bench.site import Site
from bench.size import Size
from bench.town import build_town, plans

FOUND = 200
THREADS = 8
SELECT = http("GET", "/select", {})


def rows(site: Site, size: Size, when: str) -> Iterator[Row]:
    """Measure requests a second of a logged-in user with three meters."""
    town = build_town(site.runtime, site, plans(size.meters))
    site.count_rows()
    page = http("GET", "/api/mp/v1/meters", {"Authorization": f"Bearer {town.token}", "Accept-Language": "zh-CN"})
    failures = 0
    with (
        site.serving("web", "wsgi:app", THREADS) as ours,
        site.serving("bare", "bench.bare:app", THREADS) as bare,
    ):

        def answered() -> float:
            nonlocal failures
            told = site.load(ours, [page], repeat=size.requests)
            failures += told.failures(FOUND)
            return told.rate

        def found() -> float:
            return site.load(bare, [SELECT], repeat=size.requests).rate

        interleaved([answered, found], 1)  # to warm up
        mine, theirs = interleaved([answered, found], size.rounds)
    ratio = ratio_of_rounds(mine, theirs)
    what = "GET /api/mp/v1/meters, three meters"
    yield Row("balance", what, median(mine), median(theirs), ratio, ">= 0.60", "requests/s", when, failures)
