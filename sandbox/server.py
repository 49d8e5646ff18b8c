"""A sandbox that listens: HTTP threads and the courier, in this process."""

import json
import random
import threading
from pathlib import Path
from typing import Any, Self

import urllib3
from werkzeug.serving import WSGIRequestHandler, make_server

from sandbox.app import create_app
from sandbox.books import Books
from sandbox.clock import Clock, system_clock
from sandbox.courier import Courier, CourierThread, http_poster
from sandbox.keys import MERCHANT_FILE, load_keys
from sandbox.world import World


class _Quiet(WSGIRequestHandler):
    """Log nothing: the control page shows what happened."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing about a request."""


class RunningSandbox:
    """A sandbox on a loopback port (0: any free one), from construction until `stop`."""

    def __init__(
        self,
        state_dir: Path,
        port: int = 0,
        time_scale: float = 1.0,
        *,
        host: str = "127.0.0.1",
        clock: Clock = system_clock,
        entropy: random.Random | None = None,
    ) -> None:
        chance = entropy or random.SystemRandom()
        bell = threading.Event()
        self.keys = load_keys(state_dir, chance)
        self.merchant_file = state_dir / MERCHANT_FILE
        books = Books(state_dir / "books.sqlite")
        self.world = World(books, self.keys, clock, chance, time_scale, bell.set)
        self._courier = CourierThread(Courier(self.world, http_poster()), bell)
        self._server = make_server(host, port, create_app(self.world), threaded=True, request_handler=_Quiet)
        self.url = f"http://{host}:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        self._courier.start()

    def control(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """Read /_control/<path>, or post to it when a body is given; raises on a refusal."""
        method = "GET" if body is None else "POST"
        answer = urllib3.request(method, f"{self.url}/_control/{path}", json=body)
        if answer.status >= 400:  # noqa: PLR2004 HTTP's border of errors
            raise ValueError(answer.data.decode())
        return json.loads(answer.data)

    def stop(self) -> None:
        """Stop listening and sending; the books stay."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._courier.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
