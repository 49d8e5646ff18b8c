"""The ground a measurement stands on: PostgreSQL with fsync, Valkey, keys of the outside world, and the environment."""

import os
import random
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import create_engine, insert, text

import meter_bridge.profiles
from backend.cli.migrate import upgrade
from backend.embedded.postgres import EmbeddedPostgres
from backend.embedded.valkey import EmbeddedValkey
from backend.kernel.settings import Settings
from backend.runtime import Runtime, real
from bench.bare import KEY, BareRow, Base
from bench.load import Told, packed
from bench.processes import ROOT, Running, free_port, granian, running
from bench.sending import send
from sandbox.keys import MERCHANT_FILE, Keys, load_keys

SLOW = "PYTHONDONTWRITEBYTECODE"
PROFILES = "profiles"
PROFILE, POLLED = "reference_cas", "bench_polled"


@dataclass(frozen=True)
class Site:
    """Servers that run, and what processes over them are told."""

    folder: Path
    postgres: EmbeddedPostgres
    valkey: EmbeddedValkey

    @cached_property
    def env(self) -> dict[str, str]:
        """The environment of the product's processes."""
        inherited = {name: value for name, value in os.environ.items() if name != SLOW}
        return inherited | {
            "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'miniprogram-api'}",
            "PYTHONUNBUFFERED": "1",
            "VAR_DIR": str(self.folder / "var"),
            "DATABASE_URL": self.postgres.app_url,
            "REDIS_URL": self.valkey.url,
            "MASTER_KEY": "11" * 32,
            "COMMAND_SIGNING_KEY": "22" * 32,
            "BENCH_DATABASE_URL": self.postgres.app_url,
            "METER_PROFILES_DIR": str(self.folder / PROFILES),
        }

    @cached_property
    def runtime(self) -> Runtime:
        """The product's own runtime, to fill the database with."""
        told = {name.lower(): value for name, value in self.env.items() if name.lower() in Settings.model_fields}
        return real(Settings.model_validate(told))

    def new_keys(self) -> tuple[Keys, Path]:
        """Return keys of a new merchant and its platform, and the file of them that the product imports."""
        folder = self.folder / f"outside-{len(list(self.folder.glob('outside-*')))}"
        return load_keys(folder, random.SystemRandom()), folder / MERCHANT_FILE

    @contextmanager
    def serving(self, name: str, app: str, threads: int = 8, **more: str) -> Iterator[Running]:
        """Serve an application with the product's settings."""
        port = free_port()
        with running(name, granian(app, port, threads), self.env | more, self.folder, port=port) as server:
            yield server

    def count_rows(self) -> None:
        """Let the planner know how many rows there are, as autovacuum does within minutes in production.

        Call it when there is some history: plans made over empty tables, and kept, read whole tables later.
        """
        engine = create_engine(self.postgres.owner_url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text("ANALYZE"))
        engine.dispose()

    def load(self, server: Running, requests: list[bytes], **how: float) -> Told:
        """Send requests to a server from a process of its own (bench.sending.send)."""
        file = self.folder / "requests"
        file.write_bytes(packed(requests))
        return send(server.port, file, self.env, **how)


@contextmanager
def site() -> Iterator[Site]:
    """Start the servers in a new folder on a real disk, with the product's tables and the baseline's."""
    with TemporaryDirectory(prefix="dianyuan-bench-") as made, ExitStack() as stack:
        folder = Path(made)
        # the time of each commit is kept, so that an instant can be told without asking again and again
        kept = {"track_commit_timestamp": "on"}
        postgres = stack.enter_context(EmbeddedPostgres(folder / "servers", settings=kept))
        valkey = stack.enter_context(EmbeddedValkey(folder / "servers"))
        upgrade(postgres.owner_url)
        _lay_baseline(postgres.owner_url)
        _lay_profile(folder / PROFILES)
        ground = Site(folder, postgres, valkey)
        yield ground
        ground.runtime.database.engine.dispose()


def _lay_baseline(url: str) -> None:
    engine = create_engine(url)
    Base.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(text(f"GRANT SELECT, INSERT ON {BareRow.__tablename__} TO app"))
        connection.execute(text(f"GRANT USAGE ON SEQUENCE {BareRow.__tablename__}_id_seq TO app"))
        connection.execute(insert(BareRow).values(key=KEY, amount=1))
    engine.dispose()


def _lay_profile(folder: Path) -> None:
    """Write the reference meter under another code, polled each second: some of them keep a line busy."""
    folder.mkdir()
    shipped = Path(meter_bridge.profiles.__path__[0], f"{PROFILE}.toml").read_text()
    changed = shipped.replace(f'code = "{PROFILE}"', f'code = "{POLLED}"')
    (folder / f"{POLLED}.toml").write_text(changed.replace("poll_seconds = 60", "poll_seconds = 1"))
