"""A line that passes bytes through, both ways: Modbus RTU and DL/T 645 over whatever carries them.

No transaction number: a late answer to an earlier request looks like an answer to this one. Therefore any byte
that is not the one right answer ends the connection, and the line stays quiet until the gateway has forgotten.
"""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, cast

from meter_bridge import rtu
from meter_bridge.answers import Fit, Fits
from meter_bridge.clock import Clock
from meter_bridge.line import (
    Connection,
    GarbledAnswerError,
    LineCutError,
    LineDownError,
    LinePlace,
    LineTimeoutError,
)
from meter_bridge.packets import without

Dial = Callable[[Callable[[], asyncio.BaseProtocol]], Coroutine[Any, Any, Connection]]


@dataclass(slots=True)
class _Asked:
    """A request under way. answer: what came of it."""

    request: bytes
    fits: Fits
    answer: asyncio.Future[bytes]


class Ear(asyncio.Protocol):
    """Hands what one connection brings to its line."""

    def __init__(self, line: "ByteLine") -> None:
        self._line = line

    def data_received(self, data: bytes) -> None:
        """Hand bytes over."""
        self._line.heard(self, data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell that the connection broke."""
        self._line.cut(self)


class ByteLine:
    """One connection, one exchange at a time (contract: meter_bridge.line.Line). dial: makes a connection."""

    def __init__(self, place: LinePlace, dial: Dial, clock: Clock) -> None:
        self._place, self._dial, self._clock = place, dial, clock
        self._transport: asyncio.WriteTransport | None = None
        self._ear: Ear | None = None
        self._asked: _Asked | None = None
        self._quiet_until = float("-inf")
        self._came = b""  # since the last answer
        self.session = 0

    @property
    def steady(self) -> bool:
        """Whether money may be sent: whoever is dialled is who answers."""
        return True

    async def ready(self) -> None:
        """Wait out the quiet time and connect; raise LineDownError."""
        if (wait := self._quiet_until - self._clock.monotonic()) > 0:
            await self._clock.sleep(wait)
        if self._transport is not None and not self._transport.is_closing():
            return
        try:
            async with asyncio.timeout(self._place.timeout):
                transport, ear = await self._dial(lambda: Ear(self))
        except (TimeoutError, OSError):
            raise LineDownError(f"{self._place} does not take a connection") from None
        self._transport, self._ear = cast(asyncio.WriteTransport, transport), cast(Ear, ear)

    async def read(self, unit: int, address: int, count: int) -> list[int]:
        """Return `count` holding registers (function 3)."""
        return rtu.registers(await self.ask(rtu.read_request(unit, address, count), rtu.fit))

    async def write(self, unit: int, address: int, values: list[int]) -> None:
        """Write registers in one frame (function 16); the line must be ready."""
        rtu.registers(await self.send(rtu.write_request(unit, address, values), rtu.fit))

    async def ask(self, request: bytes, fits: Fits) -> bytes:
        """Send a request that changes nothing and return its answer; makes the line ready by itself."""
        await self.ready()
        return await self.send(request, fits)

    async def send(self, request: bytes, fits: Fits) -> bytes:
        """Send a request once, at once, and return its answer; the line must be ready, else LineDownError."""
        transport = self._transport
        if transport is None or transport.is_closing():
            raise LineDownError("not connected")
        self._asked = _Asked(request, fits, asyncio.get_running_loop().create_future())
        try:
            transport.write(request)
            async with asyncio.timeout(self._place.timeout):
                answer = await self._asked.answer
        except BaseException as error:  # cancelled, too: the answer may be under way
            self.hang_up()
            if isinstance(error, TimeoutError):
                raise LineTimeoutError("no answer") from None
            raise
        finally:
            self._asked = None
        self._quiet_until = self._clock.monotonic() + self._place.gap
        return answer

    async def shout(self, request: bytes) -> None:
        """Send what nobody answers, to all meters of the line."""
        await self.ready()
        if self._transport is not None:
            self._transport.write(request)
        self._quiet_until = self._clock.monotonic() + self._place.quiet

    def hang_up(self) -> None:
        """Break the connection and stay silent for the quiet time."""
        self._drop()
        self._quiet_until = self._clock.monotonic() + self._place.quiet

    async def close(self) -> None:
        """Break the connection."""
        self._drop()

    def heard(self, ear: Ear, data: bytes) -> None:
        """Take in what came: the one right answer, or the end of this connection."""
        if ear is not self._ear:
            return
        asked, beat = self._asked, self._place.heartbeat
        self._came = without(beat, self._came + data)
        if beat.startswith(self._came) and beat:
            return
        if asked is None or asked.answer.done():  # nobody asked: the next answer could be an old one
            self.hang_up()
            return
        answer = self._came.removesuffix(beat)
        fit = asked.fits(asked.request, answer)
        if fit is Fit.WHOLE:
            self._came = b""
            asked.answer.set_result(answer)
        elif fit is Fit.WRONG:
            why = f"{answer.hex()} is no answer to {asked.request.hex()}"
            asked.answer.set_exception(GarbledAnswerError(why))

    def cut(self, ear: Ear) -> None:
        """Take note that a connection broke."""
        if ear is not self._ear:
            return
        self._drop()
        if self._asked is not None and not self._asked.answer.done():
            self._asked.answer.set_exception(LineCutError("the connection broke while an answer was awaited"))

    def _drop(self) -> None:
        transport, self._transport, self._ear, self._came = self._transport, None, None, b""
        if transport is not None:
            transport.close()
