"""Tell a bridge what its lines are like and which meters hang on them: read when their leases are committed.

Meters are told when they change. A mark stands for those of a line, as they are told and with the profiles they are
told by; a bridge that says it knows them under this mark is not told again: 500 lines have 2.5 MB of meters.
"""

from collections.abc import Collection, Mapping
from hashlib import sha256

from sqlalchemy import bindparam, func, literal, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from backend.kernel.db import Session
from backend.metering.lines.leases import Held, Profiles
from backend.metering.models import Meter, MeterState
from meter_bridge.protocol import HeartbeatReply, LineLease, MeterPlace

HEARTBEATS_PER_LEASE = 3
TOLD = (
    Meter.reference, Meter.unit, Meter.circuit, Meter.serial, Meter.profile, Meter.ct_ratio, Meter.pt_ratio,
)  # fmt: skip
ON_LINES = (Meter.line_id.in_(bindparam("lines", expanding=True)), Meter.state == MeterState.ACTIVE)
PLACES = select(Meter.line_id, *TOLD).where(*ON_LINES).order_by(Meter.unit, Meter.circuit)
TEXT = func.string_agg(func.concat_ws("|", *TOLD), aggregate_order_by(literal("\n"), Meter.unit, Meter.circuit))
MARKS = (
    select(Meter.line_id, func.encode(func.sha256(func.convert_to(TEXT, "UTF8")), "hex"))
    .where(*ON_LINES)
    .group_by(Meter.line_id)
)


def told_of(
    session: Session, *, held: Held, known: Mapping[str, str], profiles: Profiles, slot_seconds: int
) -> HeartbeatReply:
    """Return what to answer to a heartbeat.

    known: for each line, by its reference, the mark its meters were told with last. slot_seconds: how often registers
    are to be read.
    """
    marks = _marks(session, [line.id for line in held.hosts], profiles)
    changed = [line.id for line in held.hosts if known.get(line.reference) != marks[line.id]]
    places = _places(session, changed, profiles)
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
            meters=places.get(line.id, []),
            meters_mark=marks[line.id],
            meters_unchanged=line.id not in places,
        )
        for line, host in held.hosts.items()
    ]
    return HeartbeatReply(lines=lines, heartbeat_seconds=held.seconds / HEARTBEATS_PER_LEASE)


def _marks(session: Session, lines: Collection[int], profiles: Profiles) -> dict[int, str]:
    """Return what stands for the meters of each line as they are told now."""
    files = "".join(profiles[code].sha256 for code in sorted(profiles))
    told: dict[int, str] = dict.fromkeys(lines, "")
    if lines:
        told.update((number, text) for number, text in session.execute(MARKS, {"lines": list(lines)}))
    return {number: sha256(f"{files}{text}".encode()).hexdigest() for number, text in told.items()}


def _places(session: Session, lines: Collection[int], profiles: Profiles) -> dict[int, list[MeterPlace]]:
    """Return the meters of each line; one whose profile file is gone cannot be spoken to and is left out."""
    places: dict[int, list[MeterPlace]] = {number: [] for number in lines}
    meters = session.execute(PLACES, {"lines": list(lines)}) if lines else ()
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
