"""Row `month_statistics`: what a park of thousands of meters used in a month, by meter, with shares and growth."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from statistics import median

from sqlalchemy import create_engine, text

from backend.estate.models import Park
from backend.kernel.scope import Scope
from backend.metering.history.rolling_months import roll_months
from backend.reports.measured import of_all
from backend.reports.spans import before, month, year_before
from backend.reports.statistics import Statistics, statistics_of
from bench.big_park import build_big_park
from bench.processes import CLOCK
from bench.rows import Row
from bench.site import Site
from bench.size import Size

ASKED = month(2026, 10)
SPANS = (ASKED, before(ASKED), year_before(ASKED))
AT_ONCE = 2000
DAYS = """
INSERT INTO day_register (organisation_id, meter_id, day, at, gap_s, energy_wh, peak_wh, valley_wh)
SELECT organisation_id, id, day, day, 60, 3 * counted, 2 * counted, counted
FROM meter, generate_series(CAST(:first AS timestamptz), CAST(:until AS timestamptz), interval '1 day') AS day,
     LATERAL (SELECT (day::date - date '2025-01-01') * (1000 + id % 700) AS counted) AS c
WHERE id = ANY(:meters)
ON CONFLICT DO NOTHING
"""


def rows(site: Site, size: Size, when: str) -> Iterator[Row]:
    """Measure the statistics of a month, with the spans it is compared with."""
    park = build_big_park(site.runtime, rooms=size.statistics)
    _freeze(site, park.meters)
    site.count_rows()
    scope = Scope(site.runtime.database.run(lambda session: session.get_one(Park, park.park_id).organisation_id))

    def asked() -> Statistics:
        with site.runtime.database.reading() as session:
            return statistics_of(session, find=lambda span: of_all(scope=scope, span=span), span=ASKED)

    told = asked()  # to warm up
    whole = ASKED.days * size.statistics
    failures = 0 if told.usage.measured_days == whole and told.on_year.permille is not None else 1
    taken = []
    for _ in range(size.pages):
        begun = CLOCK.monotonic()
        asked()
        taken.append(CLOCK.monotonic() - begun)
    what = f"statistics of {size.statistics} meters: a month, the one before, that of last year"
    yield Row("month_statistics", what, median(taken) * 1000, None, None, "<= 300", "ms", when, failures)


def _freeze(site: Site, meters: list[int]) -> None:
    """Freeze the days of all spans, as if readings had come, and add up their months as the product does."""
    engine = create_engine(site.postgres.owner_url)
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        for span in SPANS:
            connection.execute(text(DAYS), {"first": span.first, "until": span.end, "meters": meters})
    engine.dispose()
    middles: list[date] = [span.first + timedelta(days=9) for span in SPANS]
    for first in range(0, len(meters), AT_ONCE):
        frozen = [(meter, day) for meter in meters[first : first + AT_ONCE] for day in middles]
        site.runtime.database.run(partial(roll_months, frozen=frozen))
