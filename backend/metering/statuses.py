"""The newest of what each meter said."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import LiteralString

from backend.kernel.db import Session
from meter_bridge.protocol import Evidence

CLOCKS_AGREE = timedelta(seconds=5)
# Arrays and not rows of parameters: one plan for any number of meters.
NOTE: LiteralString = """
INSERT INTO meter_status (organisation_id, meter_id, read_at, noted_at, balance, purchase_count, supply, energy_wh,
                          kept_supplied)
SELECT %(organisation_id)s, meter_id, read_at, %(now)s, balance, purchase_count, supply, energy_wh, kept_supplied
FROM unnest(%(meter_id)b::bigint[], %(read_at)b::timestamptz[], %(balance)b::bigint[], %(purchase_count)b::bigint[],
            %(supply)b::text[], %(energy_wh)b::bigint[], %(kept_supplied)b::boolean[])
     AS told (meter_id, read_at, balance, purchase_count, supply, energy_wh, kept_supplied)
ON CONFLICT (meter_id) DO UPDATE SET
    read_at = excluded.read_at, noted_at = excluded.noted_at,
    balance = coalesce(excluded.balance, meter_status.balance),
    purchase_count = coalesce(excluded.purchase_count, meter_status.purchase_count),
    supply = coalesce(excluded.supply, meter_status.supply),
    energy_wh = coalesce(excluded.energy_wh, meter_status.energy_wh),
    kept_supplied = coalesce(excluded.kept_supplied, meter_status.kept_supplied)
WHERE meter_status.read_at < excluded.read_at OR meter_status.read_at > %(now)s + %(agree)s
"""
VALUES = ("balance", "purchase_count", "supply", "energy_wh", "kept_supplied")


@dataclass(frozen=True, slots=True)
class Said:
    """What a meter said."""

    meter_id: int
    evidence: Evidence


def note(session: Session, *, organisation_id: int, said: Iterable[Said]) -> None:
    """Keep the newest of what each meter said; a value that a poll did not bring stays as it was.

    What was read "in the future", by a bridge whose clock was wrong then, gives way to whatever is told next.
    """
    newest: dict[int, Evidence] = {}
    for one in said:
        if one.meter_id not in newest or newest[one.meter_id].read_at < one.evidence.read_at:
            newest[one.meter_id] = one.evidence
    if not newest:
        return
    ordered = sorted(newest.items())  # one order for all, against deadlocks
    arrays: dict[str, object] = {name: [getattr(one, name) for _, one in ordered] for name in VALUES}
    arrays["supply"] = [one.supply.value if one.supply else None for _, one in ordered]
    session.run_sql(
        NOTE,
        organisation_id=organisation_id,
        now=session.database_now(),
        agree=CLOCKS_AGREE,
        meter_id=[meter_id for meter_id, _ in ordered],
        read_at=[one.read_at for _, one in ordered],
        **arrays,
    )
