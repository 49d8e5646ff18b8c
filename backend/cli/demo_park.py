"""The demo park: one property company, an office tower, a house of shops and a dormitory, and who uses them."""

from backend.cli.demo_rooms import BLUE_WHALE, MORNING_LIGHT
from backend.cli.demo_values import DemoLine, DemoPerson, DemoStaff
from backend.staff.roles import StaffRole

ORGANISATION = "锦程物业管理有限公司"
PARK = "锦程科技园"
BRIDGE = "锦程科技园机房"
CONTROL_PORT = 5029
LINES = (
    DemoLine("A座网关", "modbus_tcp", 5020),
    DemoLine("B座网关", "rtu_over_tcp", 5021),
    DemoLine("A座高区网关", "modbus_tcp", 5022),
    DemoLine("B座三层网关", "rtu_over_tcp", 5023, baud=19_200),
    DemoLine("C座东网关", "rtu_over_tcp", 5024, baud=2_400, parity="E"),
    DemoLine("C座西网关", "rtu_over_tcp", 5025),
    DemoLine("C座顶层DTU", "dial_in", 5026, registration="JC-DTU-C5", heartbeat=r"\xFE\xFE", monthly_bytes=300_000_000),
)
PEOPLE = (DemoPerson("bob", BLUE_WHALE), DemoPerson("charlie", MORNING_LIGHT))
STAFF = (
    DemoStaff("alice", "陈爱丽", StaffRole.ADMINISTRATOR),
    DemoStaff("erin", "周敏", StaffRole.FINANCE),
    DemoStaff("frank", "刘建国", StaffRole.CASHIER),
    DemoStaff("grace", "黄工", StaffRole.TECHNICIAN),
)
