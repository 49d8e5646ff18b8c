"""Frames as a gateway sees them: cut requests out of a stream, wrap answers. Pure."""

from dataclasses import dataclass
from typing import Protocol

from pymodbus.framer import FramerRTU

from meter_bridge import dlt645
from meter_bridge.dlt645 import Dlt645Error, Frame

READ, WRITE_ONE, WRITE_MANY = 0x03, 0x06, 0x10
_HEADER = 7


@dataclass(frozen=True, slots=True)
class Request:
    """A request: the unit, its PDU, and the transaction number where there is one; or a frame of DL/T 645."""

    unit: int
    pdu: bytes
    transaction: int = 0
    frame: Frame | None = None

    @property
    def writes(self) -> bool:
        """Whether it changes something."""
        if self.frame is not None:
            return self.frame.control != dlt645.READ
        return self.pdu[0] in (WRITE_ONE, WRITE_MANY)


class Framing(Protocol):
    """How requests and answers lie in a stream. transparent: late answers reach whoever is connected then."""

    transparent: bool

    def cut(self, stream: bytearray) -> Request | None:
        """Take the first whole request out of the stream."""

    def wrap(self, request: Request, unit: int, pdu: bytes) -> bytes:
        """Return an answer as it goes over the wire."""

    def garbled(self, frame: bytes) -> bytes:
        """Return an answer with flipped bits."""


class TcpFraming:
    """Modbus TCP."""

    transparent = False

    def cut(self, stream: bytearray) -> Request | None:
        """Take the first whole request out of the stream."""
        if len(stream) < _HEADER or len(stream) < (size := 6 + int.from_bytes(stream[4:6], "big")):
            return None
        frame = bytes(stream[:size])
        del stream[:size]
        return Request(frame[6], frame[_HEADER:], int.from_bytes(frame[:2], "big"))

    def wrap(self, request: Request, unit: int, pdu: bytes) -> bytes:
        """Return the answer under the request's transaction number."""
        return (
            request.transaction.to_bytes(2, "big") + bytes(2) + (1 + len(pdu)).to_bytes(2, "big") + bytes([unit]) + pdu
        )

    def garbled(self, frame: bytes) -> bytes:
        """Flip bits of the header. The data lie under TCP's checksum, and under the gateway's on the bus."""
        return bytes([*frame[:2], frame[2] ^ 0x55, *frame[3:]])


class RtuFraming:
    """What goes through a transparent gateway: RTU, and DL/T 645 behind its preamble, which is no unit of Modbus.

    A frame with a bad checksum is thrown away with all that follows it.
    """

    transparent = True

    def cut(self, stream: bytearray) -> Request | None:
        """Take the first whole request out of the stream."""
        if stream.startswith(dlt645.PREAMBLE[:1]):
            return _cut_dlt645(stream)
        if len(stream) < _HEADER:
            return None
        size = 9 + stream[6] if stream[1] == WRITE_MANY else 8
        if len(stream) < size:
            return None
        frame = bytes(stream[:size])
        del stream[:size]
        if not FramerRTU.check_CRC(frame[:-2], int.from_bytes(frame[-2:], "big")):
            stream.clear()
            return None
        return Request(frame[0], frame[1:-2])

    def wrap(self, request: Request, unit: int, pdu: bytes) -> bytes:
        """Return the answer with its checksum."""
        frame = bytes([unit]) + pdu
        return frame + FramerRTU.compute_CRC(frame).to_bytes(2, "big")

    def garbled(self, frame: bytes) -> bytes:
        """Flip bits of the data: only the checksum tells."""
        return bytes([*frame[:-3], frame[-3] ^ 0x55, *frame[-2:]])


def _cut_dlt645(stream: bytearray) -> Request | None:
    size = dlt645.size_of(stream)
    if size is None or len(stream) < size:
        return None
    raw = bytes(stream[:size])
    del stream[:size]
    try:
        frame = dlt645.decoded(raw)
    except Dlt645Error:
        stream.clear()
        return None
    return Request(0, bytes([frame.control]) + frame.data, frame=frame)


FRAMINGS: dict[str, Framing] = {
    "modbus_tcp": TcpFraming(),
    "rtu_over_tcp": RtuFraming(),
    "serial": RtuFraming(),
    "dial_in": RtuFraming(),
}
