"""Real servers for every test process, and an empty database for every test."""

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from requests.adapters import HTTPAdapter
from sqlalchemy import Engine

from backend.cli.migrate import upgrade
from backend.embedded.postgres import EmbeddedPostgres
from backend.embedded.valkey import EmbeddedValkey
from backend.kernel import db, queue
from backend.kernel.bell import DatabaseBell
from backend.kernel.clock import SystemClock
from backend.kernel.db import Database
from backend.kernel.entropy import Entropy
from backend.kernel.queue import RedisQueue
from backend.kernel.settings import Settings
from backend.runtime import Runtime
from backend.tables import METADATA
from meter_bridge.profile import Profile, load_profiles
from tests.made_once import made_once

SHM = Path("/dev/shm")  # memory, where there is any: tests need no disk
# One round trip: emptying one table after another took longer than many a story.
EMPTY = ";".join(
    ["SET LOCAL session_replication_role = replica", *(f"DELETE FROM {table}" for table in METADATA.sorted_tables)]
)


@pytest.fixture(autouse=True, scope="module")
def lasting() -> None:
    """Let the garbage collector leave alone what lasts: it took a sixth of all stories' time to look at it again."""
    if not gc.get_freeze_count():  # at first, and when the simulation has let go of what it froze
        gc.collect()
        gc.freeze()
        gc.set_threshold(10_000, 20, 20)


@pytest.fixture(autouse=True, scope="session")
def shared() -> Iterator[None]:
    """Let every application of this process share what each would make alike."""
    with made_once():
        yield


@pytest.fixture(scope="session")
def scratch() -> Iterator[Path]:
    """A folder of this test process alone."""
    with TemporaryDirectory(prefix="dianyuan-", dir=SHM if os.access(SHM, os.W_OK) else None) as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def postgres(scratch: Path) -> Iterator[EmbeddedPostgres]:
    """A migrated PostgreSQL."""
    with EmbeddedPostgres(scratch / "servers", fsync=False) as server:
        upgrade(server.owner_url)
        yield server


@pytest.fixture(scope="session")
def valkey(scratch: Path) -> Iterator[EmbeddedValkey]:
    """A Valkey."""
    with EmbeddedValkey(scratch / "servers") as server:
        yield server


@pytest.fixture(scope="session")
def engine(postgres: EmbeddedPostgres) -> Iterator[Engine]:
    """The database as the role `app` sees it."""
    engine = db.connect(postgres.app_url, pool_size=20)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def superuser(postgres: EmbeddedPostgres) -> Iterator[Engine]:
    """The database as its superuser: empties tables that nobody else may, and breaks rows by hand."""
    engine = db.connect(postgres.superuser_url.replace("/postgres?", "/dianyuan?"))
    yield engine
    engine.dispose()


@pytest.fixture
def database(engine: Engine, superuser: Engine) -> Database:
    """An empty database; nothing of an earlier test is left in it."""
    return emptied(engine, superuser)


def emptied(engine: Engine, superuser: Engine) -> Database:
    """Return the database with nothing left in it."""
    with superuser.begin() as connection:
        connection.exec_driver_sql(EMPTY)
    return Database(engine, SystemClock(), Entropy())


@pytest.fixture(scope="session")
def settings(scratch: Path, postgres: EmbeddedPostgres, valkey: EmbeddedValkey) -> Settings:
    """Settings of a test process; the sandbox's address is filled in by those who start one."""
    return Settings(
        var_dir=scratch / "var",
        database_url=postgres.app_url,
        migration_database_url=postgres.owner_url,
        redis_url=valkey.url,
        master_key="11" * 32,
        command_signing_key="22" * 32,
    )


@pytest.fixture(scope="session")
def profiles() -> dict[str, Profile]:
    """The shipped meter models, read once a process; a story that wants others makes a dictionary of its own."""
    return load_profiles(None)


@pytest.fixture
def runtime(settings: Settings, database: Database, profiles: dict[str, Profile]) -> Iterator[Runtime]:
    """The product's own runtime over the test servers."""
    with assembled(settings, database, profiles) as runtime:
        yield runtime


@contextmanager
def assembled(settings: Settings, database: Database, profiles: dict[str, Profile]) -> Iterator[Runtime]:
    """Put the product's own runtime together over the test servers, until the end of the block."""
    redis = queue.connect(str(settings.redis_url))
    bell = DatabaseBell(database.engine, database.clock)
    yield Runtime(
        settings=settings,
        clock=database.clock,
        database=database,
        bell=bell,
        queue=RedisQueue(redis, database.clock),
        redis=redis,
        adapter=HTTPAdapter(),
        profiles=dict(profiles),
    )
    bell.close()
