"""A TCP proxy of our own: spreads connections over its targets, and can be cut."""

import asyncio
import threading
from contextlib import suppress
from itertools import cycle

CHUNK = 65_536


class Proxy:
    """Listens on a port, in a thread of its own, and passes bytes on to the first of its targets that answers."""

    def __init__(self, port: int, *targets: int) -> None:
        self.port = port
        self._targets, self._turn = targets, cycle(range(len(targets)))
        self._loop = asyncio.new_event_loop()
        self._refuse_until = self._mute_until = 0.0
        self._open: set[asyncio.StreamWriter] = set()
        self._serving = threading.Event()
        self._thread = threading.Thread(target=self._live, daemon=True)
        self._thread.start()
        assert self._serving.wait(10)

    def refuse(self, seconds: float) -> None:
        """Break every connection, and take none for so long."""
        self._loop.call_soon_threadsafe(self._break, seconds)

    def mute(self, seconds: float) -> None:
        """Keep connections, but pass nothing on for so long."""
        self._loop.call_soon_threadsafe(lambda: setattr(self, "_mute_until", self._loop.time() + seconds))

    def close(self) -> None:
        """End."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def _live(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._connected, "127.0.0.1", self.port))
        self._serving.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0.05))
        self._loop.close()

    def _break(self, seconds: float) -> None:
        self._refuse_until = self._loop.time() + seconds
        for writer in self._open:
            writer.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there = None if self._loop.time() < self._refuse_until else await self._target()
        if there is None:
            writer.close()
            return
        ends = {writer, there[1]}
        self._open |= ends
        with suppress(asyncio.CancelledError):
            await asyncio.gather(self._pass(reader, there[1]), self._pass(there[0], writer))
        self._open -= ends

    async def _target(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        first = next(self._turn)
        for number in range(len(self._targets)):
            target = self._targets[(first + number) % len(self._targets)]
            with suppress(OSError):
                return await asyncio.open_connection("127.0.0.1", target)
        return None

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while came := await reader.read(CHUNK):
                while (muted := self._mute_until - self._loop.time()) > 0:
                    await asyncio.sleep(muted)
                writer.write(came)
                await writer.drain()
        writer.close()
