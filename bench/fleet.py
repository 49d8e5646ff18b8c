"""A fleet to measure ingest with: meters without end, their readings slot by slot."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import create_engine, select, text

from backend.metering.history.partitions import make_partitions_since
from backend.metering.lines.runs import Caller
from backend.metering.models import Bridge, Meter
from bench.site import Site
from bench.town import build_town, plans
from meter_bridge.protocol import Evidence, Reading, ReadingsRequest, SupplyState

START = datetime(2026, 11, 1, tzinfo=UTC)
SLOT = timedelta(minutes=15)
BATCH = 5000  # what a bridge hands over at once
INSTANCE = "B" * 26
UNITS, CIRCUITS = 247, 99
# Straight into the tables: a million meters in a minute, each like the first but for what is named here. Many circuits
# on one address keep the lines few; none of them answers, so none takes a place on the wire.
LINES = """
INSERT INTO line
SELECT (jsonb_populate_record(first, jsonb_build_object(
    'id', nextval(pg_get_serial_sequence('line', 'id')), 'reference', 'L' || lpad(n::text, 25, '0'),
    'port', 30000 + n))).*
FROM line first, generate_series(0, :lines) n
WHERE first.id = :first
"""
METERS = """
INSERT INTO meter
SELECT (jsonb_populate_record(first, jsonb_build_object(
    'id', nextval(pg_get_serial_sequence('meter', 'id')), 'reference', lpad(n::text, 26, '0'), 'number', 'F' || n,
    'serial', 'F' || n, 'line_id', line.id, 'unit', 1 + n % :units, 'circuit', 1 + n / :units % :circuits,
    'wire_unit', NULL))).*
FROM meter first, generate_series(0, :meters - 1) n
JOIN line ON line.reference = 'L' || lpad((n / (:units * :circuits))::text, 25, '0')
WHERE first.id = :first
"""


@dataclass(frozen=True, slots=True)
class Fleet:
    """Its meters' numbers in the database, in order, and the bridge that speaks for all of them."""

    bridge: Caller
    numbers: Sequence[int]

    def said(self, slot: int, first: int, count: int) -> Iterator[tuple[int, datetime, int, int]]:
        """Yield for so many meters the meter, when it was read in this slot, its credit and its register."""
        for place in range(first, min(first + count, len(self.numbers))):
            at = START + slot * SLOT + timedelta(milliseconds=place % 600_000)
            yield place, at, 90_000 - 3 * slot - place % 1000, 1_000_000 + place + slot * (100 + place % 300)

    def requests(self, slot: int) -> Iterator[bytes]:
        """Yield what bridges post in a slot, as it comes over the wire."""
        for first in range(0, len(self.numbers), BATCH):
            readings = [
                Reading(
                    meter=f"{place:026}",
                    evidence=Evidence(
                        read_at=at, balance=balance, purchase_count=1, supply=SupplyState.CLOSED, energy_wh=energy
                    ),
                )
                for place, at, balance, energy in self.said(slot, first, BATCH)
            ]
            yield ReadingsRequest(instance=INSTANCE, readings=readings).model_dump_json(exclude_none=True).encode()


def build_fleet(site: Site, meters: int) -> Fleet:
    """Build a fleet of so many meters under one bridge."""
    town = build_town(site.runtime, site, plans(1))
    engine, first = create_engine(site.postgres.owner_url), town.metered[0].meter
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text(LINES), {"lines": meters // (UNITS * CIRCUITS), "first": first.line_id})
        connection.execute(text(METERS), {"meters": meters, "units": UNITS, "circuits": CIRCUITS, "first": first.id})
    engine.dispose()
    bridge = Bridge(organisation_id=town.organisation.id, reference="F" * 26, name="fleet", instance=INSTANCE)
    site.runtime.database.run(lambda s: s.add(bridge))
    site.runtime.database.run(lambda s: make_partitions_since(s, since=START))
    fleet = select(Meter.id).where(Meter.number.like("F%")).order_by(Meter.reference)
    numbers = site.runtime.database.run(lambda s: s.scalars(fleet).all())
    site.count_rows()
    return Fleet(Caller(bridge.id, bridge.organisation_id, INSTANCE, ""), numbers)
