"""Insert a row and say clearly which rule forbids it."""

from psycopg import errors as pg
from sqlalchemy.exc import IntegrityError

from backend.kernel.db import Base, Session
from backend.kernel.errors import ProductError


def insert(session: Session, row: Base, **refusals: ProductError) -> None:
    """Insert a row; raise the refusal named like the unique constraint or index that forbids it.

    Asking the database and not looking first, two people who add the same thing at once get one row and one refusal.
    """
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        if not isinstance(error.orig, pg.UniqueViolation):
            raise
        refusal = refusals.get(error.orig.diag.constraint_name or "")
        if refusal is None:
            raise
        raise refusal from None
