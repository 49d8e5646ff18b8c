"""What a meter has counted in each tariff period: altogether, and since its month began. Reads only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from backend.kernel.db import Session
from meter_bridge.protocol import REGISTERS

LISTED: LiteralString = ", ".join(REGISTERS)
NOW: LiteralString = f"""
SELECT read_at AS at, {LISTED} FROM (
    SELECT read_at, {LISTED} FROM reading
    WHERE meter_id = %(meter_id)s AND (energy_wh IS NOT NULL OR volume_l IS NOT NULL)
    ORDER BY read_at DESC LIMIT 1) newest
UNION ALL
SELECT at, {LISTED} FROM day_register
WHERE meter_id = %(meter_id)s
  AND day = date_trunc('month', timezone(%(zone)s, %(now)s::timestamptz))::date
ORDER BY at DESC
"""  # noqa: S608 put together from our own text


@dataclass(frozen=True, slots=True)
class RegistersNow:
    """Registers by name as they were read last, and what of each came since the month began, where that is known."""

    read_at: datetime
    counted: Mapping[str, int]
    this_month: Mapping[str, int]


def registers_now(session: Session, *, meter_id: int, zone: str) -> RegistersNow | None:
    """Return the registers of a meter; None before its first reading. zone is the one of its park."""
    rows = session.run_sql(NOW, meter_id=meter_id, zone=zone, now=session.clock.now()).all()
    if not rows:
        return None
    told = [{name: getattr(row, name) for name in REGISTERS if getattr(row, name) is not None} for row in rows]
    first = told[1] if len(told) > 1 else {}
    since = {name: value - first[name] for name, value in told[0].items() if first.get(name, value + 1) <= value}
    return RegistersNow(rows[0].at, told[0], since)
