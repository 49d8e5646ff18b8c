"""Everything the pages need, as real processes on ports of their own: servers, sandbox, meters, product."""

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from backend.cli.migrate import upgrade
from backend.cli.supervision.process import Listen, Process, Unit
from backend.embedded.postgres import EmbeddedPostgres
from backend.embedded.valkey import EmbeddedValkey
from backend.kernel.settings import Settings, generate_secrets, read_secrets
from backend.runtime import Runtime, real
from meter_bridge.simulator.control import ask
from tests.browser.town import Seeded, demo_json, park_toml, seed
from tests.chaos.fleet import Fleet
from tests.chaos.town import free_ports

ROOT = Path(__file__).parents[2]
TIME_SCALE = 10.0
LEFT_OUT = ("PYTHONDONTWRITEBYTECODE", "DATABASE_URL", "MIGRATION_DATABASE_URL", "REDIS_URL")


@dataclass(frozen=True)
class Stage:
    """Where everything is, and how to make things happen outside the pages."""

    url: str
    sandbox: str
    control_port: int
    seeded: Seeded
    runtime: Runtime

    def control(self, path: str, body: dict[str, Any]) -> Any:
        """Make something happen in the sandbox."""
        answer = httpx.post(f"{self.sandbox}/_control/{path}", json=body, trust_env=False, timeout=10)
        answer.raise_for_status()
        return answer.json()

    def gateway_down(self, line: str, seconds: float) -> None:
        """Take a gateway off the network."""
        assert ask(self.control_port, {"do": "down", "line": line, "seconds": seconds})["ok"]

    def display(self, serial: str) -> dict[str, Any]:
        """Return what a meter shows on its own display."""
        meters = ask(self.control_port, {"do": "meters"})["meters"]
        return next(meter for meter in meters if meter["serial"] == serial)


@contextmanager
def running_stage(var: Path) -> Iterator[Stage]:
    """Run everything until the end of the block."""
    generate_secrets(var)
    web, api, sandbox, control, *lines = free_ports(6)
    plain = _environment(var, web, sandbox)
    postgres, valkey = EmbeddedPostgres(var, fsync=False), EmbeddedValkey(var)
    with ExitStack() as stack:
        argv = _python("sandbox", "--address", f"127.0.0.1:{sandbox}", "--state", str(var / "sandbox"))
        outside = Process("sandbox", argv, plain, ROOT, (Listen("127.0.0.1", sandbox),))
        servers = Fleet([postgres, valkey, outside], var / "logs")
        stack.callback(servers.stop)
        servers.start()
        upgrade(postgres.owner_url)
        runtime = real(_settings(var, postgres, valkey))
        stack.callback(runtime.database.engine.dispose)
        with runtime.database.transaction() as session:
            seeded = seed(session, runtime, lines, var / "sandbox" / "merchant.toml")
        _write_files(var, lines, control, seeded)
        inside = {**plain, "DATABASE_URL": postgres.app_url, "REDIS_URL": valkey.url}
        product = Fleet([*_product(web, api, inside), *_field(var, lines, api, plain)], var / "logs")
        stack.callback(product.stop)
        product.start()
        yield Stage(f"http://127.0.0.1:{web}", f"http://127.0.0.1:{sandbox}", control, seeded, runtime)


def _environment(var: Path, web: int, sandbox: int) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in LEFT_OUT}
    return {
        **kept,
        "PYTHONPATH": f"{ROOT}:{ROOT / 'miniprogram-api'}",
        "PYTHONUNBUFFERED": "1",
        "VAR_DIR": str(var),
        "TIME_SCALE": str(TIME_SCALE),
        "PUBLIC_URL": f"http://127.0.0.1:{web}",
        "WECHAT_API_ORIGIN": f"http://127.0.0.1:{sandbox}",
        "WECHAT_PAY_ORIGIN": f"http://127.0.0.1:{sandbox}",
    }


def _settings(var: Path, postgres: EmbeddedPostgres, valkey: EmbeddedValkey) -> Settings:
    servers = {"database_url": postgres.app_url, "redis_url": valkey.url}
    return Settings.model_validate({"var_dir": var, "time_scale": TIME_SCALE, **servers, **read_secrets(var)})


def _product(web: int, api: int, env: dict[str, str]) -> list[Unit]:
    return [
        _server("web", web, env, 8),
        _server("bridge-api", api, env, 8),
        Process("ticker", _python("backend.cli", "ticker"), env, ROOT),
        Process("worker", _python("backend.cli", "worker"), env, ROOT),
    ]


def _field(var: Path, lines: list[int], api: int, env: dict[str, str]) -> list[Unit]:
    park = _python("meter_bridge.simulator", "--park", str(var / "park.toml"), "--state", str(var / "simulator"))
    bridge = _python("meter_bridge", "--api", f"http://127.0.0.1:{api}", "--state", str(var / "bridge"))
    return [
        Process("meters", park, env, ROOT, tuple(Listen("127.0.0.1", port) for port in lines)),
        Process("bridge", bridge, env, ROOT),
    ]


def _server(name: str, port: int, env: dict[str, str], threads: int) -> Process:
    argv = _python(
        *("granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--no-ws"),
        *("--workers", "1", "--blocking-threads", str(threads), "--workers-kill-timeout", "3", "wsgi:app"),
    )
    return Process(name, argv, env, ROOT, (Listen("127.0.0.1", port),), http_path="/livez")


def _write_files(var: Path, lines: list[int], control: int, seeded: Seeded) -> None:
    (var / "park.toml").write_text(park_toml(lines, control))
    (var / "demo.json").write_text(demo_json(seeded))
    (var / "bridge").mkdir(mode=0o700)
    (var / "bridge" / "enrolment.token").write_text(seeded.bridge_token)


def _python(module: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", module, *arguments)
