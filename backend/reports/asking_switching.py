"""Ask how long meters had supply, thousands at once."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import LiteralString
from zoneinfo import ZoneInfo

from backend.kernel.db import Session
from backend.reports.measured import Stretch
from backend.reports.switching import Switching, switching_between
from meter_bridge.protocol import SupplyState

CHANGES: LiteralString = """
SELECT asked.place, change.at, change.supply
FROM unnest(%(place)s::int[], %(meter_id)s::bigint[], %(starts)s::timestamptz[], %(ends)s::timestamptz[])
     AS asked (place, meter_id, starts, ends)
JOIN supply_change change ON change.meter_id = asked.meter_id AND change.at < asked.ends
 AND change.at >= coalesce((SELECT max(at) FROM supply_change WHERE meter_id = asked.meter_id AND at < asked.starts),
                           asked.starts)
ORDER BY asked.place, change.at
"""


def switching_of(session: Session, *, stretches: Sequence[Stretch]) -> dict[Stretch, Switching]:
    """Return how long each meter had supply on its days, up to now."""
    now = session.clock.now()
    spans = [(min(_midnight(s.first, s.zone), now), min(_midnight(s.end, s.zone), now)) for s in stretches]
    rows = session.run_sql(
        CHANGES,
        place=list(range(len(stretches))),
        meter_id=[stretch.meter_id for stretch in stretches],
        starts=[start for start, _ in spans],
        ends=[end for _, end in spans],
    )
    changes: dict[int, list[tuple[datetime, SupplyState]]] = {}
    for row in rows:
        changes.setdefault(row.place, []).append((row.at, SupplyState(row.supply)))
    return {
        stretch: switching_between(changes.get(place, ()), *spans[place]) for place, stretch in enumerate(stretches)
    }


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone))
