"""The demo park as plain values: one property company, two gateways, tenants and their meters."""

from dataclasses import dataclass

from backend.staff.roles import StaffRole

ORGANISATION = "锦程物业管理有限公司"
PARK = "锦程科技园"
BRIDGE = "锦程科技园机房"
CONTROL_PORT = 5029


@dataclass(frozen=True, slots=True)
class DemoLine:
    """A line of the demo: which gateway, what kind, and where the simulated meters listen."""

    gateway: str
    kind: str
    port: int


@dataclass(frozen=True, slots=True)
class DemoMeter:
    """A metered room of the demo, who holds it, and how its simulated meter starts."""

    building: str
    floor: str
    room: str
    holder: str
    line: int
    unit: int
    profile: str
    serial: str
    power_w: int
    balance_fen: int = 0

    @property
    def energy_wh(self) -> int:
        """What the simulated meter's energy register starts with: it has been hanging there for a while."""
        return self.power_w * 2_000

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


LINES = (
    DemoLine("A座网关", "modbus_tcp", 5020),
    DemoLine("B座网关", "rtu_over_tcp", 5021),
)
BLUE_WHALE, MORNING_LIGHT, CLOUD_TOP = "蓝鲸科技有限公司", "晨光餐饮店", "云顶设计工作室"
METERS = (
    DemoMeter("A座", "3层", "301", BLUE_WHALE, 0, 1, "reference_cas", "202600000301", 1800, 2_650),
    DemoMeter("A座", "3层", "302", BLUE_WHALE, 0, 2, "reference_cas", "202600000302", 900, 18_420),
    DemoMeter("A座", "5层", "501", CLOUD_TOP, 0, 3, "reference_cas", "202600000501", 650, 7_300),
    DemoMeter("A座", "5层", "502", CLOUD_TOP, 0, 4, "generic_relay", "202600000502", 400),
    DemoMeter("B座", "1层", "101", MORNING_LIGHT, 1, 1, "reference_cas", "202600000101", 5200, 31_000),
    DemoMeter("B座", "1层", "102", MORNING_LIGHT, 1, 2, "reference_additive", "202600000102", 1500, 12_000),
    DemoMeter("B座", "2层", "201", MORNING_LIGHT, 1, 3, "generic_relay", "202600000201", 1100),
)
PEOPLE = (DemoPerson("bob", BLUE_WHALE), DemoPerson("charlie", MORNING_LIGHT))
STAFF = (
    DemoStaff("alice", "陈爱丽", StaffRole.ADMINISTRATOR),
    DemoStaff("erin", "周敏", StaffRole.FINANCE),
    DemoStaff("frank", "刘建国", StaffRole.CASHIER),
    DemoStaff("grace", "黄工", StaffRole.TECHNICIAN),
)
