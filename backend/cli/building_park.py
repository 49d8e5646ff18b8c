"""Build the demo park through the same services that staff use."""

from collections.abc import Mapping
from datetime import timedelta
from ipaddress import ip_network

from sqlalchemy import select

from backend.accounts.models import Billing
from backend.accounts.opening import assign_meter, open_account
from backend.cli.demo_history import Past, tell_past
from backend.cli.demo_park import BRIDGE, LINES, ORGANISATION, PARK
from backend.cli.demo_rooms import EVERY_METER, METERS
from backend.cli.demo_values import DemoMeter
from backend.estate.building import add_building, add_holder, add_organisation, add_park, add_room, let_room
from backend.estate.models import Building, Holder, HolderKind, Organisation, Park, Room, RoomKind
from backend.kernel.db import Session
from backend.metering.field.install import add_gateway, add_line, add_meter
from backend.metering.field.meter_details import MeterDetails
from backend.metering.lines.details import LineDetails
from backend.metering.lines.enrolment import invite_bridge
from backend.metering.models import Bridge, Line, Meter
from meter_bridge.profile import Profile
from meter_bridge.protocol import MoneyCapability

LET_FOR = 400  # days: longer than the demo's past


def build_park(session: Session, *, profiles: Mapping[str, Profile], networks: list[str]) -> Organisation:
    """Build the whole demo park: estate, lines, meters, accounts, and what was used before."""
    organisation = add_organisation(session, name=ORGANISATION)
    park = add_park(session, organisation=organisation, name=PARK)
    lines = _lines(session, park, networks)
    buildings = {name: add_building(session, park=park, name=name) for name in sorted({m.building for m in METERS})}
    holders = {
        name: add_holder(session, organisation=organisation, name=name, kind=kind)
        for name, kind in dict.fromkeys((m.holder, _kind(m)) for m in METERS)
        if name
    }
    placed: list[Past] = []
    rooms: dict[tuple[str, str], Room] = {}
    for demo in EVERY_METER:
        holder = holders[demo.holder] if demo.holder else None
        place = (demo.building, demo.room)
        if place not in rooms:
            rooms[place] = _room(session, buildings[demo.building], demo, holder)
        profile = profiles[demo.profile]
        shown = {quantity.value: register for quantity, register in profile.registers.items()}
        placed.append((_hung(session, rooms[place], lines[demo.line], demo, profile), demo, shown))
        if holder is not None:
            _open(session, placed[-1][0], demo, holder)
    tell_past(session, past=placed, time_zone=park.time_zone)
    return organisation


def _lines(session: Session, park: Park, networks: list[str]) -> list[Line]:
    """Add the gateways and their lines. The bridge is known before it enrols: DTUs call it and no other."""
    invite_bridge(session, organisation_id=park.organisation_id, name=BRIDGE)
    home = session.scalars(select(Bridge).filter_by(organisation_id=park.organisation_id, name=BRIDGE)).one()
    allowed = [ip_network(network) for network in networks]
    return [
        add_line(
            session,
            gateway=add_gateway(session, park=park, name=line.gateway, host="127.0.0.1", networks=allowed),
            kind=line.kind,
            port=line.port,
            baud=line.baud,
            details=LineDetails(
                home=home if line.calls else None,
                parity=line.parity,
                registration=line.registration,
                heartbeat=line.heartbeat,
                monthly_bytes=line.monthly_bytes,
            ),
        )
        for line in LINES
    ]


def _kind(demo: DemoMeter) -> HolderKind:
    return HolderKind.ROOM_GROUP if demo.kind is RoomKind.DORMITORY else HolderKind.ENTERPRISE


def _room(session: Session, building: Building, demo: DemoMeter, holder: Holder | None) -> Room:
    """Add a room, let since a day before the demo's past, each for a different time."""
    room = add_room(session, building=building, floor=demo.floor, number=demo.room)
    room.kind, room.area_dm2 = demo.kind, demo.area_dm2
    if holder is not None:
        since = session.clock.now().date() - timedelta(days=LET_FOR + 7 * demo.unit)
        let_room(session, room=room, holder=holder, starts_on=since)
    return room


def _hung(session: Session, room: Room, line: Line, demo: DemoMeter, profile: Profile) -> Meter:
    return add_meter(
        session,
        room_id=room.id,
        line_id=line.id,
        unit=demo.unit,
        details=MeterDetails(demo.circuit, demo.ct_ratio),
        number=demo.number,
        serial=demo.serial,
        profile=profile,
    )


def _open(session: Session, meter: Meter, demo: DemoMeter, holder: Holder) -> None:
    on_platform = meter.capability is MoneyCapability.PLATFORM_WALLET
    account = open_account(
        session,
        organisation_id=meter.organisation_id,
        holder_id=holder.id,
        number=demo.account,
        billing=Billing.PLATFORM if on_platform else Billing.METER,
    )
    account.opened_at -= timedelta(days=LET_FOR)
    assign_meter(session, account=account, meter_id=meter.id).started_at = account.opened_at
