"""A lease on a line, kept by the bridge's own monotonic clock, and a line that stops when the lease does."""

from dataclasses import dataclass, field

from meter_bridge.answers import Fits
from meter_bridge.clock import Clock
from meter_bridge.line import Line, LineDownError

HEADS = 160  # bytes of an exchange's packets around its frames: request, answer and what acknowledges them
_READ, _ANSWER, _WRITE = 8, 5, 17  # Modbus frames apart from their registers; a write with its acknowledgement


class LeaseLostError(LineDownError):
    """The line is no longer ours: nothing was sent."""


@dataclass(slots=True)
class Lease:
    """The right to use a line. until: in monotonic seconds, counted from when the request for it was sent."""

    line: str
    fence: int
    until: float
    clock: Clock
    lost: bool = field(default=False)

    def held(self) -> bool:
        """Whether the line is ours now."""
        return not self.lost and self.clock.monotonic() < self.until


class LeasedLine:
    """A line that refuses every exchange once its lease ended (contract: meter_bridge.line.Line).

    carried: bytes of every exchange so far, both ways, with the heads of their packets.
    """

    def __init__(self, line: Line, lease: Lease) -> None:
        self._line, self._lease = line, lease
        self.carried = 0

    @property
    def session(self) -> int:
        """Return the number of the connection."""
        return self._line.session

    @property
    def steady(self) -> bool:
        """Whether money may be sent."""
        return self._line.steady

    async def ready(self) -> None:
        """Make the line ready, if it is ours."""
        self._check()
        await self._line.ready()

    async def read(self, unit: int, address: int, count: int) -> list[int]:
        """Read, if the line is ours once it is ready."""
        await self.ready()
        self._check()
        self.carried += HEADS + _READ
        registers = await self._line.read(unit, address, count)
        self.carried += _ANSWER + 2 * count
        return registers

    async def write(self, unit: int, address: int, values: list[int]) -> None:
        """Write, if the line is ours."""
        self._check()
        self.carried += HEADS + _WRITE + 2 * len(values)
        await self._line.write(unit, address, values)

    async def ask(self, request: bytes, fits: Fits) -> bytes:
        """Ask, if the line is ours once it is ready."""
        await self.ready()
        self._check()
        self.carried += HEADS + len(request)
        answer = await self._line.ask(request, fits)
        self.carried += len(answer)
        return answer

    async def send(self, request: bytes, fits: Fits) -> bytes:
        """Send, if the line is ours."""
        self._check()
        self.carried += HEADS + len(request)
        answer = await self._line.send(request, fits)
        self.carried += len(answer)
        return answer

    async def shout(self, request: bytes) -> None:
        """Send to all meters, if the line is ours."""
        await self.ready()
        self._check()
        self.carried += HEADS + len(request)
        await self._line.shout(request)

    def hang_up(self) -> None:
        """Break the connection and stay silent for the quiet time."""
        self._line.hang_up()

    async def close(self) -> None:
        """Break the connection for good."""
        await self._line.close()

    def _check(self) -> None:
        if not self._lease.held():
            raise LeaseLostError("the lease of this line ended")
