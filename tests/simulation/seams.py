"""The product's seams to the outside, played: time, bell, job queue, randomness and the wire to the provider."""

import asyncio
import random
from collections.abc import Callable, Mapping
from datetime import datetime
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from backend.runtime import Runtime
from tests.simulation.plan import SELDOM
from tests.simulation.scene import Scene
from tests.simulation.switching import may_wait, wait_for

PATIENCE = 20.0  # waiters of the bell look again this many times more seldom: idle seconds cost real ones
FAILS = 500

Look = Callable[[], Scene]


class SimulatedClock:
    """The backend's clock: virtual, and wrong in a process whose clock jumped."""

    def __init__(self, look: Look) -> None:
        self._look = look

    def now(self) -> datetime:
        """Return the time as the process that asks believes it to be."""
        return self._look().local_now()

    def monotonic(self) -> float:
        """Return virtual seconds."""
        return self._look().loop.time()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        wait_for(asyncio.sleep(seconds))


class SimulatedBell:
    """Rings at once, or not at all."""

    def __init__(self, look: Look, is_open: Callable[[], bool]) -> None:
        self._look, self._is_open = look, is_open
        self._rings = 0
        self._waiting: list[asyncio.Future[None]] = []

    def ring(self, name: str) -> None:
        """Wake whoever waits."""
        scene = self._look()
        if self._is_open():
            scene.fail(f"the bell {name!r} rings before the commit: whoever wakes finds nothing")
        if scene.chance.strikes("bell lost", name):
            return
        self._rings += 1
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            if not one.done():
                one.set_result(None)

    def heard(self) -> int:
        """Return how often it rang."""
        return self._rings

    def wait(self, heard: int, seconds: float) -> None:
        """Return when it rang since, or after a while."""
        if self._rings == heard:
            wait_for(self._rung(seconds * PATIENCE))

    async def _rung(self, seconds: float) -> None:
        rung: asyncio.Future[None] = self._look().loop.create_future()
        self._waiting.append(rung)
        await asyncio.wait([rung], timeout=seconds)


class SimulatedQueue:
    """Has a worker run a drain, unless Redis is gone; what waits already is not asked for twice."""

    def __init__(
        self, look: Look, drains: Mapping[str, Callable[[Runtime], int]], runtime: Callable[[], Runtime]
    ) -> None:
        self._look, self._drains, self._runtime = look, drains, runtime

    def start(self, drain: str) -> None:
        """Ask that this drain runs."""
        scene = self._look()
        if scene.chance.strikes("Redis gone", drain) or drain in scene.queued:
            return
        if drain in SELDOM and not scene.plan.thorough:
            return
        scene.queued.add(drain)
        scene.later(scene.chance.between("queue", 0.001, 0.5), lambda: scene.loop.spawn(None, self._work(scene, drain)))

    async def _work(self, scene: Scene, drain: str) -> None:
        scene.queued.discard(drain)
        try:
            await scene.hosts["worker"].run(lambda: self._drains[drain](self._runtime()))
        except Exception as error:  # noqa: BLE001 a job that fails is a job that fails
            scene.story.tell("worker", f"{drain} failed: {type(error).__name__}")


class SeededBytes:
    """A source of bytes that can be set back to the beginning of a seed."""

    def __init__(self) -> None:
        self.chance = random.Random(0)

    def __call__(self, length: int) -> bytes:
        """Return so many bytes."""
        return self.chance.randbytes(length)


class ProviderWire(BaseAdapter):
    """Carries requests to the sandbox's own program inside this process."""

    def __init__(self, look: Look, answer: Callable[..., "Answer"]) -> None:
        super().__init__()
        self._look, self._answer = look, answer

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """Send one request, or lose it, or lose its answer."""
        scene = self._look()
        scene.step("before calling the provider")
        if scene.chance.strikes("provider unreachable"):
            raise requests.ConnectionError("lost on the way")
        if scene.chance.strikes("provider error"):
            return _response(request, FAILS, {}, b'{"code":"SYSTEM_ERROR","message":""}')
        place = urlsplit(request.url or "")
        body = request.body if isinstance(request.body, bytes) else (request.body or "").encode()
        status, headers, said = self._answer(
            request.method, str(place.path), str(place.query), dict(request.headers.items()), body
        )
        scene.story.tell("provider", f"answers {status} to {request.method} {place.path}")
        if scene.chance.strikes("provider answer lost"):
            raise requests.ReadTimeout("no answer")
        if may_wait():
            scene.step("after calling the provider")
        return _response(request, status, headers, said)

    def close(self) -> None:
        """Have nothing to close."""


Answer = tuple[int, dict[str, str], bytes]


def _response(
    request: requests.PreparedRequest, status: int, headers: dict[str, str], body: bytes
) -> requests.Response:
    response = requests.Response()
    response.status_code, response.request, response.url = status, request, request.url or ""
    response.headers = CaseInsensitiveDict(headers)
    response.raw = BytesIO(body)
    response._content = body
    response.encoding = "utf-8"
    return response


def wsgi(app: Callable[..., Any], method: str, path: str, query: str, headers: dict[str, str], body: bytes) -> Answer:
    """Have a Flask program answer one request."""
    told: list[Any] = []
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "RAW_URI": f"{path}?{query}" if query else path,
        "SERVER_NAME": "sim",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(body),
        "wsgi.errors": None,
        "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": headers.get("Content-Type", "application/json"),
    }
    environ |= {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    parts = app(environ, lambda status, fields, exc_info=None: told.extend([status, fields]))
    said = b"".join(parts)
    if hasattr(parts, "close"):
        parts.close()
    return int(told[0].split()[0]), dict(told[1]), said
