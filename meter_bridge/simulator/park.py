"""park.toml: which meters stand on which lines."""

import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Port = Annotated[int, Field(ge=0, le=65535)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ParkMeter(_Part):
    """A meter as it is when it is first switched on. Credit is in fen, or in Wh where the profile sells energy."""

    unit: Annotated[int, Field(ge=1, le=247)]
    profile: str
    serial: str
    price_fen_per_kwh: Annotated[int, Field(ge=0)] = 80
    power_w: Annotated[int, Field(ge=0)] = 0
    balance_fen: int = 0
    balance_wh: int = 0
    overdraft_fen: Annotated[int, Field(ge=0)] = 0
    energy_wh: Annotated[int, Field(ge=0)] = 0


class ParkLine(_Part):
    """A gateway and the meters on its bus. With pace, exchanges take the time they take at this baud rate."""

    name: str
    kind: Literal["modbus_tcp", "rtu_over_tcp", "serial", "dial_in"]
    port: Port = 0  # dial_in: the port of the bridge that is called
    registration: str = ""
    heartbeat: str = ""
    heartbeat_seconds: Annotated[float, Field(gt=0)] = 30.0
    baud: Annotated[int, Field(ge=300)] = 9600
    pace: bool = False
    turnaround_ms: Annotated[int, Field(ge=0)] = 30
    meter: list[ParkMeter] = []


class Park(_Part):
    """All lines, and the port on which faults are asked for. Port 0 lets the system choose."""

    host: str = "127.0.0.1"
    control_port: Port = 0
    line: list[ParkLine]


def load_park(file: Path) -> Park:
    """Read a park file."""
    return Park.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
