"""Real sockets for the buses of a site."""

import asyncio
from collections.abc import Callable

from meter_bridge.simulator.bus import Bus
from meter_bridge.simulator.mishaps import Due

CHUNK = 4096

Clock = Callable[[], float]


class BusServer:
    """A gateway: takes connections, passes requests to the bus and answers back."""

    def __init__(self, bus: Bus, clock: Clock) -> None:
        self._bus, self._clock = bus, clock
        self._open: list[asyncio.StreamWriter] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._connections: set[asyncio.Task[None]] = set()

    async def serve(self, host: str, port: int) -> asyncio.Server:
        """Take connections."""
        return await asyncio.start_server(self._connected, host, port)

    def down(self) -> bool:
        """Whether the gateway is down now."""
        return self._bus.down(self._clock())

    def hang_up(self) -> None:
        """Break every connection and forget what is under way."""
        for writer in self._open:
            writer.close()
        for task in self._tasks:
            task.cancel()

    async def close(self) -> None:
        """Break every connection and wait until they have ended."""
        self.hang_up()
        if self._connections:
            await asyncio.wait(self._connections, timeout=1.0)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.down():
            writer.close()
            return
        await self.attend(reader, writer)

    async def attend(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass requests to the bus until this connection ends."""
        self._open.append(writer)
        if task := asyncio.current_task():
            self._connections.add(task)
            task.add_done_callback(self._connections.discard)
        stream = bytearray()
        try:
            while came := await reader.read(CHUNK):
                stream += came
                for due in self._bus.received(stream, self._clock()):
                    self._see_to(due, writer)
                if self.down():
                    self.hang_up()
                    return
        except ConnectionError:
            return
        finally:
            self._open.remove(writer)
            writer.close()

    def _see_to(self, due: Due, asker: asyncio.StreamWriter) -> None:
        if due.delay:
            task = asyncio.create_task(self._later(due, asker))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        else:
            self._do(due, asker)

    async def _later(self, due: Due, asker: asyncio.StreamWriter) -> None:
        await asyncio.sleep(due.delay)
        self._do(due, asker)

    def _do(self, due: Due, asker: asyncio.StreamWriter) -> None:
        """Do what is due. A transparent gateway answers whoever is connected by now."""
        answer = due.act(self._clock())
        listener = self._open[-1] if self._bus.framing.transparent and self._open else asker
        if answer and not listener.is_closing():
            listener.write(answer)
