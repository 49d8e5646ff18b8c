"""The load: a process of its own that sends prepared HTTP requests over kept connections and times the answers.

`python -m bench.load PORT CONNECTIONS RATE REPEAT FILE`: RATE 0 sends as fast as answers come (closed loop), any
other rate sends at times fixed beforehand (open loop) and counts from those times, so that a slow server cannot slow
the clock that judges it. Prints one JSON object: see Told.
"""

import asyncio
import json
import struct
import sys
import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

LENGTH = struct.Struct(">I")
BLANK = b"\r\n\r\n"
PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Told:
    """What a load saw: answers by status, seconds from the first request to the last answer, seconds of each answer."""

    answers: dict[str, int]
    seconds: float
    latencies: list[float]

    @property
    def rate(self) -> float:
        """Answers a second."""
        return sum(self.answers.values()) / self.seconds

    def failures(self, good: int) -> int:
        """Return how many answers had another status."""
        return sum(count for status, count in self.answers.items() if status != str(good))


def packed(requests: Iterable[bytes]) -> bytes:
    """Return requests as a load reads them."""
    return b"".join(LENGTH.pack(len(request)) + request for request in requests)


def unpacked(text: bytes) -> Iterator[bytes]:
    """Yield the requests of a file."""
    at = 0
    while at < len(text):
        (length,) = LENGTH.unpack_from(text, at)
        yield text[at + LENGTH.size : at + LENGTH.size + length]
        at += LENGTH.size + length


class Load:
    """Sends every request once, and remembers how long each answer took."""

    def __init__(self, port: int, requests: list[bytes], connections: int) -> None:
        self._port, self._most = port, connections
        self._total = len(requests)
        self._waiting: deque[tuple[float, bytes]] = deque()
        self._later = deque(requests)
        self._free: list[Connection] = []
        self.answers: Counter[str] = Counter()
        self.latencies: list[float] = []
        self._done = asyncio.Event()

    async def as_fast_as_answered(self) -> float:
        """Keep every connection busy; return the seconds it took."""
        await self._connect()
        begun = time.monotonic()
        self._waiting = deque((0.0, request) for request in self._later)
        for connection in list(self._free):
            self._free.remove(connection)
            self.next_for(connection)
        await self._done.wait()
        return time.monotonic() - begun

    async def at_rate(self, rate: float) -> float:
        """Send at fixed times, on any free connection; return the seconds until the last answer."""
        await self._connect()
        begun = time.monotonic()
        for number, request in enumerate(self._later):
            due = begun + number / rate
            if (wait := due - time.monotonic()) > 0:
                await asyncio.sleep(wait)
            if self._free:
                self._free.pop().send(request, due)
            else:
                self._waiting.append((due, request))
        await self._done.wait()
        return time.monotonic() - begun

    def next_for(self, connection: "Connection") -> None:
        """Give a connection what waits, or let it rest."""
        if self._waiting:
            due, request = self._waiting.popleft()
            connection.send(request, due or time.monotonic())
        else:
            self._free.append(connection)

    def answered(self, status: str, since: float) -> None:
        """Note an answer."""
        self.answers[status] += 1
        self.latencies.append(time.monotonic() - since)
        if self.answers.total() == self._total:
            self._done.set()

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(min(self._most, self._total)):
            _, connection = await loop.create_connection(lambda: Connection(self), "127.0.0.1", self._port)
            self._free.append(connection)


class Connection(asyncio.Protocol):
    """One kept connection, one request at a time."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._came = b""
        self._since: float | None = None
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way out."""
        if isinstance(transport, asyncio.WriteTransport):
            self._transport = transport

    def send(self, request: bytes, since: float) -> None:
        """Send a request whose time counts from `since`."""
        if self._transport is None or self._transport.is_closing():
            self._load.answered("closed", since)
            return
        self._since = since
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Take in what came; a whole answer ends the request."""
        self._came += data
        head, blank, body = self._came.partition(BLANK)
        if not blank or len(body) < _length(head):
            return
        self._came = b""
        self._end(head[9:12].decode())

    def connection_lost(self, exc: Exception | None) -> None:
        """Count a request that got no answer."""
        if self._since is not None:
            self._end("lost")

    def _end(self, status: str) -> None:
        since, self._since = self._since, None
        if since is not None:
            self._load.answered(status, since)
            self._load.next_for(self)


def _length(head: bytes) -> int:
    _, _, after = head.lower().partition(b"content-length:")
    return int(after.split(b"\r\n", 1)[0]) if after else 0


async def _run(port: int, connections: int, rate: float, requests: list[bytes]) -> Told:
    load = Load(port, requests, connections)
    async with asyncio.timeout(PATIENCE + (len(requests) / rate if rate else PATIENCE)):
        seconds = await (load.at_rate(rate) if rate else load.as_fast_as_answered())
    return Told(dict(load.answers), seconds, load.latencies)


def main(words: list[str]) -> None:
    """Send what the file holds, repeated, and print what was seen."""
    port, connections, rate, repeat, file = words
    requests = list(unpacked(Path(file).read_bytes())) * int(repeat)
    told = asyncio.run(_run(int(port), int(connections), float(rate), requests))
    sys.stdout.write(json.dumps(asdict(told)))


if __name__ == "__main__":
    main(sys.argv[1:])
