"""A wire inside the process: connects a line to a bus without a network, under any event loop and clock."""

import asyncio
from collections.abc import Callable
from typing import cast

from meter_bridge.line import Connection
from meter_bridge.simulator.bus import Bus


class MemoryWire:
    """Connects to buses by (host, port). clock: seconds as the buses see them, such as the event loop's time."""

    def __init__(self, buses: dict[tuple[str, int], Bus], clock: Callable[[], float]) -> None:
        self._buses, self.clock = buses, clock
        self.listening: dict[str, list[MemoryTransport]] = {bus.name: [] for bus in buses.values()}

    async def __call__(self, factory: Callable[[], asyncio.BaseProtocol], host: str, port: int) -> Connection:
        """Connect a protocol; raise ConnectionRefusedError where nobody listens or the gateway is down."""
        bus = self._buses.get((host, port))
        if bus is None or bus.down(self.clock()):
            raise ConnectionRefusedError(f"{host}:{port}")
        protocol = factory()
        transport = MemoryTransport(self, bus, protocol)
        self.listening[bus.name].append(transport)
        protocol.connection_made(transport)
        return transport, protocol


class MemoryTransport(asyncio.Transport):
    """One connection over the wire."""

    def __init__(self, wire: MemoryWire, bus: Bus, protocol: asyncio.BaseProtocol) -> None:
        super().__init__()
        self._wire, self._bus, self._protocol = wire, bus, protocol
        self._stream = bytearray()
        self._closing = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send a request; what follows comes later, never at once."""
        self._stream += bytes(data)
        loop = asyncio.get_running_loop()
        for due in self._bus.received(self._stream, self._wire.clock()):
            loop.call_later(due.delay, self._do, due.act)
        if self._bus.down(self._wire.clock()):
            loop.call_soon(self._break)

    def is_closing(self) -> bool:
        """Whether it was closed."""
        return self._closing

    def close(self) -> None:
        """Close; the protocol is told soon."""
        if not self._closing:
            asyncio.get_running_loop().call_soon(self._break)
        self._closing = True

    def abort(self) -> None:
        """Close."""
        self.close()

    def take(self, answer: bytes) -> None:
        """Hand bytes to the protocol at this end."""
        if not self._closing:
            cast(asyncio.Protocol, self._protocol).data_received(answer)

    def _do(self, act: Callable[[float], bytes | None]) -> None:
        answer = act(self._wire.clock())
        listening = self._wire.listening[self._bus.name]
        listener = listening[-1] if self._bus.framing.transparent and listening else self
        if answer:
            listener.take(answer)

    def _break(self) -> None:
        listening = self._wire.listening[self._bus.name]
        if self in listening:
            listening.remove(self)
            self._closing = True
            self._protocol.connection_lost(None)
