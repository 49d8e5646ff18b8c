"""Write rows and say clearly which rule forbids it."""

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg import errors as pg
from sqlalchemy.exc import IntegrityError

from backend.kernel.db import Base, Session
from backend.kernel.errors import ProductError

FORBIDDEN = (pg.UniqueViolation, pg.ExclusionViolation)


def insert(session: Session, row: Base, **refusals: ProductError) -> None:
    """Insert a row; raise the refusal named like the unique constraint or index that forbids it.

    Asking the database and not looking first, two people who add the same thing at once get one row and one refusal.
    """
    with refusing(session, **refusals):
        session.add(row)


@contextmanager
def refusing(session: Session, **refusals: ProductError) -> Iterator[None]:
    """Let rows be changed inside; raise the refusal named like the constraint that forbids what was changed."""
    try:
        with session.begin_nested():
            yield
    except IntegrityError as error:
        if not isinstance(error.orig, FORBIDDEN):
            raise
        refusal = refusals.get(error.orig.diag.constraint_name or "")
        if refusal is None:
            raise
        raise refusal from None
