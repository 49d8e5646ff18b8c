"""The processes of a complete installation, as values."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from backend.cli.demo_park import CONTROL_PORT, LINES
from backend.cli.supervision.leftovers import mark_of
from backend.cli.supervision.process import Listen, Process, Unit
from backend.embedded.postgres import EmbeddedPostgres
from backend.embedded.valkey import EmbeddedValkey
from backend.kernel.clock import Clock
from backend.kernel.settings import Settings

ROOT = Path(__file__).parents[3]
SANDBOX = "127.0.0.1:8090"
METERS = tuple(Listen("127.0.0.1", line.port) for line in LINES if not line.calls)
CALLED = tuple(Listen("127.0.0.1", line.port) for line in LINES if line.calls)  # by DTUs, at the bridge
QUIET = ("--log-level", "error")  # its start is ours to tell; it warns of threads we mean to have
CONTROL = Listen("127.0.0.1", CONTROL_PORT)
# What neither the sandbox, nor the meters, nor the bridge may know.
_OURS_ALONE = ("DATABASE_URL", "MIGRATION_DATABASE_URL", "REDIS_URL", "MASTER_KEY", "COMMAND_SIGNING_KEY")
_SLOW = ("PYTHONDONTWRITEBYTECODE",)  # images set it, and then every process compiles everything, for seconds


class Plan:
    """Every unit of a run, in the order of starting; settings say which servers are real."""

    def __init__(self, settings: Settings, var_dir: Path, clock: Clock) -> None:
        self._settings = settings
        self._var_dir = var_dir
        self._postgres = None if settings.database_url else EmbeddedPostgres(var_dir, clock=clock)
        self._valkey = None if settings.redis_url else EmbeddedValkey(var_dir, clock=clock)
        self.web = Listen.parse(settings.web_address, "WEB_ADDRESS")
        self.bridge_api = Listen.parse(settings.bridge_api_address, "BRIDGE_API_ADDRESS")
        self.sandbox = Listen.parse(os.environ.get("SANDBOX_ADDRESS") or SANDBOX, "SANDBOX_ADDRESS")

    @property
    def listens(self) -> tuple[Listen, ...]:
        """Every address the run needs for itself."""
        return (self.web, self.bridge_api, self.sandbox, *METERS, *CALLED, CONTROL)

    def units(self) -> list[Unit]:
        """Return the servers, the steps that prepare them, and the processes that use them."""
        servers: list[Unit] = [server for server in (self._postgres, self._valkey) if server is not None]
        return [*servers, *self._demo_world(), *self._product()]

    def _demo_world(self) -> list[Unit]:
        """Return what the outside world is in a demo, with the steps that fill the database in between."""
        var, outside, inside = self._var_dir, self._outside(), {**self._inside(), **self._as_owner()}
        park, state = str(var / "park.toml"), str(var / "simulator")
        return [
            self._command("migrate", inside),
            Process(
                "sandbox",
                _python(
                    "sandbox", "--address", f"{self.sandbox.host}:{self.sandbox.port}", "--state", str(var / "sandbox")
                ),
                outside,
                ROOT,
                (self.sandbox,),
            ),
            self._command("seed", inside),
            Process(
                "meters",
                _python("meter_bridge.simulator", "--park", park, "--state", state),
                outside,
                ROOT,
                METERS,
            ),
        ]

    def _product(self) -> list[Unit]:
        inside = self._inside()
        to_api = ["--api", _origin(self.bridge_api), "--state", str(self._var_dir / "bridge")]
        if self._settings.log_format == "text":
            to_api.append("--log-text")
        return [
            self._server("web", self.web, self._settings.web_threads),
            self._server("bridge-api", self.bridge_api, self._settings.bridge_api_threads),
            Process("ticker", _python("backend.cli", "ticker"), inside, ROOT),
            Process("worker", _python("backend.cli", "worker"), inside, ROOT),
            Process("bridge", _python("meter_bridge", *to_api), self._outside(), ROOT),
        ]

    def _server(self, name: str, listen: Listen, threads: int) -> Process:
        argv = _python(
            *("granian", "--interface", "wsgi", "--host", listen.host, "--port", str(listen.port), "--no-ws"),
            *("--workers", "1", "--blocking-threads", str(threads), "--workers-kill-timeout", "5", *QUIET, "wsgi:app"),
        )
        return Process(name, argv, self._inside(), ROOT, (listen,), http_path="/livez")

    @staticmethod
    def _command(name: str, env: Mapping[str, str]) -> Process:
        return Process(name, _python("backend.cli", name), env, ROOT, one_shot=True)

    def _inside(self) -> dict[str, str]:
        """Return the environment of our own processes, which see the database as the role app."""
        settings = self._settings
        return {
            **self._outside(),
            **{name: os.environ[name] for name in ("MASTER_KEY", "COMMAND_SIGNING_KEY") if name in os.environ},
            "DATABASE_URL": self._postgres.app_url if self._postgres else settings.database_url or "",
            "REDIS_URL": self._valkey.url if self._valkey else settings.redis_url or "",
        }

    def _as_owner(self) -> dict[str, str]:
        url = self._postgres.owner_url if self._postgres else self._settings.migration_database_url or ""
        return {"MIGRATION_DATABASE_URL": url}

    def _outside(self) -> dict[str, str]:
        """Return the environment without what is ours alone."""
        defaults = {
            "PUBLIC_URL": _origin(self.web),
            "WECHAT_API_ORIGIN": _origin(self.sandbox),
            "WECHAT_PAY_ORIGIN": _origin(self.sandbox),
        }
        inherited = {name: value for name, value in os.environ.items() if name not in (*_OURS_ALONE, *_SLOW)}
        fixed = {"VAR_DIR": str(self._var_dir), "PYTHONUNBUFFERED": "1", **mark_of(self._var_dir)}
        return {**defaults, **inherited, **fixed}


def _python(module: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", module, *arguments)


def _origin(listen: Listen) -> str:
    host, port = listen.reachable
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
