"""The newest of what each meter said."""

from dataclasses import dataclass
from datetime import timedelta
from typing import LiteralString

from backend.kernel.db import Session
from meter_bridge.protocol import Evidence

CLOCKS_AGREE = timedelta(seconds=5)
NOTE: LiteralString = """
INSERT INTO meter_status (organisation_id, meter_id, read_at, noted_at, balance, purchase_count, supply, energy_wh,
                          kept_supplied)
VALUES (%(organisation_id)s, %(meter_id)s, %(read_at)s, %(now)s, %(balance)s, %(purchase_count)s, %(supply)s,
        %(energy_wh)s, %(kept_supplied)s)
ON CONFLICT (meter_id) DO UPDATE SET
    read_at = excluded.read_at, noted_at = excluded.noted_at,
    balance = coalesce(excluded.balance, meter_status.balance),
    purchase_count = coalesce(excluded.purchase_count, meter_status.purchase_count),
    supply = coalesce(excluded.supply, meter_status.supply),
    energy_wh = coalesce(excluded.energy_wh, meter_status.energy_wh),
    kept_supplied = coalesce(excluded.kept_supplied, meter_status.kept_supplied)
WHERE meter_status.read_at < excluded.read_at OR meter_status.read_at > %(now)s + %(agree)s
"""


@dataclass(frozen=True, slots=True)
class Said:
    """What a meter said."""

    meter_id: int
    evidence: Evidence


def note(session: Session, *, organisation_id: int, said: Said) -> None:
    """Keep what a meter said beside a poll if it is the newest; a value that it did not tell stays as it was.

    What was read "in the future", by a bridge whose clock was wrong then, gives way to whatever is told next.
    """
    told = said.evidence
    session.run_sql(
        NOTE,
        organisation_id=organisation_id,
        meter_id=said.meter_id,
        now=session.database_now(),
        agree=CLOCKS_AGREE,
        read_at=told.read_at,
        balance=told.balance,
        purchase_count=told.purchase_count,
        supply=told.supply.value if told.supply else None,
        energy_wh=told.energy_wh,
        kept_supplied=told.kept_supplied,
    )
