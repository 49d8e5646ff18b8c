"""What is asked of the database, whoever asks it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import psycopg


@contextmanager
def heard() -> Iterator[list[str]]:
    """Yield a list to which each statement is added that a cursor runs meanwhile."""
    statements: list[str] = []
    run = psycopg.Cursor.execute

    def execute(cursor: psycopg.Cursor[Any], statement: Any, *values: Any, **how: Any) -> psycopg.Cursor[Any]:
        statements.append(str(statement))
        return run(cursor, statement, *values, **how)

    with patch.object(psycopg.Cursor, "execute", execute):
        yield statements
