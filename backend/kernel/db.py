"""The database: one declarative base, and the only place that opens, commits and rolls back a transaction."""

import re
import select as waiting
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Any, LiteralString, Self, TypeVar

import psycopg
from psycopg import errors as pg
from sqlalchemy import (
    BigInteger,
    Connection,
    DateTime,
    Engine,
    Enum,
    ForeignKeyConstraint,
    Identity,
    MetaData,
    Result,
    Text,
    UniqueConstraint,
    create_engine,
    event,
    orm,
)
from sqlalchemy.exc import DBAPIError, InvalidatePoolError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.schema import SchemaItem

from backend.kernel.clock import Clock
from backend.kernel.entropy import Entropy
from backend.kernel.written import run_written

T = TypeVar("T")
ATTEMPTS = 5
RETRIED = (pg.SerializationFailure, pg.DeadlockDetected)
NOW: LiteralString = "SELECT clock_timestamp()"
ENDED = (pg.AdminShutdown, pg.CrashShutdown)
# For this transaction alone; the policies of migrations/rights.py look at it.
FENCE: LiteralString = "SELECT set_config('dianyuan.organisation', %(organisation_id)s, true)"

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Every table of the product."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {int: BigInteger, datetime: DateTime(timezone=True), str: Text}  # noqa: RUF012 SQLAlchemy's own form


class Row:
    """A row with a number of its own."""

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)


class OwnedRow(Row):
    """A row that belongs to one organisation."""

    organisation_id: Mapped[int]


def owned(*more: SchemaItem) -> tuple[SchemaItem, ...]:
    """Return the table arguments of an OwnedRow: its owner, and the unique pair by which other rows point at it."""
    return (
        ForeignKeyConstraint(["organisation_id"], ["organisation.id"]),
        UniqueConstraint("organisation_id", "id"),
        *more,
    )


def same_owner(column: str, table: str) -> ForeignKeyConstraint:
    """Point at a row of the same organisation, so that no row can ever reach into another's."""
    return ForeignKeyConstraint(["organisation_id", column], [f"{table}.organisation_id", f"{table}.id"])


def word(kind: type[StrEnum]) -> Enum:
    """Return a column type that stores an enumeration as its words, checked by the database."""
    return Enum(
        kind,
        native_enum=False,
        create_constraint=True,
        length=32,
        name=re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower(),
        values_callable=lambda members: [member.value for member in members],
    )


class Session(orm.Session):
    """A transaction, with the clock, the randomness and the pace its services use."""

    clock: Clock
    entropy: Entropy
    time_scale: float
    _connected: Connection | None = None

    def span(self, seconds: float) -> timedelta:
        """Return how long so many seconds of the rules last here; demos and tests run them faster."""
        return timedelta(seconds=seconds / self.time_scale)

    def database_now(self) -> datetime:
        """Return the database's own time, by which leases and deadlines are set."""
        now: datetime = self.run_sql(NOW).scalar_one()
        return now

    def run_sql(self, statement: LiteralString, **values: object) -> Result[Any]:
        """Run one statement as it is written, after what is pending; values stand in it as %(name)s.

        For hot paths: it costs a fraction of a statement that SQLAlchemy builds. Raises DBAPIError.
        """
        self.flush()
        return run_written(self._connection(), statement, values)

    def _connection(self) -> Connection:
        """Return the connection of this transaction, found again without the third of a statement that asking costs.

        Within a savepoint it is asked for each time: the first who asks sets the savepoint.
        """
        if self.in_nested_transaction():
            return self.connection()
        known = self._connected
        if known is None or known.closed or known.invalidated or not known.in_transaction():
            known = self._connected = self.connection()
        return known


class Database:
    """PostgreSQL as one place to open transactions; engine, clock and randomness come from outside."""

    def __init__(self, engine: Engine, clock: Clock, entropy: Entropy, time_scale: float = 1.0) -> None:
        self.engine = engine
        self.clock = clock
        self.entropy = entropy
        self.time_scale = time_scale
        self._fence: int | None = None

    def within(self, organisation_id: int) -> Self:
        """Return this database with a fence: its transactions see and write rows of one organisation only.

        The second fence, behind the scope that services are given: a forgotten condition then finds nothing.
        """
        fenced = copy(self)
        fenced._fence = organisation_id
        return fenced

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Yield a session that commits once, at the end, or not at all."""
        with self._opened(self.engine) as session, session.begin():
            if self._fence is not None:
                session.run_sql(FENCE, organisation_id=str(self._fence))
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Yield a session that only reads, each statement by itself: two round trips less than a transaction."""
        if self._fence is not None:  # a fence stands for one transaction
            with self.transaction() as session:
                yield session
            return
        with self._opened(self._autocommitting) as session:
            yield session

    def read(self, work: Callable[[Session], T]) -> T:
        """Do work that only reads, each statement by itself; again when the connection was lost, at most 5 times."""
        for _ in range(ATTEMPTS - 1):
            try:
                with self.reading() as session:
                    return work(session)
            except DBAPIError as error:
                if not _is_lost(error):
                    raise
        with self.reading() as session:
            return work(session)

    def run(self, work: Callable[[Session], T]) -> T:
        """Do work in one transaction, again from the start when nothing of it can have been kept; at most 5 times.

        That is when the database asked for it, or when the connection was lost before the commit was sent. Once it
        was sent nobody knows whether it arrived: then the error goes to the caller, whose work is told again by
        whoever asked for it, and is idempotent by its keys.
        """
        for _ in range(ATTEMPTS - 1):
            sent = False
            try:
                with self.transaction() as session:
                    done = work(session)
                    session.flush()
                    sent = True
            except DBAPIError as error:
                if not isinstance(error.orig, RETRIED) and (sent or not _is_lost(error)):
                    raise
            else:
                return done
        with self.transaction() as session:
            return work(session)

    @cached_property
    def _autocommitting(self) -> Engine:
        return self.engine.execution_options(isolation_level="AUTOCOMMIT")

    def _opened(self, engine: Engine) -> Session:
        session = Session(engine, expire_on_commit=False)
        session.clock, session.entropy, session.time_scale = self.clock, self.entropy, self.time_scale
        return session


def connect(url: str, *, pool_size: int = 10) -> Engine:
    """Return an engine for READ COMMITTED transactions with bounded waits."""
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=10,
        pool_timeout=10,
        isolation_level="READ COMMITTED",
        connect_args={"options": "-c lock_timeout=10s -c statement_timeout=30s -c timezone=UTC"},
    )
    event.listen(engine, "checkout", _refuse_ended)
    return engine


def _refuse_ended(connection: psycopg.Connection, *_: object) -> None:
    """Take no connection that has something to say while nobody asked: its server has ended it.

    Costs one system call where a ping costs a round trip. What dies between this look and the first statement is
    seen by `run`.
    """
    if connection.closed or _has_something_to_say(connection):
        raise InvalidatePoolError("the server ended this connection")


def _has_something_to_say(connection: psycopg.Connection) -> bool:
    poll = waiting.poll()
    poll.register(connection.fileno(), waiting.POLLIN)
    return bool(poll.poll(0))


def _is_lost(error: DBAPIError) -> bool:
    """Whether the connection ended under a statement, so that its transaction cannot have been kept."""
    return error.connection_invalidated or isinstance(error.orig, ENDED)
