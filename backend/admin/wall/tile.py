"""One room as it stands on the wall: what is shown of it, and nothing else. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from backend.metering.lines.silence import Medium
from meter_bridge.protocol import CreditUnit, SupplyState


class Standing(StrEnum):
    """How urgent the credit of a room is, the most urgent first."""

    EMPTY = "empty"
    LOW = "low"
    UNKNOWN = "unknown"
    FINE = "fine"


@dataclass(frozen=True, slots=True)
class Tile:
    """A room with the worst of what its meters say. Two that are equal look the same.

    others: numbers of the room's meters of another medium. credit: as it is written, in unit; age: seconds, rounded as
    they are written. heard: whether all of its meters were read lately; gateway: whether all of their gateways answer.
    Both are None where nobody knows.
    """

    room_id: int
    number: str
    building_id: int
    building: str
    floor: str
    holder: str | None
    meters: tuple[str, ...]
    supply: SupplyState | None = None
    credit: int | None = None
    unit: CreditUnit = CreditUnit.MONEY
    standing: Standing = Standing.UNKNOWN
    heard: bool | None = None
    gateway: bool | None = None
    age: int | None = None
    frozen: bool = False
    medium: Medium = Medium.ELECTRICITY
    others: tuple[str, ...] = ()

    @property
    def mood(self) -> str:
        """Return the one word by which it is drawn, the most urgent first."""
        if not self.meters:
            return "bare"
        if self.supply is SupplyState.OPEN:
            return "cut"
        if not self.heard:
            return "silent"
        return {Standing.EMPTY: "empty", Standing.LOW: "low"}.get(self.standing, "fine")
