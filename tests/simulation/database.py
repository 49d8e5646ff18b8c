"""The product's database in virtual time: actors take turns at the borders of transactions, and faults strike there."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache

import psycopg
from greenlet import getcurrent  # type: ignore[import-untyped] # it publishes no types
from psycopg import errors as pg
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from backend.kernel.clock import Clock
from backend.kernel.db import Database, Session
from backend.kernel.entropy import Entropy
from tests.simulation.scene import Scene
from tests.simulation.switching import Lane, may_wait

# The database itself refuses, so that nothing more can be done before the transaction is rolled back.
FAIL = "DO $$BEGIN RAISE 'applying fails' USING ERRCODE = 'internal_error'; END$$"
MATTERS = 3.0  # how much likelier a commit fails that moves money
MONEY = (
    "ledger_transfer", "receipt", "meter_command", "credit_order", "UPDATE meter SET", "UPDATE account",
    "UPDATE line SET bridge_id", "maintenance_lock",
)  # fmt: skip


WRITTEN = re.compile(r'(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)')


class SimulatedSession(Session):
    """A transaction in virtual time."""

    true_now: Callable[[], datetime]

    def database_now(self) -> datetime:
        """Return the database's own time."""
        return self.true_now()


class SimulatedDatabase(Database):
    """Calls `committed` after each commit that touched money. look: returns the scene, None before the first.

    written: the tables that statements named to write to them; whoever looks at them takes them out.
    """

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        entropy: Entropy,
        look: Callable[[], Scene | None],
        committed: Callable[[], None],
    ) -> None:
        super().__init__(engine, clock, entropy)
        self._look, self._committed = look, committed
        self._touched = self._received = False
        self._session: Session | None = None
        self.open = 0
        self.written: set[str] = set()

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Yield a session that commits once, at the end, or not at all, or that fails in one of the drawn ways."""
        scene = self._look()
        playing, weight = scene if scene is not None and may_wait() else None, 1.0
        if playing is not None:
            playing.step("before a transaction")
            _perhaps(playing, "database down")
        self._touched = self._received = False
        with self._one(scene, self.engine) as session:
            yield session
            if playing is not None:
                session.flush()
                weight = MATTERS if self._touched else 1.0
                _perhaps(playing, "database asks again", weight, pg.SerializationFailure)
                _perhaps(playing, "database fails at commit", weight)
        if self._touched:
            self._committed()
        if playing is not None:
            _perhaps(playing, "database answer lost", weight)
            playing.step("after a transaction")

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Yield a session that only reads, each statement by itself."""
        scene = self._look()
        if scene is not None and may_wait():
            scene.step("before reading")
            _perhaps(scene, "database down")
        with self._one(scene, self._autocommitting) as session:
            yield session

    @contextmanager
    def _one(self, scene: Scene | None, engine: Engine) -> Iterator[Session]:
        session = SimulatedSession(engine, expire_on_commit=False)
        session.clock, session.entropy, session.time_scale = self.clock, self.entropy, self.time_scale
        session.true_now = scene.now if scene is not None else self.clock.now
        lane = getcurrent()
        self.open += 1
        self._session = session
        if isinstance(lane, Lane):
            lane.in_transaction = True
        try:
            with session, session.begin():
                yield session
        finally:
            self.open -= 1
            self._session = None
            if isinstance(lane, Lane):
                lane.in_transaction = False

    def note(self, statement: str) -> str:
        """Return what to run: this statement, or a failure in place of one that applies a receipt."""
        scene, session = self._look(), self._session
        if "SAVEPOINT" in statement:
            self._received = False
        elif scene is not None and session is not None and (self._received or session.in_nested_transaction()):
            self._received = False
            if scene.chance.strikes("applying fails"):
                return FAIL
        self._received |= "INTO receipt\n" in statement
        self.written |= _written(statement)
        return statement

    def changed(self, statement: str) -> None:
        """Remember whether this transaction touched money. statement: it found or changed some row."""
        self._touched = self._touched or _touches_money(statement)


@cache
def _written(statement: str) -> frozenset[str]:
    return frozenset(WRITTEN.findall(statement))


@cache
def _touches_money(statement: str) -> bool:
    return not statement.startswith("SELECT") and any(word in statement for word in MONEY)


def _perhaps(
    scene: Scene,
    fault: str,
    weight: float = 1.0,
    kind: type[psycopg.Error] = psycopg.OperationalError,
) -> None:
    if scene.chance.strikes(fault, weight=weight):
        raise OperationalError(fault, None, kind(fault))
