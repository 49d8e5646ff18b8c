"""A park of thousands of metered and let rooms, put in by the thousand, and somebody of its staff."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, update

from backend.accounts.models import Account, AccountMeter, Billing
from backend.audit.recording import operator
from backend.estate.building import add_building, add_holder, add_organisation, add_park
from backend.estate.models import HolderKind, Room, RoomKind, Tenancy
from backend.kernel.db import Session
from backend.metering.field.install import add_gateway, add_line
from backend.metering.models import Meter, MeterState, MeterStatus
from backend.runtime import Runtime
from backend.staff.enrolling import invite_staff
from backend.staff.granting import grant_role
from backend.staff.roles import StaffRole
from backend.staff.sessions import open_session
from bench.town import NETWORKS
from meter_bridge.protocol import CreditUnit, MoneyCapability, SupplyState

PER_LINE, PER_FLOOR, PER_BUILDING, PER_HOLDER = 200, 20, 400, 4
BENCH = operator("bench")


@dataclass(frozen=True, slots=True)
class BigPark:
    """The park, its meters, and the token of an administrator's session."""

    park_id: int
    meters: list[int]
    token: str


def build_big_park(runtime: Runtime, *, rooms: int) -> BigPark:
    """Build an organisation with one park of so many rooms."""
    return runtime.database.run(lambda session: _build(session, runtime, rooms))


def change_some(runtime: Runtime, park: BigPark, *, one_of: int) -> int:
    """Open the breaker of one meter of so many; returns how many."""
    some = park.meters[::one_of]
    opened = update(MeterStatus).where(MeterStatus.meter_id.in_(some)).values(supply=SupplyState.OPEN)
    runtime.database.run(lambda session: session.execute(opened))
    return len(some)


def _build(session: Session, runtime: Runtime, rooms: int) -> BigPark:
    organisation = add_organisation(session, name=f"big {rooms}")
    park = add_park(session, organisation=organisation, name=f"big {rooms}")
    own = {"organisation_id": organisation.id}
    holders = [
        add_holder(session, organisation=organisation, name=f"holder {n}", kind=HolderKind.ENTERPRISE).id
        for n in range(-(-rooms // PER_HOLDER))
    ]
    buildings = [add_building(session, park=park, name=f"house {n}").id for n in range(-(-rooms // PER_BUILDING))]
    lines = []
    for n in range(-(-rooms // PER_LINE)):
        gateway = add_gateway(session, park=park, name=f"g{n}", host="127.0.0.1", networks=NETWORKS)
        lines.append(add_line(session, gateway=gateway, kind="modbus_tcp", port=5020).id)
    now, today = session.clock.now(), session.clock.now().date().replace(day=1)
    told = range(rooms)
    placed = _put(session, Room, [_room(n, buildings) | own for n in told])
    tenants = [holders[n // PER_HOLDER] for n in told]
    _put(session, Tenancy, [own | {"room_id": placed[n], "holder_id": tenants[n], "starts_on": today} for n in told])
    meters = _put(session, Meter, [own | _meter(n, placed[n], lines[n // PER_LINE], organisation.id) for n in told])
    _put(session, MeterStatus, [own | _status(meter, now) for meter in meters])
    opened = own | {"billing": Billing.METER, "opened_at": now}
    accounts = _put(session, Account, [opened | {"holder_id": tenants[n], "number": f"a{n}"} for n in told])
    links = [own | {"account_id": accounts[n], "meter_id": meters[n], "started_at": now} for n in told]
    _put(session, AccountMeter, links)
    staff = invite_staff(
        session, organisation_id=organisation.id, login=f"big{rooms}", name="Big", seal=runtime.seal, by=BENCH
    )[0]
    grant_role(session, staff=staff, role=StaffRole.ADMINISTRATOR, park_id=None, by=BENCH, giver=None)
    return BigPark(park.id, meters, open_session(session, staff=staff, address="127.0.0.1", browser="bench")[1])


def _put(session: Session, table: Any, rows: list[dict[str, Any]]) -> list[int]:
    """Insert rows and return their numbers, in their order."""
    told = insert(table).returning(table.id, sort_by_parameter_order=True)
    return list(session.scalars(told, rows))


def _room(n: int, buildings: list[int]) -> dict[str, Any]:
    level = n % PER_BUILDING // PER_FLOOR + 1
    number = f"{level}{n % PER_FLOOR:02}"
    at = {"building_id": buildings[n // PER_BUILDING], "floor": str(level), "level": level, "number": number}
    return at | {"kind": RoomKind.OFFICE, "remark": "", "area_dm2": 5_000 + n}


def _meter(n: int, room: int, line: int, owner: int) -> dict[str, Any]:
    called = {
        "reference": f"big-{owner}-{n}",
        "number": f"b{n}",
        "serial": f"{owner:04}{n:08}",
        "unit": n % PER_LINE + 1,
    }
    money = {"profile": "reference_cas", "capability": MoneyCapability.COUNTER_CAS, "credit_unit": CreditUnit.MONEY}
    return called | money | {"room_id": room, "line_id": line, "state": MeterState.ACTIVE}


def _status(meter: int, now: Any) -> dict[str, Any]:
    said = {"meter_id": meter, "read_at": now, "noted_at": now, "supply": SupplyState.CLOSED}
    return said | {"balance": meter * 37 % 60_000, "purchase_count": 1, "energy_wh": meter * 1000}
