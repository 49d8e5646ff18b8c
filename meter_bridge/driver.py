"""The contract of a driver: a way of speaking to one meter over a line, as its profile says."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from meter_bridge.clock import Clock
from meter_bridge.line import Line
from meter_bridge.parameter_exchange import Told
from meter_bridge.plugins import by_code, plugins_in
from meter_bridge.profile import Profile
from meter_bridge.profile_model import EVIDENCE
from meter_bridge.protocol import (
    CommandKind,
    Condition,
    Evidence,
    MeterPlace,
    ParameterCode,
    ParameterSetting,
)
from meter_bridge.read_plan import Quantities

READ_TRIES = 3


class Driver(Protocol):
    """Reads evidence and writes orders. Every method may raise LineError."""

    async def evidence(self, tries: int = READ_TRIES, wanted: Quantities = EVIDENCE) -> Evidence:
        """Read what the meter says of itself; a missing answer is asked for again, until the tries are used up.

        wanted: what is asked for; what lies in the same frames may come along.
        """

    async def proof(self, kind: CommandKind, tries: int = READ_TRIES) -> Mapping[str, datetime | int | None]:
        """Read what proves such an order, as fields of the evidence, where no poll brings it; nothing for others."""

    async def condition(self, tries: int = READ_TRIES) -> Condition:
        """Read what the meter measures and warns of; nothing where its profile has no such register."""

    async def poll(self, tries: int, wanted: Quantities) -> tuple[Evidence, Condition | None]:
        """Read both as far as they are wanted, in as few exchanges as possible."""

    async def top_up(self, amount: int, purchase_no: int | None) -> None:
        """Write credit (in the credit unit), once: the line must be ready. Never repeated here."""

    async def order(self, kind: CommandKind) -> None:
        """Write what any other command says, once: the line must be ready."""

    async def parameters(self, codes: Iterable[ParameterCode], tries: int = READ_TRIES) -> Told:
        """Read these parameters as far as the profile has them; None: the meter refuses, or holds no such value."""

    async def write_parameter(self, setting: ParameterSetting) -> None:
        """Write one parameter, each piece of it once: the line must be ready, and the profile must hold the value."""


@dataclass(frozen=True, slots=True)
class DriverKind:
    """A way of speaking: its code, how to make a driver for a meter on a line, and whether it needs raw frames."""

    code: str
    make: Callable[[Line, MeterPlace, Profile, Clock], Driver]
    needs_transparent: bool = False


def driver_kinds() -> dict[str, DriverKind]:
    """Return every driver found in meter_bridge/drivers."""
    return by_code(plugins_in("meter_bridge.drivers", DriverKind))
