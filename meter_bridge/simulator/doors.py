"""How a bus is reached that does not listen on a port: through a serial device, or by calling somebody."""

import asyncio
import contextlib
import os
import tempfile
import tty
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

from meter_bridge.packets import packet
from meter_bridge.simulator.park import ParkLine

Attend = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]
REDIAL = 0.02


def device_of(line: str) -> Path:
    """Return the name under which the serial device of a line will be found."""
    return Path(tempfile.mkdtemp(prefix="meters-")) / line


async def serve_device(path: Path, attend: Attend) -> None:
    """Stand at the other end of a serial device for ever; one that was pulled out comes back as a new one."""
    while True:
        async with _pty(path) as (reader, writer):
            await attend(reader, writer)
        await asyncio.sleep(REDIAL)


async def call(line: ParkLine, host: str, down: Callable[[], bool], attend: Attend) -> None:
    """Call for ever as a DTU does: say who it is, then pass frames, with heartbeats in between."""
    while True:
        await asyncio.sleep(REDIAL)
        if down():
            continue
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection(host, line.port)
            writer.write(_bytes(line.registration))
            beating = asyncio.create_task(_beat(writer, line))
            try:
                await attend(reader, writer)
            finally:
                beating.cancel()


async def _beat(writer: asyncio.StreamWriter, line: ParkLine) -> None:
    while line.heartbeat and not writer.is_closing():
        await asyncio.sleep(line.heartbeat_seconds)
        writer.write(_bytes(line.heartbeat))


def _bytes(written: str) -> bytes:
    return bytes(byte or 0 for byte in packet(written))


@contextlib.asynccontextmanager
async def _pty(path: Path) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Make a serial device under this name; our own hold on its far end keeps it from ending when nobody listens."""
    loop = asyncio.get_running_loop()
    near, far = os.openpty()
    tty.setraw(far)
    path.unlink(missing_ok=True)
    path.symlink_to(os.ttyname(far))
    reader = asyncio.StreamReader()
    incoming, _ = await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(os.dup(near), "rb", 0)
    )
    outgoing, protocol = await loop.connect_write_pipe(
        asyncio.streams.FlowControlMixin, os.fdopen(os.dup(near), "wb", 0)
    )
    try:
        yield reader, asyncio.StreamWriter(outgoing, protocol, reader, loop)
    finally:
        incoming.close()
        outgoing.close()
        os.close(near)
        os.close(far)
