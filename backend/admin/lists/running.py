"""Find the rows of a list, count them, and sum what has a total."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, Subquery, func, select

from backend.admin.lists.wish import Wish
from backend.kernel.db import Session
from backend.kernel.scope import Scope

Found = RowMapping
AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list; totals are of all that was found, not of the page."""

    rows: Sequence[Found]
    count: int
    totals: Mapping[str, int]
    first: int

    @property
    def last(self) -> int:
        """The number of the last row shown."""
        return self.first + len(self.rows) - 1


def page_of(session: Session, *, scope: Scope, wish: Wish) -> Page:
    """Return the page that was asked for."""
    found = _found(session, scope, wish)
    summed = [column.key for column in wish.chosen if column.total]
    sums = session.execute(
        select(func.count(), *[func.coalesce(func.sum(found.c[key]), 0) for key in summed]).select_from(found)
    ).one()
    offset = (wish.page - 1) * wish.size
    rows = session.execute(_ordered(found, wish).limit(wish.size).offset(offset)).mappings().all()
    totals = {key: int(total) for key, total in zip(summed, sums[1:], strict=True)}
    return Page(rows, int(sums[0]), totals, offset + 1)


def all_rows(session: Session, *, scope: Scope, wish: Wish, most: int) -> Iterator[Found]:
    """Yield everything that was found, in its order."""
    rows = _ordered(_found(session, scope, wish), wish).limit(most)
    yield from session.execute(rows.execution_options(yield_per=AT_ONCE)).mappings()


def _found(session: Session, scope: Scope, wish: Wish) -> Subquery:
    statement = wish.listing.statement(session, scope)
    for sieve in wish.listing.sieves:
        told = wish.value(sieve.key)
        condition = sieve.fits(told) if told else None
        if condition is not None:
            statement = statement.where(condition)
    return statement.subquery("found")


def _ordered(found: Subquery, wish: Wish) -> Select[*tuple[Any, ...]]:
    keys = ((wish.sort,) if wish.sort else ()) + wish.listing.order
    return select(found).order_by(*[_way(found, key) for key in keys], found.c.id)


def _way(found: Subquery, key: str) -> ColumnElement[Any]:
    column = found.c[key.removeprefix("-")]
    return (column.desc() if key.startswith("-") else column.asc()).nulls_last()
