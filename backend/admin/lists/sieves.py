"""Sieves that several lists have."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, or_
from sqlalchemy.orm import InstrumentedAttribute

from backend.admin.kit.labels import label
from backend.admin.kit.language import t
from backend.admin.lists.column import Choices, Sieve
from backend.estate.queries import buildings_seen
from backend.kernel.db import Session
from backend.kernel.entropy import CHINA
from backend.kernel.scope import Scope

Attribute = InstrumentedAttribute[Any] | ColumnElement[Any]


def text_in(*columns: Attribute, title: str) -> Sieve:
    """Find a part of any of these columns, whatever the case."""

    def fits(told: str) -> ColumnElement[bool]:
        return or_(*[column.icontains(told, autoescape=True) for column in columns])

    return Sieve("q", title, fits)


def word_of(key: str, title: str, column: InstrumentedAttribute[Any], enum: type[StrEnum]) -> Sieve:
    """Find one word of an enumeration."""

    def fits(told: str) -> ColumnElement[bool] | None:
        return column == enum(told) if told in set(enum) else None

    return Sieve(key, title, fits, "choice", lambda _session, _scope: [(word.value, label(word)) for word in enum])


def yes_or_no(key: str, title: str, condition: Callable[[], ColumnElement[bool]], yes: str, no: str) -> Sieve:
    """Find what a condition says yes to, or no."""

    def fits(told: str) -> ColumnElement[bool] | None:
        return {"yes": condition(), "no": ~condition()}.get(told)

    return Sieve(key, title, fits, "choice", lambda _session, _scope: [("yes", t(yes)), ("no", t(no))])


def building(column: InstrumentedAttribute[int]) -> Sieve:
    """Find what is in one building."""

    def fits(told: str) -> ColumnElement[bool] | None:
        return column == int(told) if told.isascii() and told.isdecimal() else None

    return Sieve("building", "楼栋", fits, "choice", _buildings)


def since(column: InstrumentedAttribute[datetime]) -> Sieve:
    """Find what happened on a day or later."""
    return Sieve("since", "从", lambda told: _compared(told, lambda day: column >= _midnight(day)), "day")


def until(column: InstrumentedAttribute[datetime]) -> Sieve:
    """Find what happened on a day or earlier."""
    after = timedelta(days=1)
    return Sieve("until", "到", lambda told: _compared(told, lambda day: column < _midnight(day + after)), "day")


def _compared(told: str, compare: Callable[[date], ColumnElement[bool]]) -> ColumnElement[bool] | None:
    try:
        return compare(date.fromisoformat(told))
    except (ValueError, OverflowError):
        return None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), CHINA)


def _buildings(session: Session, scope: Scope) -> Choices:
    return [(str(each.id), each.name) for each in buildings_seen(session, scope=scope)]
