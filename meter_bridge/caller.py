"""One who calls: until it has said who it is, and from then on."""

import asyncio
from dataclasses import dataclass
from typing import Protocol, cast

from meter_bridge.line import Connection
from meter_bridge.packets import LONGEST, packet

PATIENCE = 10.0  # for the registration
WANTED_WITHIN = 120.0  # by a line: one that is no longer ours takes no calls


@dataclass(slots=True)
class Call:
    """A call whose registration was heard. rest: what came behind it."""

    transport: asyncio.Transport
    rest: bytes
    taken: bool = False

    def take(self, protocol: asyncio.Protocol) -> Connection:
        """Connect a line's protocol."""
        self.taken = True
        self.transport.set_protocol(protocol)
        protocol.connection_made(self.transport)
        if self.rest:
            protocol.data_received(self.rest)
        return self.transport, protocol

    def drop_unwanted(self) -> None:
        """End a call that no line took."""
        if not self.taken:
            self.transport.close()


class Desk(Protocol):
    """Who decides on calls."""

    def said(self, port: int, came: bytes) -> str | None:
        """Return the registration, "" while more must come, None for a stranger."""

    def registered(self, port: int, name: str, call: Call) -> None:
        """Connect a caller."""

    def refused(self, port: int, came: bytes) -> None:
        """Count a stranger."""


class Caller(asyncio.Protocol):
    """Hears the registration of one call."""

    def __init__(self, desk: Desk, port: int) -> None:
        self._desk, self._port, self._came = desk, port, b""
        self._call: Call | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the registration, but not for long."""
        self._transport = cast(asyncio.Transport, transport)
        self._late = asyncio.get_running_loop().call_later(PATIENCE, self._refuse)

    def data_received(self, data: bytes) -> None:
        """Hear who it is; what comes before a line takes the call waits with it."""
        if self._call is not None:
            self._call.rest = (self._call.rest + data)[-LONGEST:]
            return
        self._came += data
        name = self._desk.said(self._port, self._came)
        if name:
            self._late.cancel()
            self._call = Call(self._transport, self._came[len(packet(name)) :])
            asyncio.get_running_loop().call_later(WANTED_WITHIN, self._call.drop_unwanted)
            self._desk.registered(self._port, name, self._call)
        elif name is None or len(self._came) > LONGEST:
            self._refuse()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._late.cancel()

    def _refuse(self) -> None:
        if not self._transport.is_closing():
            self._desk.refused(self._port, self._came[:LONGEST])
        self._transport.close()
