"""Everything that runs: servers, the outside world, two of each of the product's processes, and the wires between."""

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from backend.cli.migrate import upgrade
from backend.cli.supervision.process import Listen, Process, Unit
from backend.embedded.postgres import EmbeddedPostgres
from backend.embedded.valkey import EmbeddedValkey
from backend.kernel.settings import Settings, generate_secrets, read_secrets
from backend.runtime import Runtime, real
from tests.chaos.fleet import Fleet, Watched
from tests.chaos.proxy import Proxy
from tests.chaos.town import BRIDGES, LINES, Seeded, free_ports, park_toml, seed

ROOT = Path(__file__).parents[2]
TIME_SCALE = 10.0
LEFT_OUT = ("PYTHONDONTWRITEBYTECODE", "DATABASE_URL", "MIGRATION_DATABASE_URL", "REDIS_URL")


@dataclass(frozen=True)
class Site:
    """What the payers, the strikes and the reckoning need."""

    runtime: Runtime
    seeded: Seeded
    units: dict[str, Watched]
    front: Proxy  # before both webs: what clients and the provider reach
    api: Proxy  # between the bridges and their API
    control_port: int  # of the simulated meters
    sandbox: str
    var: Path


class Ports:
    """Every port of a site."""

    def __init__(self) -> None:
        drawn = iter(free_ports(8 + len(LINES)))
        self.web_1, self.web_2, self.api, self.front, self.api_front = (next(drawn) for _ in range(5))
        self.sandbox, self.control, _ = (next(drawn) for _ in range(3))
        self.lines = list(drawn)


@contextmanager
def running_site(var: Path) -> Iterator[Site]:
    """Run everything, on disk and with fsync, until the end of the block."""
    generate_secrets(var)
    ports = Ports()
    postgres, valkey = EmbeddedPostgres(var), EmbeddedValkey(var)
    sandbox = f"http://127.0.0.1:{ports.sandbox}"
    with ExitStack() as stack:
        plain = _environment(var, ports, sandbox)
        servers = Fleet([postgres, valkey, _sandbox(var, ports, plain)], var / "logs")
        stack.callback(servers.stop)
        servers.start()
        upgrade(postgres.owner_url)
        runtime = real(_settings(var, postgres, valkey))
        stack.callback(runtime.database.engine.dispose)
        with runtime.database.transaction() as session:
            seeded = seed(session, runtime, ports.lines, var / "sandbox" / "merchant.toml")
        _write_files(var, ports, seeded)
        front, api = Proxy(ports.front, ports.web_1, ports.web_2), Proxy(ports.api_front, ports.api)
        stack.callback(api.close)
        stack.callback(front.close)
        inside = {**plain, "DATABASE_URL": postgres.app_url, "REDIS_URL": valkey.url}
        product = Fleet([*_product(ports, inside), *_field(var, ports, plain)], var / "logs")
        stack.callback(product.stop)
        product.start()
        yield Site(runtime, seeded, servers.units | product.units, front, api, ports.control, sandbox, var)


def _environment(var: Path, ports: Ports, sandbox: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in LEFT_OUT}
    return {
        **kept,
        "PYTHONPATH": f"{ROOT}:{ROOT / 'miniprogram-api'}",
        "PYTHONUNBUFFERED": "1",
        "VAR_DIR": str(var),
        "TIME_SCALE": str(TIME_SCALE),
        "PUBLIC_URL": f"http://127.0.0.1:{ports.front}",
        "WECHAT_API_ORIGIN": sandbox,
        "WECHAT_PAY_ORIGIN": sandbox,
    }


def _settings(var: Path, postgres: EmbeddedPostgres, valkey: EmbeddedValkey) -> Settings:
    return Settings.model_validate(
        {
            "var_dir": var,
            "database_url": postgres.app_url,
            "redis_url": valkey.url,
            "time_scale": TIME_SCALE,
            **read_secrets(var),
        }
    )


def _sandbox(var: Path, ports: Ports, env: dict[str, str]) -> Unit:
    argv = _python("sandbox", "--address", f"127.0.0.1:{ports.sandbox}", "--state", str(var / "sandbox"))
    return Process("sandbox", argv, env, ROOT, (Listen("127.0.0.1", ports.sandbox),))


def _product(ports: Ports, env: dict[str, str]) -> list[Unit]:
    return [
        *(_server(name, port, env, 8) for name, port in (("web-1", ports.web_1), ("web-2", ports.web_2))),
        _server("bridge-api", ports.api, env, 16),
        *(Process(name, _python("backend.cli", "ticker"), env, ROOT) for name in ("ticker-1", "ticker-2")),
        Process("worker", _python("backend.cli", "worker"), env, ROOT),
    ]


def _field(var: Path, ports: Ports, env: dict[str, str]) -> list[Unit]:
    park = _python("meter_bridge.simulator", "--park", str(var / "park.toml"), "--state", str(var / "simulator"))
    listens = tuple(Listen("127.0.0.1", port) for port in ports.lines)
    api = f"http://127.0.0.1:{ports.api_front}"
    return [
        Process("meters", park, env, ROOT, listens),
        *(
            Process(name, _python("meter_bridge", "--api", api, "--state", str(var / name)), env, ROOT)
            for name in BRIDGES
        ),
    ]


def _server(name: str, port: int, env: dict[str, str], threads: int) -> Process:
    argv = _python(
        *("granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--no-ws"),
        *("--workers", "1", "--blocking-threads", str(threads), "--workers-kill-timeout", "3", "wsgi:app"),
    )
    return Process(name, argv, env, ROOT, (Listen("127.0.0.1", port),), http_path="/livez")


def _write_files(var: Path, ports: Ports, seeded: Seeded) -> None:
    (var / "park.toml").write_text(park_toml(ports.lines, ports.control))
    for name, token in seeded.bridge_tokens.items():
        (var / name).mkdir(mode=0o700)
        (var / name / "enrolment.token").write_text(token)


def _python(module: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", module, *arguments)
