"""What a line needs to be told beyond the address and the port of its gateway."""

from dataclasses import dataclass

from backend.metering.models import Bridge
from meter_bridge.profile import Profile

MODBUS, MODBUS_ONLY = "modbus", frozenset({"modbus_tcp"})


@dataclass(frozen=True, slots=True)
class LineDetails:
    """A bus on a device, or a DTU that calls. home: the one bridge that may use it; nobody else has the device.

    registration: what the DTU says first, heartbeat: what it sends in between (docs/bridge-protocol.md, "Calls").
    monthly_bytes: what its SIM card may carry.
    """

    home: Bridge | None = None
    device: str = ""
    parity: str = "N"
    stop_bits: int = 1
    registration: str = ""
    heartbeat: str = ""
    monthly_bytes: int | None = None


PLAIN = LineDetails()


def carries(kind: str, profile: Profile) -> bool:
    """Whether a line of this kind passes the frames of such a meter."""
    return profile.driver == MODBUS or kind not in MODBUS_ONLY
