"""What lines with a budget carried in this month of their park, counted over restarts of bridges."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select

from backend.estate.models import Park
from backend.kernel.db import Session
from backend.metering.locking import FRESH
from backend.metering.models import Gateway, Line
from meter_bridge.protocol import LineStatus, MonthBudget

MONTHS = 12
LINES = select(Line).where(Line.id.in_(bindparam("numbers", expanding=True)))


def count(session: Session, numbers: Collection[int], told: Sequence[LineStatus]) -> Mapping[int, MonthBudget]:
    """Add what a bridge says to have carried since it took each line; told again it adds nothing.

    numbers: of lines that have a budget, locked. Returns what is left of it for each. A new month of its park begins
    at nothing.
    """
    if not numbers:
        return {}
    limited = {line.id: line for line in session.scalars(LINES, {"numbers": numbers}, execution_options=FRESH)}
    now = session.clock.now()
    zones = select(Line.id, Park.time_zone).join(Gateway, Gateway.id == Line.gateway_id)
    rows = session.execute(zones.join(Park, Park.id == Gateway.park_id).where(Line.id.in_(limited))).all()
    local = {line_id: now.astimezone(ZoneInfo(zone)) for line_id, zone in rows}
    for line_id, there in local.items():
        _begin(limited[line_id], f"{there:%Y-%m}")
    held = {(line.reference, line.fence): line for line in limited.values()}
    for status in told:
        if (line := held.get((status.line, status.fence))) is not None:
            _add(line, status.carried)
    return {line_id: _left(limited[line_id], there) for line_id, there in local.items()}


def _begin(line: Line, month: str) -> None:
    if line.month != month:
        line.month, line.month_bytes = month, 0


def _add(line: Line, carried: int) -> None:
    before = line.told_bytes if line.told_fence == line.fence else 0
    line.month_bytes += max(carried - before, 0)
    line.told_fence, line.told_bytes = line.fence, carried


def _left(line: Line, now: datetime) -> MonthBudget:
    years, index = divmod(now.month, MONTHS)
    ends = now.replace(year=now.year + years, month=index + 1, day=1, hour=0, minute=0, second=0, microsecond=0)
    left = (line.monthly_bytes or 0) - line.month_bytes
    return MonthBudget(left_bytes=left, left_seconds=ends.timestamp() - now.timestamp())
