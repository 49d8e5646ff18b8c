"""What the demo park is made of, as plain values."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from backend.estate.models import RoomKind
from backend.staff.roles import StaffRole
from meter_bridge.tariff_schedule import PERIODS, period_of
from meter_bridge.tenant_loads import LoadKind, curve_of

LOADS = {
    RoomKind.SHOP: LoadKind.SHOP,
    RoomKind.WORKSHOP: LoadKind.WORKSHOP,
    RoomKind.DORMITORY: LoadKind.DORMITORY,
}
MONDAY, DAY = datetime(2026, 3, 2), timedelta(days=1)  # noqa: DTZ001 any week will do
WEEK = [MONDAY + day * DAY for day in range(7)]
HUNG_FOR = 6_500  # hours of full power that a register starts with: more than the thirteen months of the demo's past


@dataclass(frozen=True, slots=True)
class DemoLine:
    """A line of the demo: which gateway, what kind, and where the simulated meters listen, or call.

    registration: what a DTU says that calls the bridge. monthly_bytes: what its SIM card may carry.
    """

    gateway: str
    kind: str
    port: int
    baud: int = 9600
    parity: str = "N"
    registration: str = ""
    heartbeat: str = ""
    monthly_bytes: int | None = None

    @property
    def calls(self) -> bool:
        """Whether its meters call the bridge, instead of being called."""
        return self.kind == "dial_in"


@dataclass(frozen=True, slots=True)
class DemoMeter:
    """A metered room of the demo, who holds it, and how its meter starts; holder None: the room is vacant.

    balance_fen: credit in the meter, or in a wallet of the platform. broken: nothing answers at its place any more.
    load: who uses it, where the room does not say so; circuit: of a box at that unit. litres_per_hour: a water meter.
    ct_ratio: of the current transformers before it; power is what flows.
    """

    building: str
    floor: str
    room: str
    holder: str | None
    line: int
    unit: int
    profile: str
    serial: str
    power_w: int
    balance_fen: int = 0
    kind: RoomKind = RoomKind.OFFICE
    area_dm2: int = 8_000
    broken: bool = False
    load: LoadKind | None = None
    circuit: int = 1
    litres_per_hour: int = 0
    ct_ratio: int = 1

    @property
    def wire_unit(self) -> int:
        """Where it answers on the line: the circuits of the demo's box lie one apart."""
        return self.unit + self.circuit - 1

    @property
    def drawn_by(self) -> LoadKind:
        """Who uses it."""
        return self.load or LOADS.get(self.kind, LoadKind.OFFICE)

    @property
    def starts(self) -> dict[str, int]:
        """What the registers of the simulated meter start with: energy by tariff period, or litres."""
        if self.litres_per_hour:
            return {"volume_l": self.litres_per_hour * HUNG_FOR}
        shares = _shares(self.drawn_by)
        counted = {period: self.energy_wh * share // sum(shares.values()) for period, share in shares.items()}
        counted["flat_wh"] += self.energy_wh - sum(counted.values())
        return counted

    @property
    def energy_wh(self) -> int:
        """What the simulated meter's energy register starts with: it has been hanging there for a while."""
        return self.power_w * HUNG_FOR

    @property
    def account(self) -> str:
        """The number of the account that pays for it."""
        return f"{self.building}-{self.room}" + ("-水" if self.litres_per_hour else "")

    @property
    def number(self) -> str:
        """The number printed on the meter's front."""
        return f"D{self.serial[-6:]}"


@cache
def _shares(load: LoadKind) -> dict[str, int]:
    """Return how a week's energy is spread over the tariff periods, summed up in per cent of full power by the hour."""
    shares = dict.fromkeys((period.value for period in PERIODS), 0)
    for day in WEEK:
        for hour, per_cent in enumerate(curve_of(load, day)):
            shares[period_of(hour).value] += per_cent
    return shares


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody who uses the demo: bob and charlie work for different tenants."""

    name: str
    holder: str


@dataclass(frozen=True, slots=True)
class DemoStaff:
    """Somebody of the property company's staff, with one role in the whole organisation."""

    login: str
    name: str
    role: StaffRole
