"""Make partitions for readings before they are needed, and drop those that are older than they are kept."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import LiteralString

from sqlalchemy import func, select

from backend.kernel.db import Session
from backend.metering.history.models import PARTED
from backend.metering.models import Meter, MeterState

MANY_METERS = 20_000  # above, a month is too large a partition
MONTHS_AHEAD, DAYS_AHEAD = timedelta(days=62), timedelta(days=8)
ENDS = "SELECT max(ends) FROM reading_partition WHERE parent = %(parent)s"
STARTS = "SELECT min(starts) FROM reading_partition WHERE parent = %(parent)s"
MAKE = "SELECT make_partition(%(parent)s, %(starts)s, %(ends)s)"
DROP = "SELECT drop_partitions(%(parent)s, %(before)s)"


# Whoever waits for a partition lets all who read wait behind: better to come again.
PATIENCE: LiteralString = "SET LOCAL lock_timeout = '1s'"


def keep_partitions(session: Session, *, kept_months: int) -> int:
    """Make what will be needed, by month or by day, and drop what is too old; returns how many.

    Raises OperationalError with LockNotAvailable where somebody reads for longer than a second.
    """
    session.run_sql(PATIENCE)
    changed = make_partitions_ahead(session)
    before = _months_before(session.clock.now(), kept_months)
    for parent in PARTED:
        changed += session.run_sql(DROP, parent=parent, before=before).scalar_one()
    return changed


def make_partitions_ahead(session: Session) -> int:
    """Make partitions for readings that will come, by month or by day; returns how many."""
    now = session.clock.now()
    meters = session.scalar(select(func.count(Meter.id)).filter_by(state=MeterState.ACTIVE)) or 0
    daily = meters >= MANY_METERS
    until = now + (DAYS_AHEAD if daily else MONTHS_AHEAD)
    changed = 0
    for parent in PARTED:
        starts = session.run_sql(ENDS, parent=parent).scalar_one() or month_of(now)
        for begins, ends in _steps(starts, until, daily=daily):
            changed += session.run_sql(MAKE, parent=parent, starts=begins, ends=ends).scalar_one()
    return changed


def make_partitions_since(session: Session, *, since: datetime) -> None:
    """Make monthly partitions for readings of the past, which are taken over from elsewhere."""
    for parent in PARTED:
        ends = session.run_sql(STARTS, parent=parent).scalar_one() or next_month(session.clock.now())
        for begins, end in _steps(month_of(since), ends, daily=False):
            session.run_sql(MAKE, parent=parent, starts=begins, ends=end)


def month_of(at: datetime) -> datetime:
    """Return the beginning of a month, in UTC."""
    return at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def next_month(at: datetime) -> datetime:
    """Return the beginning of the month behind, in UTC."""
    return month_of(month_of(at) + timedelta(days=32))


def _steps(starts: datetime, until: datetime, *, daily: bool) -> Iterator[tuple[datetime, datetime]]:
    while starts < until:
        ends = starts + timedelta(days=1) if daily else next_month(starts)
        yield starts, ends
        starts = ends


def _months_before(now: datetime, months: int) -> datetime:
    at = month_of(now)
    for _ in range(months):
        at = month_of(at - timedelta(days=1))
    return at
