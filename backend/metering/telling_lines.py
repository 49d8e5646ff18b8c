"""Tell a bridge what its lines are like and which meters hang on them: read when their leases are committed."""

from collections.abc import Iterable

from sqlalchemy import bindparam, select

from backend.kernel.db import Session
from backend.metering.leases import Held, Profiles
from backend.metering.models import Line, Meter, MeterState
from meter_bridge.protocol import HeartbeatReply, LineLease, MeterPlace

HEARTBEATS_PER_LEASE = 3
PLACES = (
    select(
        Meter.line_id,
        Meter.reference,
        Meter.unit,
        Meter.circuit,
        Meter.serial,
        Meter.profile,
        Meter.ct_ratio,
        Meter.pt_ratio,
    )
    .where(Meter.line_id.in_(bindparam("lines", expanding=True)), Meter.state == MeterState.ACTIVE)
    .order_by(Meter.unit)
)


def told_of(session: Session, *, held: Held, profiles: Profiles, slot_seconds: int) -> HeartbeatReply:
    """Return what to answer to a heartbeat; slot_seconds: how often registers are to be read."""
    places = _places(session, held.hosts, profiles)
    lines = [
        LineLease(
            line=line.reference,
            fence=line.fence,
            lease_seconds=held.seconds,
            kind=line.kind,
            host=host,
            port=line.port,
            baud=line.baud,
            timeout_ms=line.timeout_ms,
            quiet_ms=line.quiet_ms,
            device=line.device,
            parity=line.parity,
            stop_bits=line.stop_bits,
            registration=line.registration,
            heartbeat=line.heartbeat,
            monthly_bytes=line.monthly_bytes,
            month=held.months.get(line.id),
            slot_seconds=slot_seconds,
            meters=places[line.id],
        )
        for line, host in held.hosts.items()
    ]
    return HeartbeatReply(lines=lines, heartbeat_seconds=held.seconds / HEARTBEATS_PER_LEASE)


def _places(session: Session, lines: Iterable[Line], profiles: Profiles) -> dict[int, list[MeterPlace]]:
    """Return the meters of each line; one whose profile file is gone cannot be spoken to and is left out."""
    places: dict[int, list[MeterPlace]] = {line.id: [] for line in lines}
    meters = session.execute(PLACES, {"lines": list(places)}) if places else ()
    for line_id, reference, unit, circuit, serial, code, ct_ratio, pt_ratio in meters:
        profile = profiles.get(code)
        if profile is not None:
            place = MeterPlace.model_construct(  # there are thousands, and they were looked at when they were installed
                meter=reference,
                unit=unit,
                circuit=circuit,
                serial=serial,
                profile=code,
                poll_seconds=profile.poll_seconds,
                rarely_seconds=profile.poll.rarely_seconds,
                ct_ratio=ct_ratio,
                pt_ratio=pt_ratio,
            )
            places[line_id].append(place)
    return places
