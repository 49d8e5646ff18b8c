"""A field for the bridge's benchmark, in a process of its own: paced lines on a port, and all that a backend says.

Each connection is a line: an exchange takes as long as its bytes take at 9600 baud, and the meter's turnaround. How
many lines are granted is told on the way: `POST /lines/50`. `GET /counted` tells what the wires carried.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from bench.wire import Pace
from meter_bridge import rtu
from meter_bridge.profile import Profile, load_profile
from meter_bridge.protocol import HeartbeatReply, LineLease, MeterPlace
from meter_bridge.read_plan import evidence_spans

METERS = 8  # on each line
HEARTBEAT = 2.0  # five times as often as a backend asks for
CLAIM = 20.0
HEAD = 6  # of a Modbus TCP frame, up to its length
REQUEST = 8  # bytes of a read request on the bus
ENROLLED = {"bridge": "B".ljust(26, "0"), "access_token": "a", "verify_key": "00" * 32}


@dataclass
class Field:
    """What is granted, and what was carried: when each line answered, and seconds by which answers left late."""

    profile: Profile
    port: int
    granted: int = 0
    answered: dict[int, list[float]] = field(default_factory=dict)
    late: list[float] = field(default_factory=list)
    readings: int = 0

    def heartbeat(self) -> bytes:
        """Return the leases."""
        lines = [self._line(number) for number in range(self.granted)]
        return HeartbeatReply(lines=lines, heartbeat_seconds=HEARTBEAT).model_dump_json().encode()

    def counted(self) -> bytes:
        """Return what was carried since the last question, and this process's own processor time."""
        late = sorted(self.late) or [0.0]
        told = {
            "per_minute": sum(60 * (len(at) - 1) / (at[-1] - at[0]) for at in self.answered.values() if len(at) > 1),
            "lines": len(self.answered),
            "late_ms": round(late[len(late) // 2] * 1000, 2),
            "late_p99_ms": round(late[len(late) * 99 // 100] * 1000, 2),
            "readings": self.readings,
            "cpu": time.process_time(),
        }
        self.answered, self.readings, self.late = {}, 0, []
        return json.dumps(told).encode()

    def _line(self, number: int) -> LineLease:
        return LineLease(
            line=f"{number:026}", fence=1, lease_seconds=30, kind=("modbus_tcp", "rtu_over_tcp")[number % 2],
            host="127.0.0.1", port=self.port + number % 2, baud=9600, timeout_ms=2000, quiet_ms=500,
            meters=[
                MeterPlace(
                    meter=f"{number:020}{unit:06}", unit=unit, serial=f"{unit:012}", profile=self.profile.code,
                    poll_seconds=self.profile.poll_seconds,
                )
                for unit in range(1, METERS + 1)
            ],
        )  # fmt: skip


class PacedLine(asyncio.Protocol):
    """One line: one exchange at a time, each as long as on the wire. framed: Modbus TCP, else RTU."""

    def __init__(self, counts: Field, *, framed: bool) -> None:
        self._counts, self._framed = counts, framed
        (span,) = evidence_spans(counts.profile)
        body = [bytes([unit, 3, 2 * span.count]) + _registers(unit, span.count) for unit in range(METERS + 1)]
        self._answers = body if framed else [rtu.framed(frame) for frame in body]
        self._seconds = Pace().seconds(REQUEST + len(body[0]) + 2)
        self._loop = asyncio.get_running_loop()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep where answers go."""
        self._transport = cast(asyncio.WriteTransport, transport)

    def data_received(self, data: bytes) -> None:
        """Answer a read when the wire would have brought the answer."""
        due = self._loop.time() + self._seconds
        unit = data[HEAD] if self._framed else data[0]
        answer = self._answers[unit]
        if self._framed:
            answer = data[:4] + len(answer).to_bytes(2, "big") + answer
        self._loop.call_at(due, self._answer, answer, due)

    def _answer(self, answer: bytes, due: float) -> None:
        now = self._loop.time()
        self._counts.answered.setdefault(id(self), []).append(now)
        self._counts.late.append(now - due)
        self._transport.write(answer)


def _registers(unit: int, count: int) -> bytes:
    """Return the serial number, in BCD, and zeros."""
    return bytes.fromhex(f"{unit:012}") + bytes(2 * count - 6)


class Backend(asyncio.Protocol):
    """Answers what a bridge asks, over HTTP on kept connections."""

    def __init__(self, counts: Field) -> None:
        self._counts, self._came = counts, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep where answers go."""
        self._transport = cast(asyncio.WriteTransport, transport)

    def data_received(self, data: bytes) -> None:
        """Answer each whole request."""
        self._came += data
        head, found, rest = self._came.partition(b"\r\n\r\n")
        if not found:
            return
        lines = head.decode().lower().split("\r\n")
        size = next((int(line[15:]) for line in lines if line.startswith("content-length:")), 0)
        if len(rest) >= size:
            self._came = b""
            self._serve(lines[0].split(" ")[1], rest)

    def _serve(self, path: str, body: bytes) -> None:
        counts = self._counts
        if path.startswith("/lines/"):
            counts.granted = int(path[7:])
        if path.endswith("/claim"):
            asyncio.get_running_loop().call_later(CLAIM, self._say, b'{"work": []}')
            return
        if path.endswith("/readings"):
            counts.readings += body.count(b'"evidence"')
        says: dict[str, Callable[[], bytes]] = {"heartbeat": counts.heartbeat, "counted": counts.counted}
        fixed = {"enrol": json.dumps(ENROLLED).encode(), "readings": b'{"stored": 0}'}
        name = path.rpartition("/")[2]
        self._say(says[name]() if name in says else fixed.get(name, b"{}"))

    def _say(self, body: bytes) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self._transport.write(head.encode() + body)


async def serve(profile: Path, port: int) -> None:
    """Serve for ever: Modbus TCP at the port, RTU at the next, the backend behind that."""
    counts, loop = Field(load_profile(profile), port), asyncio.get_running_loop()
    await loop.create_server(lambda: PacedLine(counts, framed=True), "127.0.0.1", port, backlog=1024)
    await loop.create_server(lambda: PacedLine(counts, framed=False), "127.0.0.1", port + 1, backlog=1024)
    server = await loop.create_server(lambda: Backend(counts), "127.0.0.1", port + 2)
    await server.serve_forever()


if __name__ == "__main__":
    if len(cores := sorted(os.sched_getaffinity(0))) > 1:
        os.sched_setaffinity(0, cores[1:])
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2])))
