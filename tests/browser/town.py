"""The park of the browser's stories: one tenant a story, so that no story waits for another."""

import json
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path

from sqlalchemy import select

from backend.accounts.models import Billing
from backend.accounts.opening import assign_meter, open_account
from backend.cli.seeding import import_providers
from backend.estate.building import add_building, add_holder, add_organisation, add_park, add_room
from backend.estate.models import Building, Holder, HolderKind, Organisation
from backend.kernel.db import Session
from backend.metering.field.install import add_gateway, add_line, add_meter
from backend.metering.lines.enrolment import invite_bridge
from backend.metering.models import Line
from backend.people.inviting import invite
from backend.people.models import Role, WechatApp, WechatAppKind
from backend.runtime import Runtime

COUNTING, RELAY, WATER = "reference_cas", "generic_relay", "reference_water"
LINES = (("A座网关", "modbus_tcp"), ("B座网关", "rtu_over_tcp"))


@dataclass(frozen=True, slots=True)
class Room:
    """A metered room, and how its simulated meter starts."""

    number: str
    unit: int
    balance_fen: int
    line: int = 0
    profile: str = COUNTING
    power_w: int = 600

    @property
    def serial(self) -> str:
        """The serial number, as the meter's registers hold it."""
        return f"2026{self.line:04}{self.unit:04}"


@dataclass(frozen=True, slots=True)
class Tenant:
    """A tenant of one story: who plays it, and the rooms it holds."""

    person: str
    holder: str
    rooms: tuple[Room, ...]


TENANTS = (
    Tenant(
        "bob", "蓝鲸科技有限公司", (Room("301", 1, 2_650), Room("302", 2, 18_420), Room("303", 3, 0, profile=RELAY))
    ),
    Tenant("first", "云顶设计工作室", (Room("501", 4, 0),)),
    Tenant("cancels", "远山贸易商行", (Room("502", 5, 900),)),
    Tenant("late", "听雨茶室", (Room("503", 6, 1_200),)),
    Tenant("offline", "晨光餐饮店", (Room("101", 1, 3_100, line=1),)),
    Tenant("reader", "知行书店", (Room("504", 7, 9_900),)),
    Tenant("faults", "小满花艺", (Room("505", 8, 5_000),)),
    Tenant("official", "白鹭诊所", (Room("506", 9, 4_000),)),
    Tenant("looks", "锦程科技园物业服务中心第一办公室", (Room("601", 10, 123_456_789), Room("602", 11, 0))),
    Tenant("settles", "松风会计师事务所", (Room("603", 12, 7_700),)),
    Tenant("office", "临江文具批发部", (Room("604", 13, 6_400),)),  # what staff do at the back office
    Tenant("applies", "青禾建筑设计事务所", (Room("606", 15, 5_800),)),  # nobody of theirs is bound at first
    Tenant("owns", "望岳律师事务所", (Room("607", 16, 8_100),)),  # invites, limits and removes
    Tenant("hands", "半山咖啡烘焙坊", (Room("608", 17, 2_900),)),  # hands over and switches
    Tenant("watered", "清泉洗衣房", (Room("609", 18, 7_300), Room("609", 19, 0, profile=WATER))),
    Tenant("exchanged", "沐光摄影工作室", (Room("605", 14, 3_300),)),  # and in the field
)


@dataclass(frozen=True, slots=True)
class Seeded:
    """What those outside the database must know: applications, an invite for each person, one that has expired."""

    appid: str
    official_appid: str
    invites: dict[str, str]
    expired: str
    bridge_token: str


def seed(session: Session, runtime: Runtime, ports: list[int], merchant_file: Path) -> Seeded:
    """Build the park."""
    organisation = add_organisation(session, name="锦程物业管理有限公司")
    own = {"organisation_id": organisation.id}
    import_providers(session, **own, file=merchant_file, seal=runtime.seal)
    park = add_park(session, organisation=organisation, name="锦程科技园")
    loopback = [ip_network("127.0.0.0/8")]
    lines = [
        add_line(
            session,
            gateway=add_gateway(session, park=park, name=name, host="127.0.0.1", networks=loopback),
            kind=kind,
            port=port,
        )
        for (name, kind), port in zip(LINES, ports, strict=True)
    ]
    buildings = [add_building(session, park=park, name=name) for name in ("A座", "B座")]
    holders = {tenant.person: _move_in(session, runtime, organisation, tenant, lines, buildings) for tenant in TENANTS}
    codes = {person: _code(session, holder, hours=24) for person, holder in holders.items()}
    apps = {app.kind: app.appid for app in session.scalars(select(WechatApp).filter_by(**own))}
    return Seeded(
        apps[WechatAppKind.MINI_PROGRAM],
        apps[WechatAppKind.OFFICIAL_ACCOUNT],
        codes,
        _code(session, holders["bob"], hours=-1),
        invite_bridge(session, **own, name="机房"),
    )


def park_toml(ports: list[int], control_port: int) -> str:
    """Write the meters as the simulator reads them: lines as fast as they can."""
    parts = [f"control_port = {control_port}\n"]
    rooms = [room for tenant in TENANTS for room in tenant.rooms]
    for number, (name, kind) in enumerate(LINES):
        parts.append(f'\n[[line]]\nname = "{name}"\nkind = "{kind}"\nport = {ports[number]}\npace = false\n')
        parts.extend(
            f'\n[[line.meter]]\nunit = {room.unit}\nprofile = "{room.profile}"\nserial = "{room.serial}"\n'
            f"power_w = {room.power_w}\nbalance_fen = {room.balance_fen}\n"
            for room in rooms
            if room.line == number
        )
    return "".join(parts)


def demo_json(seeded: Seeded) -> str:
    """Write what the page of the demo tells its telephone."""
    people = [
        {"name": tenant.person, "holder": tenant.holder, "invite": seeded.invites[tenant.person]} for tenant in TENANTS
    ]
    apps = {"appid": seeded.appid, "official_appid": seeded.official_appid}
    return json.dumps({**apps, "people": people}, ensure_ascii=False)


def _code(session: Session, holder: Holder, *, hours: float) -> str:
    return invite(
        session, organisation_id=holder.organisation_id, holder_id=holder.id, role=Role.OWNER, valid_hours=hours
    )


def _move_in(
    session: Session,
    runtime: Runtime,
    organisation: Organisation,
    tenant: Tenant,
    lines: list[Line],
    buildings: list[Building],
) -> Holder:
    holder = add_holder(session, organisation=organisation, name=tenant.holder, kind=HolderKind.ENTERPRISE)
    places = {
        room.number: add_room(session, building=buildings[room.line], floor=f"{room.number[0]}层", number=room.number)
        for room in {room.number: room for room in tenant.rooms}.values()
    }
    for room in tenant.rooms:
        meter = add_meter(
            session,
            room_id=places[room.number].id,
            line_id=lines[room.line].id,
            unit=room.unit,
            number=f"D{room.serial[-6:]}",
            serial=room.serial,
            profile=runtime.profiles[room.profile],
        )
        account = open_account(
            session,
            organisation_id=organisation.id,
            holder_id=holder.id,
            number=f"N{room.line}-{room.unit}",
            billing=Billing.METER if room.profile == COUNTING else Billing.PLATFORM,
        )
        assign_meter(session, account=account, meter_id=meter.id)
    return holder
