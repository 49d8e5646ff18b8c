"""Take the calls of DTUs: whoever says the registration of a line is connected to it, the newest first."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import cast

import structlog

from meter_bridge.caller import Call, Caller
from meter_bridge.line import Connection
from meter_bridge.packets import Packet, begins, packet
from meter_bridge.protocol import RefusedCall

MOST_STRANGERS = 100

log = structlog.get_logger()


class Switchboard:
    """Listens where lines wait for calls; a wire for lines that are called (meter_bridge.line.Wire).

    strangers: how often each registration that no line waits for was refused, by port and packet in hexadecimal.
    """

    def __init__(self, host: str) -> None:
        self._host = host
        self._servers: dict[int, asyncio.Server] = {}
        self._wanted: dict[tuple[int, str], Packet] = {}
        self._calls: dict[tuple[int, str], Call] = {}
        self._called = asyncio.Event()
        self.strangers: Counter[tuple[int, str]] = Counter()

    async def __call__(self, factory: Callable[[], asyncio.BaseProtocol], host: str, port: int) -> Connection:
        """Wait for the call with the registration `host` (meter_bridge.packets), and connect a protocol to it."""
        if not host:
            raise OSError("a line that is called needs a registration")
        await self.expect(port, host)
        while (call := self.caller(port, host)) is None:
            self._called.clear()
            await self._called.wait()
        return call.take(cast(asyncio.Protocol, factory()))

    def caller(self, port: int, registration: str) -> Call | None:
        """Return the call that waits to be taken; None while there is none."""
        call = self._calls.get((port, registration))
        return None if call is None or call.taken or call.transport.is_closing() else call

    def told(self) -> list[RefusedCall]:
        """Return the strangers as a heartbeat tells them."""
        return [RefusedCall(port=port, packet=said, times=n) for (port, said), n in self.strangers.most_common()]

    async def expect(self, port: int, registration: str) -> None:
        """Take calls with this registration at this port from now on; raise OSError where the port is taken."""
        self._wanted[port, registration] = packet(registration)
        if port not in self._servers:
            loop = asyncio.get_running_loop()
            self._servers[port] = await loop.create_server(lambda: Caller(self, port), self._host, port)

    async def close(self) -> None:
        """Take no more calls and end those there are."""
        for server in self._servers.values():
            server.close()
        for call in self._calls.values():
            call.transport.close()

    def said(self, port: int, came: bytes) -> str | None:
        """Return the registration these first bytes of a call are, "" while more must come, None for a stranger."""
        patterns = {name: wanted for (at, name), wanted in self._wanted.items() if at == port}
        fitting = [name for name, wanted in patterns.items() if begins(came, wanted)]
        whole = [name for name in fitting if len(came) >= len(patterns[name])]
        return max(whole, key=lambda name: len(patterns[name])) if whole else "" if fitting else None

    def registered(self, port: int, name: str, call: Call) -> None:
        """Connect a caller: the one before, half-open perhaps, is ended."""
        before = self._calls.get((port, name))
        if before is not None:
            before.transport.close()
        self._calls[port, name] = call
        log.info("call_taken", port=port, registration=name, instead=before is not None)
        self._called.set()

    def refused(self, port: int, came: bytes) -> None:
        """Count a stranger."""
        key = (port, came.hex())
        if key in self.strangers or len(self.strangers) < MOST_STRANGERS:
            self.strangers[key] += 1
        if self.strangers[key] == 1:
            log.warning("call_refused", port=port, packet=came.hex())
