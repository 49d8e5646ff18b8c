"""Statements that run as they are written: their rows, and errors with the names SQLAlchemy gives them."""

import contextlib

import pytest
from psycopg import errors as pg
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError

from backend.kernel.db import Database, Session

ADD = "INSERT INTO organisation (name, time_zone) VALUES (%(name)s, 'Asia/Shanghai')"


def test_rows_have_the_names_and_the_order_of_their_columns(database: Database) -> None:
    def ask(session: Session) -> None:
        rows = session.run_sql("SELECT n, n * 2 AS twice FROM generate_series(1, %(most)s) AS n", most=3).all()
        assert [(row.n, row.twice) for row in rows] == [(1, 2), (2, 4), (3, 6)]
        assert session.run_sql("SELECT 1 AS one WHERE false").one_or_none() is None

    for _ in range(2):  # the second time its columns are known
        database.run(ask)


def test_a_statement_that_gives_no_rows_gives_none(database: Database) -> None:
    def change(session: Session) -> None:
        assert session.run_sql("UPDATE organisation SET name = name").all() == []

    database.run(change)


@pytest.mark.parametrize(
    ("statement", "kind", "told"),
    [
        ("SELECT nothing", ProgrammingError, pg.UndefinedColumn),
        ("SELECT 1 / %(divisor)s", DBAPIError, pg.DivisionByZero),
        ("INSERT INTO line (reference) VALUES (NULL)", IntegrityError, pg.NotNullViolation),
    ],
)
def test_an_error_has_sqlalchemys_name_and_keeps_the_databases(
    database: Database, statement: str, kind: type[DBAPIError], told: type[Exception]
) -> None:
    with database.transaction() as session:
        with pytest.raises(kind) as raised, session.begin_nested():
            session.run_sql(statement, divisor=0)
        assert isinstance(raised.value.orig, told)
        assert not raised.value.connection_invalidated
        assert session.run_sql("SELECT 1").scalar_one() == 1  # the savepoint was rolled back, the transaction goes on


def test_what_was_written_in_a_savepoint_is_rolled_back_with_it(database: Database) -> None:
    def work(session: Session) -> list[str]:
        session.run_sql(ADD, name="kept")
        with contextlib.suppress(RuntimeError), session.begin_nested():
            session.run_sql(ADD, name="not kept")
            raise RuntimeError
        session.run_sql(ADD, name="kept, too")
        return list(session.run_sql("SELECT name FROM organisation ORDER BY id").scalars())

    assert database.run(work) == ["kept", "kept, too"]


def test_a_session_that_was_closed_asks_for_a_connection_again(database: Database) -> None:
    with database.reading() as session:
        one = session.run_sql("SELECT 1").scalar_one()
        session.close()
        assert session.run_sql("SELECT 1").scalar_one() == one
