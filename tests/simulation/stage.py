"""What is built once a process and used by every seed: servers, programs, keys, the park and a way back to it."""

import gc
import logging
import random
import sys
from collections.abc import Callable, MutableMapping
from pathlib import Path
from types import TracebackType
from typing import Any

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask, got_request_exception
from psycopg.errors import InFailedSqlTransaction
from redis import Redis
from sqlalchemy.exc import InternalError, OperationalError

from backend.app import create_app
from backend.embedded.postgres import EmbeddedPostgres
from backend.jobs.drains import DRAINS
from backend.kernel.db import Session
from backend.kernel.entropy import Entropy
from backend.kernel.settings import Settings
from backend.metering.group_models import MeterGroup, MeterGroupMember
from backend.metering.lines.enrolment import enrol, invite_bridge
from backend.runtime import Runtime
from meter_bridge.api import ApiRefusalError
from meter_bridge.profile import load_profiles
from sandbox.app import create_app as create_sandbox
from sandbox.books import Books
from sandbox.keys import Keys, merchant_toml
from sandbox.world import World
from tests.park import KnownPark, build
from tests.simulation.database import SimulatedDatabase
from tests.simulation.engines import connect, looker
from tests.simulation.locks import hire
from tests.simulation.plan import draw
from tests.simulation.rewinding import Rewinding
from tests.simulation.scene import START, Scene
from tests.simulation.seams import ProviderWire, SeededBytes, SimulatedBell, SimulatedClock, SimulatedQueue, wsgi
from tests.simulation.small_keys import small_keys

BRIDGES = ("bridge one", "bridge two")
EXPECTED = (OperationalError, InternalError, ApiRefusalError, ConnectionError)
ORIGIN = "http://pay"


