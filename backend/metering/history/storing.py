"""Store readings, each once, and note which borders of hours they make it possible to freeze."""

from collections.abc import Sequence
from typing import LiteralString

from backend.kernel.db import Session
from backend.metering.statuses import Said

# Arrays and not rows of parameters: one plan for any number of rows. A border can be frozen by the first reading
# behind it that counts, by one that comes late, and supply changes with the reading that says so.
STORE: LiteralString = """
WITH told AS (
    SELECT * FROM unnest(
        %(meter_id)b::bigint[], %(read_at)b::timestamptz[], %(balance)b::bigint[], %(purchase_count)b::bigint[],
        %(supply)b::text[], %(energy_wh)b::bigint[], %(critical_peak_wh)b::bigint[], %(peak_wh)b::bigint[],
        %(flat_wh)b::bigint[], %(valley_wh)b::bigint[], %(deep_valley_wh)b::bigint[], %(volume_l)b::bigint[])
    AS told (meter_id, read_at, balance, purchase_count, supply, energy_wh, critical_peak_wh, peak_wh, flat_wh,
             valley_wh, deep_valley_wh, volume_l)),
stored AS (
    INSERT INTO reading (organisation_id, meter_id, read_at, balance, purchase_count, supply, energy_wh,
                         critical_peak_wh, peak_wh, flat_wh, valley_wh, deep_valley_wh, volume_l)
    SELECT %(organisation_id)s, * FROM told
    ON CONFLICT DO NOTHING
    RETURNING meter_id, read_at, supply, energy_wh IS NOT NULL OR volume_l IS NOT NULL AS counts),
noted AS (
    INSERT INTO register_due (organisation_id, meter_id, since, until)
    SELECT %(organisation_id)s, stored.meter_id, min(stored.read_at), max(stored.read_at)
    FROM stored LEFT JOIN meter_status known ON known.meter_id = stored.meter_id
    WHERE known.read_at IS NULL OR stored.read_at < known.read_at
       OR stored.supply IS DISTINCT FROM known.supply
       OR stored.counts
          AND NOT EXISTS (SELECT FROM reading before
                          WHERE before.meter_id = stored.meter_id AND before.read_at < stored.read_at
                            AND before.read_at >= date_trunc('hour', stored.read_at)
                            AND (before.energy_wh IS NOT NULL OR before.volume_l IS NOT NULL))
    GROUP BY stored.meter_id
    ON CONFLICT (meter_id) DO UPDATE SET since = least(register_due.since, excluded.since),
                                         until = greatest(register_due.until, excluded.until))
SELECT count(*) FROM stored
"""
COLUMNS = (
    *("balance", "purchase_count", "energy_wh", "critical_peak_wh", "peak_wh", "flat_wh", "valley_wh"),
    *("deep_valley_wh", "volume_l"),
)


def store_readings(session: Session, *, organisation_id: int, said: Sequence[Said]) -> int:
    """Store what meters of one organisation said, returning how many were new. Comes before `statuses.note`."""
    ordered = sorted(said, key=lambda one: (one.meter_id, one.evidence.read_at))  # one order for all, no deadlocks
    arrays: dict[str, object] = {name: [getattr(one.evidence, name) for one in ordered] for name in COLUMNS}
    arrays["meter_id"] = [one.meter_id for one in ordered]
    arrays["read_at"] = [one.evidence.read_at for one in ordered]
    arrays["supply"] = [one.evidence.supply.value if one.evidence.supply else None for one in ordered]
    return int(session.run_sql(STORE, organisation_id=organisation_id, **arrays).scalar_one())
