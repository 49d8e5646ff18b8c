"""A serial device as a transport of asyncio: raw bytes at a baud rate, taken by one process only."""

import asyncio
import fcntl
import os
import termios
from collections.abc import Callable
from typing import cast

from meter_bridge.line import Connection, LinePlace

_CHUNK = 4096
_LONE = fcntl.LOCK_EX | fcntl.LOCK_NB


async def open_tty(place: LinePlace, factory: Callable[[], asyncio.BaseProtocol]) -> Connection:
    """Take the device of a line; raise OSError where it is missing, taken, or no serial device."""
    fd = os.open(place.device or os.devnull, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    try:
        fcntl.flock(fd, _LONE)
        _set_up(fd, place)
    except (OSError, termios.error) as error:
        os.close(fd)
        raise OSError(f"{place.device}: {error}") from None
    protocol = factory()
    transport = TtyTransport(fd, cast(asyncio.Protocol, protocol))
    protocol.connection_made(transport)
    return transport, protocol


def _set_up(fd: int, place: LinePlace) -> None:
    """Set raw mode, baud rate, parity and stop bits, and forget what came while nobody listened."""
    speed = getattr(termios, f"B{place.baud}", None)
    if speed is None:
        raise OSError(f"no baud rate {place.baud}")
    control = termios.CS8 | termios.CREAD | termios.CLOCAL
    control |= {"N": 0, "E": termios.PARENB, "O": termios.PARENB | termios.PARODD}[place.parity]
    control |= termios.CSTOPB if place.stop_bits > 1 else 0
    characters = termios.tcgetattr(fd)[6]
    characters[termios.VMIN], characters[termios.VTIME] = 0, 0
    termios.tcsetattr(fd, termios.TCSANOW, [0, 0, control, 0, speed, speed, characters])
    termios.tcflush(fd, termios.TCIOFLUSH)


class TtyTransport(asyncio.Transport):
    """One open device."""

    def __init__(self, fd: int, protocol: asyncio.Protocol) -> None:
        super().__init__()
        self._fd, self._protocol = fd, protocol
        self._loop = asyncio.get_running_loop()
        self._closing = False
        self._loop.add_reader(fd, self._readable)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send a frame; a device that does not take it whole at once is broken."""
        try:
            sent = os.write(self._fd, data) if not self._closing else 0
        except OSError:
            sent = 0
        if sent != len(data):
            self.close()

    def is_closing(self) -> bool:
        """Whether it was closed."""
        return self._closing

    def close(self) -> None:
        """Give the device back; the protocol is told soon."""
        if self._closing:
            return
        self._closing = True
        self._loop.remove_reader(self._fd)
        os.close(self._fd)
        self._loop.call_soon(self._protocol.connection_lost, None)

    def abort(self) -> None:
        """Give the device back."""
        self.close()

    def _readable(self) -> None:
        try:
            data = os.read(self._fd, _CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self._protocol.data_received(data)
        else:
            self.close()
