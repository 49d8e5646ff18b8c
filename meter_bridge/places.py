"""Where a line is, as its lease tells. Pure."""

from meter_bridge.line import LinePlace
from meter_bridge.packets import packet
from meter_bridge.protocol import LineLease

_BITS = 11  # of one byte on the wire at most: start, 8, parity, stop
_SILENCE = 3.5  # bytes that end a frame on a bus (Modbus over serial line V1.02, 2.5.1.1)


def place_of(lease: LineLease) -> LinePlace:
    """Return the place and the patience of a line; only on a bus of our own do we keep the silence between frames."""
    return LinePlace(
        host=lease.host,
        port=lease.port,
        timeout=lease.timeout_ms / 1000,
        quiet=lease.quiet_ms / 1000,
        gap=_SILENCE * _BITS / lease.baud if lease.device else 0.0,
        device=lease.device,
        baud=lease.baud,
        parity=lease.parity,
        stop_bits=lease.stop_bits,
        registration=lease.registration,
        heartbeat=bytes(byte or 0 for byte in packet(lease.heartbeat)),
    )
