"""Doorbells: they tell waiters that there may be work. A lost ring costs a second, never a fact.

NOTIFY inside a transaction cut commits to a third; sent after it, by a thread of its own and at most once
in 10 ms, it costs the caller nothing.
"""

import threading
from collections.abc import Callable
from typing import Any, Protocol

import psycopg
from sqlalchemy import Engine

from backend.kernel.clock import Clock
from backend.kernel.logs import log
from backend.kernel.metrics import BELL_FAILURES

CHANNEL = "dianyuan"
GAP = 0.010
RETRY = 1.0


class Bell(Protocol):
    """Rings for one kind of work, heard in every process."""

    def ring(self, name: str) -> None:
        """Say that there may be work of this name. Called after commit; never fails."""
        ...

    def heard(self) -> int:
        """Return how often anything rang so far: take this before looking for work, then wait with it."""
        ...

    def wait(self, heard: int, seconds: float) -> None:
        """Return when anything rang since, or after so many seconds."""
        ...


class Ringer:
    """A thread that sends the names it was given, each once, the first at once and then at most every gap seconds."""

    def __init__(self, send: Callable[[set[str]], None], bell: str, clock: Clock, gap: float = GAP) -> None:
        self._send, self._bell, self._clock, self._gap = send, bell, clock, gap
        self._names: set[str] = set()
        self._something = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def ring(self, name: str) -> None:
        """Send this name soon."""
        with self._lock:
            self._names.add(name)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=f"ringer-{self._bell}", daemon=True)
                self._thread.start()
        self._something.set()

    def _run(self) -> None:
        while True:
            self._something.wait()
            with self._lock:
                self._something.clear()
                names, self._names = self._names, set()
            try:
                self._send(names)
                self._clock.sleep(self._gap)
            except Exception as error:  # noqa: BLE001 a bell may fail in any way and must not stop the work
                BELL_FAILURES.labels(self._bell).inc()
                log().warning("bell failed", bell=self._bell, error=type(error).__name__)
                self._clock.sleep(RETRY)


class DatabaseBell:
    """A bell over LISTEN and NOTIFY: one connection to send, one to listen, shared by every waiter of the process."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine, self._clock = engine, clock
        self._ringer = Ringer(self._notify, "database", clock)
        self._sender: psycopg.Connection | None = None
        self._rings = 0
        self._rang = threading.Condition()
        self._listener: threading.Thread | None = None
        self._closed = False

    def close(self) -> None:
        """Stop listening within a second; waiters then re-check by the second."""
        self._closed = True

    def ring(self, name: str) -> None:
        """Say that there may be work of this name."""
        self._ringer.ring(name)

    def heard(self) -> int:
        """Return how often anything rang so far."""
        with self._rang:
            if self._listener is None:
                self._listener = threading.Thread(target=self._listen, name="listener", daemon=True)
                self._listener.start()
            return self._rings

    def wait(self, heard: int, seconds: float) -> None:
        """Return when anything rang since, or after so many seconds."""
        with self._rang:
            self._rang.wait_for(lambda: self._rings != heard, timeout=seconds)

    def _notify(self, names: set[str]) -> None:
        try:
            if self._sender is None or self._sender.closed:
                self._sender = self._connection()
            for name in names:
                self._sender.execute("SELECT pg_notify(%s, %s)", (CHANNEL, name))
        except psycopg.Error:
            self._sender = None
            raise

    def _listen(self) -> None:
        while not self._closed:
            try:
                with self._connection() as connection:
                    connection.execute(f"LISTEN {CHANNEL}")
                    self._wake()  # whatever rang while nobody listened
                    self._hear(connection)
            except psycopg.Error as error:
                log().warning("listening failed", error=type(error).__name__)
                self._clock.sleep(RETRY)

    def _hear(self, connection: psycopg.Connection) -> None:
        while not self._closed:
            for _ in connection.notifies(timeout=RETRY):
                self._wake()

    def _wake(self) -> None:
        with self._rang:
            self._rings += 1
            self._rang.notify_all()

    def _connection(self) -> psycopg.Connection:
        _, arguments = self._engine.dialect.create_connect_args(self._engine.url)
        options: dict[str, Any] = dict(arguments)
        return psycopg.connect(**options, autocommit=True)