class Stage:
    """One per process. committed: called after each commit that touched money."""

    def __init__(self, folder: Path, postgres: EmbeddedPostgres) -> None:
        self.folder = folder
        self.scene: Scene = Scene(draw(0))
        self.scene.chance.calm = True
        self.committed: Callable[[], None] = lambda: None
        self.engine = connect(postgres.app_url, (self._note, self._changed))
        self._superuser = connect(postgres.superuser_url.replace("/postgres?", "/dianyuan?"))
        self.looker = looker(postgres.superuser_url.replace("/postgres?", "/dianyuan?"))
        self.keys: Keys = small_keys()
        self.sandbox = World(Books(), self.keys, self._epoch_seconds, random.Random(0))
        self.sandbox_app = create_sandbox(self.sandbox)
        self.bytes = SeededBytes()
        self.runtime = self._runtime(postgres)
        self.app: Flask = create_app(self.runtime)
        self._extensions = dict(self.app.extensions)
        self._listen()
        self._rewinding = Rewinding(self._superuser)
        self._rewinding.empty()
        self.park: KnownPark = self._build()
        self.lockers, self.group_id = self.runtime.database.run(self._hire)
        self.tokens = {name: self._enrolled(name) for name in BRIDGES}
        self._rewinding.remember()
        gc.collect()
        gc.freeze()

    def set_up(self, scene: Scene) -> None:
        """Put everything back to where a seed begins."""
        self.scene = scene
        scene.hosts["web"].died = self.forget
        self.forget()
        self._rewinding.rewind()
        self.sandbox.books.store.rows("DELETE FROM record")
        self.sandbox.books.store.rows("DELETE FROM sqlite_sequence")
        self.sandbox.entropy.seed(f"sandbox {scene.plan.seed}")
        self.bytes.chance.seed(f"product {scene.plan.seed}")

    def forget(self) -> None:
        """Lose what the web process kept in its memory."""
        self.app.extensions.clear()
        self.app.extensions.update(self._extensions)

    def run_sql(self, statement: str) -> None:
        """Change something that the park was built with."""
        with self._superuser.begin() as connection:
            connection.exec_driver_sql(statement)

    @property
    def verify_key(self) -> str:
        """The key bridges check orders with."""
        key: Ed25519PrivateKey = self.runtime.signing_key
        return key.public_key().public_bytes_raw().hex()

    def close(self) -> None:
        """Let go of the connections and of what was changed for the whole process."""
        got_request_exception.disconnect(self._caught)
        gc.unfreeze()
        structlog.reset_defaults()
        logging.disable(logging.NOTSET)
        self.looker.close()
        self.engine.dispose()
        self._superuser.dispose()
        self.sandbox.books.store.close()

    def _runtime(self, postgres: EmbeddedPostgres) -> Runtime:
        clock = SimulatedClock(lambda: self.scene)
        database = SimulatedDatabase(self.engine, clock, Entropy(self.bytes), lambda: self.scene, self._committed)
        self.database = database
        settings = Settings(
            var_dir=self.folder,
            database_url=postgres.app_url,
            redis_url="unix:///nowhere",
            master_key="11" * 32,
            command_signing_key="22" * 32,
            public_url="http://us",
            wechat_pay_origin=ORIGIN,
        )
        return Runtime(
            settings=settings,
            clock=clock,
            database=database,
            bell=SimulatedBell(lambda: self.scene, lambda: database.open > 0),
            queue=SimulatedQueue(lambda: self.scene, DRAINS, lambda: self.runtime),
            redis=Redis.from_url("unix:///nowhere"),
            adapter=ProviderWire(lambda: self.scene, lambda *request: wsgi(self.sandbox_app, *request)),
            profiles=load_profiles(None),
        )

    def _note(self, statement: str) -> str:
        return self.database.note(statement)

    def _changed(self, statement: str) -> None:
        self.database.changed(statement)

    def _committed(self) -> None:
        self.committed()

    def _build(self) -> KnownPark:
        file = self.folder / "merchant.toml"
        file.write_text(merchant_toml(self.keys))
        return build(self.runtime, merchant_file=file)

    def _hire(self, session: Session) -> tuple[list[int], int]:
        """Add people who hang locks, and a group of two meters, one of them with a relay only."""
        own = self.park.organisation.id
        people, group = hire(session, own), MeterGroup(organisation_id=own, name="feeder", park_id=None)
        session.add(group)
        session.flush()
        for metered in (self.park.relay, self.park.counting):
            session.add(MeterGroupMember(organisation_id=own, group_id=group.id, meter_id=metered.meter.id))
        return people, group.id

    def _enrolled(self, name: str) -> str:
        with self.runtime.database.transaction() as session:
            token = invite_bridge(session, organisation_id=self.park.organisation.id, name=name)
            session.flush()
            return enrol(session, token=token, verify_key=self.verify_key).access_token

    def _epoch_seconds(self) -> float:
        return START.timestamp() + self.scene.loop.time()

    def _listen(self) -> None:
        """Hear of every exception that the product caught; those that no fault explains break the seed."""
        logging.disable(logging.CRITICAL)
        got_request_exception.connect(self._caught, weak=False)
        structlog.configure(processors=[self._log], cache_logger_on_first_use=False)

    def _log(self, _logger: Any, method: str, line: MutableMapping[str, Any]) -> str:
        if line.get("exc_info") or method == "exception":
            self._caught(None, exception=sys.exc_info()[1])
        raise structlog.DropEvent

    def _caught(self, _sender: object, exception: BaseException | None = None, **_: object) -> None:
        expected = not self.scene.chance.calm and isinstance(exception, EXPECTED) and not _is_late(exception)
        if exception is not None and not expected:
            self.scene.fail(f"nothing explains {type(exception).__name__}: {exception}"[:400])


def _is_late(error: BaseException) -> bool:
    """Whether this is a statement after one that failed: nobody rolled back what could not go on."""
    return isinstance(error, InternalError) and isinstance(error.orig, InFailedSqlTransaction)


class BuiltStage:
    """A stage with a PostgreSQL of its own: `with BuiltStage(folder) as stage`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> Stage:
        from backend.cli.migrate import upgrade  # noqa: PLC0415 only who needs a server of his own needs it

        self._postgres = EmbeddedPostgres(self._folder / "servers", fsync=False)
        self._postgres.__enter__()
        upgrade(self._postgres.owner_url)
        self._stage = Stage(self._folder, self._postgres)
        return self._stage

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stage.close()
        self._postgres.__exit__(kind, error, trace)
