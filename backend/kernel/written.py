"""Statements run as they are written: psycopg runs them, and SQLAlchemy hands out their rows and names their errors."""

from collections.abc import Mapping
from typing import Any, LiteralString, cast

import psycopg
from sqlalchemy import Connection, Result
from sqlalchemy.engine.result import IteratorResult, SimpleResultMetaData
from sqlalchemy.exc import DBAPIError

NO_COLUMNS = SimpleResultMetaData(())
# Told once a statement: a statement is a text of our own, and a process is started anew after tables changed.
_columns: dict[str, SimpleResultMetaData] = {}


def run_written(connection: Connection, statement: LiteralString, values: Mapping[str, object]) -> Result[Any]:
    """Run one statement, with values for its %(name)s; return its rows, none of a statement that gives no rows.

    Raises DBAPIError, as SQLAlchemy does. What it would do more takes as long again (docs/decisions/0022).
    """
    driver = cast("psycopg.Connection", connection.connection.driver_connection)
    try:
        with driver.cursor() as cursor:
            cursor.execute(statement, values)
            if cursor.pgresult is None or not cursor.pgresult.nfields:
                return IteratorResult(NO_COLUMNS, iter(()))
            return IteratorResult(_columns_of(statement, cursor), iter(cursor.fetchall()))
    except psycopg.Error as error:
        raise _named(connection, driver, statement, values, error) from error


def _columns_of(statement: str, cursor: psycopg.Cursor[Any]) -> SimpleResultMetaData:
    known = _columns.get(statement)
    if known is None:
        known = _columns[statement] = SimpleResultMetaData([column.name for column in cursor.description or ()])
    return known


def _named(
    connection: Connection,
    driver: psycopg.Connection,
    statement: str,
    values: Mapping[str, object],
    error: psycopg.Error,
) -> BaseException:
    """Return SQLAlchemy's error for this one, and take the connection out of use if it ended."""
    lost = driver.closed or driver.broken
    if lost:
        connection.invalidate(error)
    return DBAPIError.instance(
        statement, dict(values), error, psycopg.Error, connection_invalidated=lost, dialect=connection.dialect
    )
