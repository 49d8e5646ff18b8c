"""Tell a bridge what its lines are like and which meters hang on them: read when their leases are committed.

Meters are told when they change. A mark stands for those of a line, as they are told and with the profiles they are
told by; a bridge that says it knows them under this mark is not told again: 500 lines have 2.5 MB of meters.
"""

from collections.abc import Collection, Mapping, Sequence
from hashlib import sha256
from typing import Any, LiteralString

from backend.kernel.db import Session
from backend.metering.lines.leases import Held, Profiles
from meter_bridge.protocol import HeartbeatReply, LineLease, MeterPlace

HEARTBEATS_PER_LEASE = 3
TOLD: LiteralString = "reference, unit, circuit, serial, profile, ct_ratio, pt_ratio"
ON_LINES: LiteralString = "line_id = ANY(%(lines)s) AND state = 'active'"
PLACES: LiteralString = f"SELECT line_id, {TOLD} FROM meter WHERE {ON_LINES} ORDER BY unit, circuit"  # noqa: S608 our text
MARKS: LiteralString = f"""
SELECT line_id, encode(sha256(convert_to(
    string_agg(concat_ws('|', {TOLD}), E'\n' ORDER BY unit, circuit), 'UTF8')), 'hex') AS mark
FROM meter WHERE {ON_LINES} GROUP BY line_id
"""  # noqa: S608 likewise


def told_of(
    session: Session, *, held: Held, known: Mapping[str, str], profiles: Profiles, slot_seconds: int
) -> HeartbeatReply:
    """Return what to answer to a heartbeat.

    known: for each line, by its reference, the mark its meters were told with last. slot_seconds: how often registers
    are to be read.
    """
    marks = _marks(session, [line.id for line in held.lines], profiles)
    changed = [line.id for line in held.lines if known.get(line.reference) != marks[line.id]]
    places = _places(session, changed, profiles)
    lines = [
        LineLease(
            line=line.reference,
            fence=held.fences[line.id],
            lease_seconds=held.seconds,
            kind=line.kind,
            host=line.host,
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
        for line in held.lines
    ]
    return HeartbeatReply(lines=lines, heartbeat_seconds=held.seconds / HEARTBEATS_PER_LEASE)


def _marks(session: Session, lines: Collection[int], profiles: Profiles) -> dict[int, str]:
    """Return what stands for the meters of each line as they are told now."""
    files = "".join(profiles[code].sha256 for code in sorted(profiles))
    told: dict[int, str] = dict.fromkeys(lines, "")
    if lines:
        told.update((row.line_id, row.mark) for row in session.run_sql(MARKS, lines=list(lines)))
    return {number: sha256(f"{files}{text}".encode()).hexdigest() for number, text in told.items()}


def _places(session: Session, lines: Collection[int], profiles: Profiles) -> dict[int, list[MeterPlace]]:
    """Return the meters of each line; one whose profile file is gone cannot be spoken to and is left out."""
    places: dict[int, list[MeterPlace]] = {number: [] for number in lines}
    meters: Sequence[Any] = session.run_sql(PLACES, lines=list(lines)).all() if lines else ()
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
