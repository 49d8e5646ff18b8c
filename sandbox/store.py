"""Records in one SQLite table, which outlives kill -9."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    R = TypeVar("R", bound=DataclassInstance)
else:
    R = TypeVar("R")

SCHEMA = """
CREATE TABLE IF NOT EXISTS record (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, key TEXT NOT NULL, ref TEXT NOT NULL,
    due REAL, body TEXT NOT NULL, UNIQUE (kind, key));
CREATE INDEX IF NOT EXISTS record_ref ON record (kind, ref);
CREATE INDEX IF NOT EXISTS record_due ON record (kind, due) WHERE due IS NOT NULL;
"""


class Store:
    """One SQLite file (or memory, when no path is given) that threads share in turn."""

    def __init__(self, path: Path | None) -> None:
        if path:
            path.touch(mode=0o600)
        self._db = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None)
        self._db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;" + SCHEMA)
        self._lock = threading.RLock()
        self._inside = False

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make everything inside happen together or not at all; may be nested."""
        with self._lock:
            if self._inside:
                yield
                return
            self._db.execute("BEGIN IMMEDIATE")
            self._inside = True
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            finally:
                self._inside = False

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Run one statement and return what it found."""
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._db.close()


class Table(Generic[R]):
    """The records of one dataclass, by key, by what they refer to, and by when they fall due."""

    def __init__(self, store: Store, record_type: type[R], key: str, *, ref: str = "", due: str = "") -> None:
        self._store, self._type, self._kind = store, record_type, record_type.__name__
        self._key, self._ref, self._due = key, ref, due

    def put(self, record: R) -> R:
        """Keep a record, in place of the one with the same key."""
        ref = str(getattr(record, self._ref)) if self._ref else ""
        due = getattr(record, self._due) if self._due else None
        self._store.rows(
            "INSERT INTO record (kind, key, ref, due, body) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (kind, key) DO UPDATE SET ref = excluded.ref, due = excluded.due, body = excluded.body",
            *(self._kind, str(getattr(record, self._key)), ref, due, json.dumps(asdict(record), ensure_ascii=False)),
        )
        return record

    def get(self, key: str) -> R | None:
        """Return the record with this key."""
        found = self._select("AND key = ?", key)
        return found[0] if found else None

    def of(self, ref: str) -> list[R]:
        """Return the records that refer to something, oldest first."""
        return self._select("AND ref = ? ORDER BY seq", ref)

    def all(self) -> list[R]:
        """Return every record, oldest first."""
        return self._select("ORDER BY seq")

    def latest(self, limit: int) -> list[R]:
        """Return the newest records, newest first."""
        return self._select("ORDER BY seq DESC LIMIT ?", limit)

    def due_by(self, moment: float, limit: int = -1) -> list[R]:
        """Return the records that have fallen due, longest due first; all of them without a limit."""
        return self._select("AND due <= ? ORDER BY due, seq LIMIT ?", moment, limit)

    def next_due(self) -> float | None:
        """Return when the next record falls due."""
        rows = self._store.rows("SELECT min(due) FROM record WHERE kind = ? AND due IS NOT NULL", self._kind)
        return rows[0][0] if rows else None

    def clear(self) -> None:
        """Forget every record of this kind."""
        self._store.rows("DELETE FROM record WHERE kind = ?", self._kind)

    def _select(self, rest: str, *values: object) -> list[R]:
        rows = self._store.rows(f"SELECT body FROM record WHERE kind = ? {rest}", self._kind, *values)  # noqa: S608 ours
        return [self._type(**json.loads(row[0])) for row in rows]
