"""Ask the months that are added up what meters used, thousands at once; days only where a month does not fit."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import CTE, ColumnElement, Date, Select, and_, case, cast, exists, func, literal, or_, select

from backend.kernel.db import Session
from backend.metering.history.models import DayRegister, MonthUsage
from backend.reports.asking_usage import usage_by_days
from backend.reports.measured import Stretch, Stretches
from backend.reports.spans import month
from backend.reports.usage import Usage, total
from meter_bridge.protocol import REGISTERS

MONTHS = [getattr(MonthUsage, name) for name in REGISTERS]


def usage_of(session: Session, *, stretches: Stretches) -> list[tuple[int, Usage]]:
    """Return what each meter used on each of its stretches up to the last midnight that is frozen, and how sure it is.

    A day that is not over is not counted as missing: it counts nothing yet.
    """
    asked = _asked(stretches)
    told = _told(stretches, asked, asked.c.meter_id, case((_odd(asked), asked.c.zone)), asked.c.first, asked.c.until)
    rows = session.execute(told.add_columns(*_counts(session, asked), *MONTHS).order_by(asked.c.meter_id))
    found: list[tuple[int, Usage]] = []
    odd: list[Stretch] = []
    for meter_id, zone, first, until, measured, known, missing, *used in rows:
        if zone is not None:
            odd.append(Stretch(meter_id, zone, first, until))
        else:
            found.append((meter_id, Usage(_named(used), measured, known - measured, missing)))
    return found + [(each.meter_id, usage) for each, usage in _by_days(session, odd).items()]


def total_of(session: Session, *, stretches: Stretches) -> Usage:
    """Return what all of them used together."""
    asked = _asked(stretches)
    odd = _odd(asked)
    sums = [func.sum(each).filter(~odd) for each in (*_counts(session, asked), *MONTHS)]
    row = session.execute(_told(stretches, asked, func.count().filter(odd), *sums)).one()
    several, measured, known, missing, *used = (None if each is None else int(each) for each in row)
    plain = Usage(_named(used), measured or 0, (known or 0) - (measured or 0), missing or 0)
    if not several:
        return plain
    left = _told(stretches, asked, asked.c.meter_id, asked.c.zone, asked.c.first, asked.c.until).where(odd)
    by_days = _by_days(session, [Stretch(*row) for row in session.execute(left)])
    return total([plain, *by_days.values()])


def _by_days(session: Session, odd: list[Stretch]) -> dict[Stretch, Usage]:
    return usage_by_days(session, stretches=odd) if odd else {}


def _named(used: Sequence[int | None]) -> dict[str, int]:
    return {name: value for name, value in zip(REGISTERS, used, strict=True) if value is not None}


def _asked(stretches: Stretches) -> CTE:
    return stretches.statement.order_by(None).cte("asked")


def _told(stretches: Stretches, asked: CTE, *columns: Any) -> Select[*tuple[Any, ...]]:
    """Ask for stretches, each with its month where it is all of one and its meter was not hung on its first day."""
    span = stretches.span
    is_month = span == month(span.first.year, span.first.month)
    whole = and_(
        asked.c.first == span.first,
        asked.c.until == span.end,
        or_(asked.c.hung.is_(None), asked.c.hung < span.first),
    )
    # The month as a value: found as a part of a stretch, it would not be looked up by the index.
    fits = and_(MonthUsage.month == span.first, MonthUsage.meter_id == asked.c.meter_id, whole, literal(is_month))
    return select(*columns).select_from(asked).outerjoin(MonthUsage, fits)


def _odd(asked: CTE) -> ColumnElement[bool]:
    """Say that a stretch must be looked at day by day: it has no month, but days that are frozen, or an exchange."""
    frozen = exists().where(
        DayRegister.meter_id == asked.c.meter_id, DayRegister.day.between(asked.c.first, asked.c.until)
    )
    exchanged = func.coalesce(asked.c.hung >= asked.c.first, False)
    return and_(MonthUsage.meter_id.is_(None), or_(frozen, exchanged))


def _counts(session: Session, asked: CTE) -> list[ColumnElement[int]]:
    """Return measured, known and missing days of a stretch."""
    today: ColumnElement[date] = cast(func.timezone(asked.c.zone, session.clock.now()), Date)
    over = func.greatest(func.least(asked.c.until, today) - asked.c.first, 0)
    known = func.coalesce(MonthUsage.known_days, 0)
    return [func.coalesce(MonthUsage.measured_days, 0), known, func.greatest(over - known, 0)]
