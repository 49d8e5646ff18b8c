"""The town of the chaos: its lines, meters and payers as plain values, and how they come into the database."""

import socket
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path

from sqlalchemy import select

from backend.accounts.models import Billing
from backend.accounts.opening import assign_meter, open_account
from backend.cli.seeding import import_providers
from backend.estate.building import add_building, add_holder, add_organisation, add_park, add_room
from backend.estate.models import HolderKind
from backend.kernel.db import Session
from backend.metering.causes import CommandCause
from backend.metering.commands.commanding import queue_command
from backend.metering.field.install import add_gateway, add_line, add_meter
from backend.metering.lines.enrolment import invite_bridge
from backend.people.inviting import invite
from backend.people.models import Role, WechatApp, WechatAppKind
from backend.runtime import Runtime
from meter_bridge.protocol import CommandKind

COUNTING, BLIND, RELAY = "reference_cas", "reference_additive", "generic_relay"
START_FEN = 100_000
BRIDGES = ("bridge-1", "bridge-2")


@dataclass(frozen=True, slots=True)
class TownLine:
    """A line, its kind, and the profiles of the meters on it, by unit."""

    name: str
    kind: str
    profiles: tuple[str, ...]


LINES = (
    TownLine("tcp", "modbus_tcp", (COUNTING, COUNTING, COUNTING, COUNTING, RELAY, RELAY)),
    TownLine("rtu", "rtu_over_tcp", (COUNTING, COUNTING, COUNTING, RELAY)),
    TownLine("blind", "modbus_tcp", (BLIND, BLIND)),
)
METERS = sum(len(line.profiles) for line in LINES)


@dataclass(frozen=True, slots=True)
class Payer:
    """Somebody who pays for one meter: a name in WeChat, and the code that binds them."""

    name: str
    code: str


@dataclass(frozen=True, slots=True)
class Seeded:
    """What those outside the database must know."""

    appid: str
    payers: list[Payer]
    bridge_tokens: dict[str, str]


def free_ports(count: int) -> list[int]:
    """Return ports nobody listens on now."""
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def serial(line: int, unit: int) -> str:
    """Return the serial number of a meter."""
    return f"2026{line:04}{unit:04}"


def park_toml(ports: list[int], control_port: int) -> str:
    """Write the town's meters as the simulator reads them: lines as fast as they can."""
    parts = [f"control_port = {control_port}\n"]
    for number, line in enumerate(LINES):
        parts.append(f'\n[[line]]\nname = "{line.name}"\nkind = "{line.kind}"\nport = {ports[number]}\npace = false\n')
        parts.extend(
            f'\n[[line.meter]]\nunit = {unit}\nprofile = "{profile}"\nserial = "{serial(number, unit)}"\n'
            f"power_w = 1000\nbalance_fen = {0 if profile == RELAY else START_FEN}\n"
            for unit, profile in enumerate(line.profiles, 1)
        )
    return "".join(parts)


def seed(session: Session, runtime: Runtime, ports: list[int], merchant_file: Path) -> Seeded:
    """Build the town; the breakers of the relay meters are ordered open, so that paying must close them."""
    organisation = add_organisation(session, name="Town")
    own = {"organisation_id": organisation.id}
    park = add_park(session, organisation=organisation, name="Town")
    building = add_building(session, park=park, name="A")
    import_providers(session, **own, file=merchant_file, seal=runtime.seal)
    payers = []
    for number, town_line in enumerate(LINES):
        loopback = [ip_network("127.0.0.0/8")]
        gateway = add_gateway(session, park=park, name=town_line.name, host="127.0.0.1", networks=loopback)
        line = add_line(session, gateway=gateway, kind=town_line.kind, port=ports[number], timeout_ms=300, quiet_ms=300)
        for unit, profile in enumerate(town_line.profiles, 1):
            name = f"{town_line.name}-{unit}"
            room = add_room(session, building=building, floor="1", number=name)
            holder = add_holder(session, organisation=organisation, name=name, kind=HolderKind.ENTERPRISE)
            meter = add_meter(
                session,
                room_id=room.id,
                line_id=line.id,
                unit=unit,
                number=name,
                serial=serial(number, unit),
                profile=runtime.profiles[profile],
            )
            billing = Billing.PLATFORM if profile == RELAY else Billing.METER
            account = open_account(session, **own, holder_id=holder.id, number=name, billing=billing)
            assign_meter(session, account=account, meter_id=meter.id)
            if profile == RELAY:
                kind, cause = CommandKind.OPEN_BREAKER, CommandCause.STAFF
                queue_command(session, meter=meter, kind=kind, cause=cause, request_id="chaos")
            code = invite(
                session,
                organisation_id=account.organisation_id,
                holder_id=holder.id,
                role=Role.OWNER,
                valid_hours=24,
            )
            payers.append(Payer(name, code))
    app = session.scalars(select(WechatApp).filter_by(**own, kind=WechatAppKind.MINI_PROGRAM)).one()
    tokens = {name: invite_bridge(session, **own, name=name) for name in BRIDGES}
    return Seeded(app.appid, payers, tokens)
