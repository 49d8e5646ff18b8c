"""The wire between bridges and buses: what is under way stays under way when a bridge dies or sleeps."""

import asyncio
import contextvars
from collections.abc import Callable

from meter_bridge.line import Connection
from meter_bridge.simulator.bus import Bus
from meter_bridge.simulator.framing import WRITE_MANY
from meter_bridge.simulator.memory_wire import MemoryTransport, MemoryWire
from tests.simulation.loop import HERE, Process
from tests.simulation.meters import Money, WatchedMeter
from tests.simulation.scene import Scene

Written = Callable[[WatchedMeter, Money], None]
Closing = Callable[[WatchedMeter], None]


class SimulatedWire(MemoryWire):
    """Connects to buses by (host, port). written, closing: told of such a write the moment it leaves a bridge."""

    def __init__(self, scene: Scene, buses: dict[tuple[str, int], Bus], written: Written, closing: Closing) -> None:
        super().__init__(buses, scene.loop.time)
        self.scene, self.written, self.closing = scene, written, closing

    async def __call__(self, factory: Callable[[], asyncio.BaseProtocol], host: str, port: int) -> Connection:
        """Connect a protocol; raise ConnectionRefusedError where nobody listens or the gateway is down."""
        bus = self._buses.get((host, port))
        if bus is None or bus.down(self.clock()):
            raise ConnectionRefusedError(f"{host}:{port}")
        protocol = factory()
        transport = SimulatedTransport(self, bus, protocol)
        self.listening[bus.name].append(transport)
        protocol.connection_made(transport)
        return transport, protocol

    def forget(self, process: Process) -> None:
        """Close the connections of a process that died."""
        for transports in self.listening.values():
            transports[:] = [t for t in transports if not isinstance(t, SimulatedTransport) or t.process is not process]


class SimulatedTransport(MemoryTransport):
    """One connection of one process."""

    def __init__(self, wire: SimulatedWire, bus: Bus, protocol: asyncio.BaseProtocol) -> None:
        super().__init__(wire, bus, protocol)
        self._simulated = wire
        self._home = contextvars.copy_context()
        self.process = HERE.get()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send a request; the bus sees to it, whatever becomes of the sender."""
        scene, now = self._simulated.scene, self._wire.clock()
        self._watch(bytes(data))
        self._stream += bytes(data)
        for due in self._bus.received(self._stream, now):
            scene.later(due.delay, lambda act=due.act: self._do(act))  # type: ignore[misc] # bound here
        if self._bus.down(now):
            scene.later(0.0, self._break)

    def take(self, answer: bytes) -> None:
        """Hand bytes to the protocol, in its own process."""
        if not self._closing:
            self._simulated.scene.loop.call_soon(self._receive, answer, context=self._home)

    def close(self) -> None:
        """Close; the protocol is told soon."""
        if not self._closing:
            self._simulated.scene.later(0.0, self._break)
        self._closing = True

    def _receive(self, answer: bytes) -> None:
        if not self._closing:
            self._protocol.data_received(answer)  # type: ignore[attr-defined] # a stream protocol

    def _break(self) -> None:
        listening = self._wire.listening[self._bus.name]
        if self in listening:
            listening.remove(self)
            self._closing = True
            self._simulated.scene.loop.call_soon(self._protocol.connection_lost, None, context=self._home)

    def _watch(self, data: bytes) -> None:
        request = self._bus.framing.cut(bytearray(data))
        if request is None or request.pdu[0] != WRITE_MANY:
            return
        meter = self._bus.meters.get(request.unit)
        words = [int.from_bytes(request.pdu[i : i + 2], "big") for i in range(6, len(request.pdu), 2)]
        if isinstance(meter, WatchedMeter):
            address = int.from_bytes(request.pdu[1:3], "big")
            money = meter.asked_to_take(address, words)
            if money is not None:
                self._simulated.written(meter, money)
            if meter.asked_to_close(address, words):
                self._simulated.closing(meter)
