"""Staff say which gateways a park has, and which buses run behind them."""

from dataclasses import dataclass

from sqlalchemy import select

from backend.audit.recording import Actor, record
from backend.estate.places import park_inside
from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError
from backend.kernel.scope import Scope
from backend.metering.actions import MeteringAction
from backend.metering.field.install import Networks, add_gateway, add_line
from backend.metering.install_errors import DeviceMissingError, RegistrationMissingError
from backend.metering.lines.details import LineDetails
from backend.metering.models import Bridge, Gateway, Line

SERIAL, CALLED = "serial", "dial_in"


@dataclass(frozen=True, slots=True)
class NewLine:
    """A line as it is entered; what its kind has no use for is left. home: the one bridge that may use it, by number.

    timeout_ms, quiet_ms: how long an answer may take, and the silence after a time-out.
    """

    kind: str
    port: int
    baud: int
    parity: str
    stop_bits: int
    timeout_ms: int
    quiet_ms: int
    home: int | None
    device: str
    registration: str
    heartbeat: str
    monthly_bytes: int | None


def install_gateway(
    session: Session, *, scope: Scope, park_id: int, name: str, host: str, networks: Networks, by: Actor
) -> Gateway:
    """Add a gateway to a park of the scope. Raises NotFoundError, HostNotAllowedError, GatewayExistsError."""
    park = park_inside(session, scope=scope, park_id=park_id)
    gateway = add_gateway(session, park=park, name=name, host=host, networks=networks)
    after = {"name": name, "host": host}
    record(session, by=by, action=MeteringAction.GATEWAY_ADDED, subject=gateway, after=after, park_id=park.id)
    return gateway


def install_line(session: Session, *, scope: Scope, gateway_id: int, wish: NewLine, by: Actor) -> Line:
    """Add a line to a gateway of the scope; bridges take it with their next heartbeat.

    Raises NotFoundError, DeviceMissingError, RegistrationMissingError, and what add_line raises.
    """
    inside = scope.within(Gateway.organisation_id, Gateway.park_id)
    gateway = session.scalars(select(Gateway).where(Gateway.id == gateway_id, inside)).one_or_none()
    if gateway is None:
        raise NotFoundError
    if wish.kind == SERIAL and not wish.device:
        raise DeviceMissingError
    if wish.kind == CALLED and not wish.registration:
        raise RegistrationMissingError
    line = add_line(
        session,
        gateway=gateway,
        kind=wish.kind,
        port=wish.port,
        baud=wish.baud,
        timeout_ms=wish.timeout_ms,
        quiet_ms=wish.quiet_ms,
        details=_details(session, gateway, wish),
    )
    after = {"gateway": gateway.name, "kind": line.kind, "port": line.port, "baud": line.baud, "device": line.device}
    after |= {"registration": line.registration, "monthly_bytes": line.monthly_bytes}
    record(session, by=by, action=MeteringAction.LINE_ADDED, subject=line, after=after, park_id=gateway.park_id)
    return line


def _details(session: Session, gateway: Gateway, wish: NewLine) -> LineDetails:
    called = wish.kind == CALLED
    return LineDetails(
        home=_home(session, gateway, wish.home),
        device=wish.device if wish.kind == SERIAL else "",
        parity=wish.parity,
        stop_bits=wish.stop_bits,
        registration=wish.registration if called else "",
        heartbeat=wish.heartbeat if called else "",
        monthly_bytes=wish.monthly_bytes,
    )


def _home(session: Session, gateway: Gateway, number: int | None) -> Bridge | None:
    if number is None:
        return None
    known = select(Bridge).filter_by(id=number, organisation_id=gateway.organisation_id, revoked_at=None)
    found = session.scalars(known).one_or_none()
    if found is None:
        raise NotFoundError
    return found
