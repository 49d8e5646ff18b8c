"""The contract of a line: one exchange at a time with meters on a bus, through a gateway we dial."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from meter_bridge.answers import Fits
from meter_bridge.clock import Clock
from meter_bridge.plugins import by_code, plugins_in

NOT_APPLIED_CODES = frozenset({1, 2, 3})


class LineError(Exception):
    """An exchange that brought no good answer."""

    may_have_arrived: ClassVar[bool | None] = True


class LineDownError(LineError):
    """No connection: nothing was sent, a write has certainly not arrived."""

    may_have_arrived = False


class OpaqueLineError(LineDownError):
    """The line does not carry such frames: nothing was sent."""


class LineTimeoutError(LineError):
    """Sent, but no answer in time: a write may have arrived, or arrive even now."""


class LineCutError(LineError):
    """Sent, then the connection broke: a write may have arrived."""


class GarbledAnswerError(LineError):
    """Bytes came that are no answer to what was asked: a write may have arrived."""


class MeterExceptionError(LineError):
    """The meter, or the gateway for it, answered with an exception code.

    Codes 1, 2 and 3 say that a write was not taken. Any other code leaves it open.
    """

    may_have_arrived = None

    def __init__(self, code: int, why: str = "") -> None:
        super().__init__(f"exception {code:02d}" + (f": {why}" if why else ""))
        self.code = code

    @property
    def refused(self) -> bool:
        """Whether the meter says that it took nothing."""
        return self.code in NOT_APPLIED_CODES


class Line(Protocol):
    """Speaks to units on a bus. Not for two tasks at once: each line has one task.

    session: changes when another gateway may be at the other end: read who is there before writing.
    """

    @property
    def session(self) -> int:
        """Return the number of the connection, for lines that are called; else 0."""

    @property
    def steady(self) -> bool:
        """Whether money may be sent: not while connections come and go."""

    async def ready(self) -> None:
        """Wait until the bus is quiet and the connection stands; raise LineDownError."""

    async def read(self, unit: int, address: int, count: int) -> list[int]:
        """Return `count` registers. Makes the line ready by itself; sends one request, never a second."""

    async def write(self, unit: int, address: int, values: list[int]) -> None:
        """Write registers in one frame, at once: the line must be ready, else LineDownError. Never sent twice.

        Returning means that the meter acknowledged. That is not yet success: only a read-back is.
        """

    async def ask(self, request: bytes, fits: Fits) -> bytes:
        """Send a frame that changes nothing and return what fits it. Makes the line ready by itself.

        Raises OpaqueLineError where the line carries Modbus only.
        """

    async def send(self, request: bytes, fits: Fits) -> bytes:
        """Send a frame once, at once, and return what fits it: the line must be ready, else LineDownError."""

    async def shout(self, request: bytes) -> None:
        """Send a frame that no meter answers."""

    def hang_up(self) -> None:
        """Break the connection and stay silent for the quiet time, so that no late answer finds a listener."""

    async def close(self) -> None:
        """Break the connection for good."""


Connection = tuple[asyncio.BaseTransport, asyncio.BaseProtocol]
Wire = Callable[[Callable[[], asyncio.BaseProtocol], str, int], Coroutine[Any, Any, Connection]]


async def tcp_wire(factory: Callable[[], asyncio.BaseProtocol], host: str, port: int) -> Connection:
    """Connect a protocol to a gateway over TCP. A simulation gives a wire of its own instead."""
    return await asyncio.get_running_loop().create_connection(factory, host, port)


@dataclass(frozen=True, slots=True)
class LinePlace:
    """Where a line is, and its patience in seconds.

    timeout: for an answer; quiet: silence after a missing one; gap: silence between two frames. device, baud, parity
    (N, E, O) and stop_bits: a serial bus. registration: what a caller says first (meter_bridge.packets); heartbeat:
    what it sends between frames.
    """

    host: str
    port: int
    timeout: float
    quiet: float
    gap: float = 0.0
    device: str = ""
    baud: int = 9600
    parity: str = "N"
    stop_bits: int = 1
    registration: str = ""
    heartbeat: bytes = b""

    def __str__(self) -> str:
        return self.device or self.registration or f"{self.host}:{self.port}"

    @property
    def longest_exchange(self) -> float:
        """Return how long one exchange may keep the line busy."""
        return self.timeout + self.quiet


@dataclass(frozen=True, slots=True)
class LineKind:
    """A kind of line: its code, and how to open one.

    transparent: it carries any frame, not Modbus only. called: it waits for calls; its wire is a switchboard.
    """

    code: str
    open: Callable[[LinePlace, Wire, Clock], Line]
    transparent: bool = False
    called: bool = False


def line_kinds() -> dict[str, LineKind]:
    """Return every kind of line found in meter_bridge/lines."""
    return by_code(plugins_in("meter_bridge.lines", LineKind))
