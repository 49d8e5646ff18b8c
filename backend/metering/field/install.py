"""Put gateways, lines and meters into the field."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address

from backend.estate.models import Park, Room
from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError
from backend.kernel.inserting import insert
from backend.metering.field.meter_details import SINGLE, MeterDetails
from backend.metering.field.ratios import refuse_unfit_ratios
from backend.metering.field.wires import wire_unit_of
from backend.metering.install_errors import (
    GatewayExistsError,
    HostNotAllowedError,
    LineExistsError,
    LineHomeError,
    LineTooNarrowError,
    NoSuchCircuitError,
    NumberTakenError,
    RegistrationTakenError,
    SerialTakenError,
    UnitTakenError,
)
from backend.metering.lines.details import PLAIN, LineDetails, carries
from backend.metering.models import Gateway, Line, Meter
from meter_bridge.profile import Profile

AT_HOME = {"serial", "dial_in"}  # only the bridge that has the device, or is called, can use them
Networks = Sequence[IPv4Network | IPv6Network]


def add_gateway(session: Session, *, park: Park, name: str, host: str, networks: Networks) -> Gateway:
    """Add a gateway at an IP address inside the allowed networks; a name could lead anywhere tomorrow.

    Raises HostNotAllowedError and GatewayExistsError.
    """
    if not _allowed(host, networks):
        raise HostNotAllowedError(host=host)
    gateway = Gateway(organisation_id=park.organisation_id, park_id=park.id, name=name, host=host)
    insert(session, gateway, uq_gateway_organisation_id_name=GatewayExistsError(name=name))
    return gateway


def add_line(
    session: Session,
    *,
    gateway: Gateway,
    kind: str,
    port: int,
    baud: int = 9600,
    timeout_ms: int = 1000,
    quiet_ms: int = 1000,
    details: LineDetails = PLAIN,
) -> Line:
    """Add a line of a gateway; kind is a file name in meter_bridge/lines. Port: of a called line, ours.

    Raises LineExistsError, RegistrationTakenError and LineHomeError.
    """
    if kind in AT_HOME and details.home is None:
        raise LineHomeError
    line = Line(
        organisation_id=gateway.organisation_id,
        reference=session.entropy.reference(),
        gateway_id=gateway.id,
        kind=kind,
        port=port,
        baud=baud,
        timeout_ms=timeout_ms,
        quiet_ms=quiet_ms,
        home_bridge_id=details.home and details.home.id,
        device=details.device,
        parity=details.parity,
        stop_bits=details.stop_bits,
        registration=details.registration,
        heartbeat=details.heartbeat,
        monthly_bytes=details.monthly_bytes,
    )
    insert(
        session,
        line,
        uq_line_gateway_id_port=LineExistsError(port=port),
        uq_line_registration=RegistrationTakenError(registration=details.registration),
    )
    return line


def add_meter(
    session: Session,
    *,
    room_id: int,
    line_id: int,
    unit: int,
    number: str,
    serial: str,
    profile: Profile,
    details: MeterDetails = SINGLE,
) -> Meter:
    """Install a meter, freezing what its profile says of money.

    Raises UnitTakenError, SerialTakenError, NumberTakenError, NoSuchCircuitError, LineTooNarrowError, what ratios.py
    names, and NotFoundError when room and line are of two owners.
    """
    refuse_unfit_ratios(profile, ct_ratio=details.ct_ratio, pt_ratio=details.pt_ratio)
    room, line = session.get(Room, room_id), session.get(Line, line_id)
    if room is None or line is None or room.organisation_id != line.organisation_id:
        raise NotFoundError
    if not carries(line.kind, profile):
        raise LineTooNarrowError(title=profile.title)
    wire_unit = wire_unit_of(profile, unit=unit, circuit=details.circuit)
    if wire_unit is None:
        raise NoSuchCircuitError(unit=unit, circuit=details.circuit)
    meter = Meter(
        organisation_id=line.organisation_id,
        reference=session.entropy.reference(),
        number=number,
        room_id=room_id,
        line_id=line_id,
        unit=unit,
        circuit=details.circuit,
        wire_unit=wire_unit,
        serial=serial,
        profile=profile.code,
        ct_ratio=details.ct_ratio,
        pt_ratio=details.pt_ratio,
        capability=profile.money.capability,
        credit_unit=profile.money.credit_unit,
    )
    insert(
        session,
        meter,
        uq_meter_place=UnitTakenError(unit=unit),
        uq_meter_wire=UnitTakenError(unit=wire_unit),
        uq_meter_serial=SerialTakenError(serial=serial),
        uq_meter_number=NumberTakenError(number=number),
    )
    return meter


def _allowed(host: str, networks: Networks) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return any(address in network for network in networks)
