"""The product on a real port, against the sandbox on another."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter
from werkzeug.serving import make_server

from backend.app import create_app
from backend.kernel.db import Database
from backend.kernel.entropy import Entropy
from backend.runtime import Runtime
from backend.vending.models import CreditOrder
from sandbox.server import RunningSandbox
from tests.park import KnownPark, build

PATIENCE = 10.0


@dataclass
class World:
    """Everything a story needs: the product, its park, and the world outside."""

    runtime: Runtime
    park: KnownPark
    sandbox: RunningSandbox
    url: str
    http: requests.Session = field(default_factory=requests.Session)

    def pay(self, order_no: str, **how: Any) -> Any:
        """Pay an order in the sandbox."""
        return self.sandbox.control(f"pay/{order_no}", {"mode": "normal", **how})

    def order(self, order_no: str) -> CreditOrder:
        """Return an order as it stands in the database."""
        with self.runtime.database.transaction() as session:
            return session.query(CreditOrder).filter_by(order_no=order_no).one()

    def wait_for(self, done: Callable[[], Any], what: str) -> Any:
        """Wait until something is true; fail with its name when it does not come."""
        clock = self.runtime.clock
        end = clock.monotonic() + PATIENCE
        while clock.monotonic() < end:
            if found := done():
                return found
            clock.sleep(0.02)
        raise AssertionError(f"did not happen in {PATIENCE} s: {what}")


@pytest.fixture(scope="session")
def sandbox(scratch: Path) -> Iterator[RunningSandbox]:
    """The world outside, on a real port."""
    with RunningSandbox(scratch / "sandbox", time_scale=100) as running:
        yield running


@pytest.fixture
def time_scale() -> float:
    """How many times faster than the rules say leases, waits and retries run."""
    return 1.0


@pytest.fixture
def world(runtime: Runtime, sandbox: RunningSandbox, time_scale: float) -> Iterator[World]:
    """The product with its park, served on a real port."""
    app: dict[str, Any] = {}
    server = make_server("127.0.0.1", 0, lambda environ, start: app["wsgi"](environ, start), threaded=True)  # noqa: PLW0108 the app comes later
    url = f"http://127.0.0.1:{server.server_port}"
    settings = runtime.settings.model_copy(
        update={"public_url": url, "wechat_api_origin": sandbox.url, "wechat_pay_origin": sandbox.url}
    )
    database = Database(runtime.database.engine, runtime.clock, Entropy(), time_scale)
    here = replace(runtime, settings=settings, database=database, adapter=HTTPAdapter(pool_maxsize=32))
    app["wsgi"] = create_app(here)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield World(here, build(here, merchant_file=sandbox.merchant_file), sandbox, url)
    server.shutdown()
    thread.join()
    server.server_close()
