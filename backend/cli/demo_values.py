"""What the demo park is made of, as plain values."""

from dataclasses import dataclass

from backend.estate.models import RoomKind
from backend.staff.roles import StaffRole

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

    @property
    def energy_wh(self) -> int:
        """What the simulated meter's energy register starts with: it has been hanging there for a while."""
        return self.power_w * HUNG_FOR

    @property
    def account(self) -> str:
        """The number of the account that pays for it."""
        return f"{self.building}-{self.room}"

    @property
    def number(self) -> str:
        """The number printed on the meter's front."""
        return f"D{self.serial[-6:]}"


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
