"""park.toml: which meters stand on which lines."""

import tomllib
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from meter_bridge.profile_model import Quantity
from meter_bridge.protocol import MOST_RATIO
from meter_bridge.tariff_schedule import PERIODS
from meter_bridge.tenant_loads import LoadKind

Port = Annotated[int, Field(ge=0, le=65535)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ParkMeter(_Part):
    """A meter as it is when it is first switched on. Credit is in fen, or in Wh where the profile sells energy.

    load: who uses the electricity, power_w then being their full power; without it power_w is drawn all the time.
    clock_drift_ppm: how much too fast its clock runs from the right time on; without it nobody has set its clock yet.
    period_wh: what of energy_wh was used in which tariff period; the rest is flat.
    ct_ratio, pt_ratio: of the transformers before it. All else is what flows; it measures so many times less.
    """

    unit: Annotated[int, Field(ge=1, le=247)]
    profile: str
    serial: str
    price_fen_per_kwh: Annotated[int, Field(ge=0)] = 80
    power_w: Annotated[int, Field(ge=0)] = 0
    balance_fen: int = 0
    balance_wh: int = 0
    overdraft_fen: Annotated[int, Field(ge=0)] = 0
    energy_wh: Annotated[int, Field(ge=0)] = 0
    period_wh: dict[Quantity, Annotated[int, Field(ge=0)]] = {}
    load: LoadKind | None = None
    litres_per_hour: Annotated[int, Field(ge=0)] = 0
    volume_l: Annotated[int, Field(ge=0)] = 0
    ct_ratio: Annotated[int, Field(ge=1, le=MOST_RATIO)] = 1
    pt_ratio: Annotated[int, Field(ge=1, le=MOST_RATIO)] = 1
    clock_drift_ppm: Annotated[int, Field(ge=-100_000, le=100_000)] | None = None

    @model_validator(mode="after")
    def _periods_fit(self) -> Self:
        if unknown := self.period_wh.keys() - set(PERIODS):
            raise ValueError(f"period_wh: {min(unknown)} is no tariff period")
        if sum(self.period_wh.values()) > self.energy_wh:
            raise ValueError("period_wh: the periods are more than energy_wh")
        return self


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
