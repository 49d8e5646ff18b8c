"""Connections to the played database: impatient, quick, and heard at each statement."""

from collections.abc import Callable
from typing import Any

import psycopg
from psycopg._preparing import PrepareManager
from sqlalchemy import Engine, create_engine, event, make_url

# Locks never wait here, so that a long wait is a fault. The rest saves time: nothing of it changes what is answered.
OPTIONS = (
    "-c lock_timeout=50ms -c statement_timeout=10s -c timezone=UTC -c jit=off -c synchronous_commit=off "
    "-c plan_cache_mode=force_generic_plan"
)
PREPARED_MOST = 2000  # with psycopg's own hundred, statements are planned anew all the time

Note = Callable[[str], str]
Changed = Callable[[str], None]


def connect(url: str, heard: tuple[Note, Changed] | None = None) -> Engine:
    """Return an engine. heard: asked before each statement what to run, and told of each that met a row."""
    hearing: dict[str, Any] = {"cursor_factory": _noted(*heard)} if heard else {}
    engine = create_engine(
        url,
        pool_size=2,
        isolation_level="READ COMMITTED",
        connect_args={"options": OPTIONS, "prepare_threshold": 1, **hearing},
    )
    event.listen(engine, "connect", _keep_prepared)
    return engine


def looker(url: str) -> psycopg.Connection[Any]:
    """Return a bare connection that commits by itself, to look at everything with."""
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(address, autocommit=True, options=OPTIONS, prepare_threshold=0)


class Kept(PrepareManager):
    """Statements that stay prepared: at each rollback psycopg forgets them, for tables may be gone; here none are."""

    def clear(self) -> bool:
        """Forget nothing."""
        return False


def _keep_prepared(connection: psycopg.Connection[Any], _: object) -> None:
    threshold = connection.prepare_threshold
    connection._prepared = Kept()
    connection.prepare_threshold, connection.prepared_max = threshold, PREPARED_MOST


def _noted(note: Note, changed: Changed) -> type[psycopg.Cursor[Any]]:
    """Return cursors that tell of statements; the engine's own events would cost a twentieth of all time."""

    described: dict[str, list[psycopg.Column]] = {}

    class NotedCursor(psycopg.Cursor[Any]):
        said = ""

        @property
        def description(self) -> list[psycopg.Column] | None:
            """What columns there are: described once a statement, because no table changes."""
            result = self.pgresult
            if result is None or not result.nfields:
                return None
            if self.said not in described:
                described[self.said] = super().description or []
            return described[self.said]

        def execute(self, query: Any, *values: Any, **options: Any) -> "NotedCursor":
            """Run a statement, or what is to run instead; raise what the database says to that."""
            self.said = run = note(query)
            super().execute(run, *(values if run == query else ()), **options)
            if self.rowcount:
                changed(query)
            return self

        def executemany(self, query: Any, *values: Any, **options: Any) -> None:
            """Run a statement with each of many rows."""
            run = note(query)
            if run != query:
                super().execute(run)
            super().executemany(query, *values, **options)
            changed(query)

    return NotedCursor
