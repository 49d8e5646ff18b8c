"""Queue orders about parameters to many meters in one statement."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from json import dumps
from typing import Any, LiteralString

from backend.kernel.db import Session
from backend.metering.causes import CommandCause
from meter_bridge.protocol import CommandKind, ParameterCode

# Numbers of each meter's commands go up in the order of `told`; a meter that is retired gets none.
QUEUE: LiteralString = """
WITH told AS (
    SELECT told.*, row_number() OVER (PARTITION BY meter_id ORDER BY place) - 1 AS nth
    FROM unnest(%(meter_id)b::bigint[], %(parameter)b::jsonb[], %(reference)b::text[])
         WITH ORDINALITY AS told (meter_id, parameter, reference, place)),
counted AS (
    UPDATE meter SET next_seq = next_seq + asked.n
    FROM (SELECT meter_id, count(*) AS n FROM told GROUP BY meter_id) AS asked
    WHERE meter.id = asked.meter_id AND meter.state = 'active'
    RETURNING meter.organisation_id, meter.id, meter.next_seq - asked.n AS first)
INSERT INTO meter_command
    (organisation_id, reference, meter_id, seq, kind, cause, amount, parameter, state, request_id, queued_at,
     expires_at, attempts, refusals)
SELECT counted.organisation_id, told.reference, counted.id, counted.first + told.nth, %(kind)s, %(cause)s, 0,
       told.parameter, 'queued', %(request_id)s, %(now)s, %(expires_at)s::timestamptz, 0, 0
FROM told JOIN counted ON counted.id = told.meter_id
RETURNING id, reference
"""
# One order for all, against deadlocks.
LOCK: LiteralString = "SELECT id FROM meter WHERE id = ANY(%(meter_id)b::bigint[]) ORDER BY id FOR NO KEY UPDATE"


@dataclass(frozen=True, slots=True)
class Setting:
    """What one meter is to hold."""

    meter_id: int
    code: ParameterCode
    value: Any


def lock_meters(session: Session, *, meter_ids: Iterable[int]) -> None:
    """Be alone with the queues of these meters; before their commands are locked, as everywhere."""
    session.run_sql(LOCK, meter_id=sorted(set(meter_ids)))


def queue_writes(
    session: Session, *, settings: Sequence[Setting], cause: CommandCause, request_id: str
) -> list[int | None]:
    """Queue the writes of many meters and return the command of each; None for a retired one. They never expire."""
    told = [dumps({"code": each.code.value, "value": each.value}) for each in settings]
    meters = [each.meter_id for each in settings]
    return _queue(session, CommandKind.WRITE_PARAMETER, meters, told, cause=cause, request_id=request_id)


def queue_reads(
    session: Session, *, meter_ids: Sequence[int], cause: CommandCause, request_id: str, expires_in: float
) -> list[int | None]:
    """Ask many meters what they hold; expires_in: seconds of the rules after which it is too late."""
    told, until = [None] * len(meter_ids), expires_in
    kind = CommandKind.READ_PARAMETERS
    return _queue(session, kind, meter_ids, told, cause=cause, request_id=request_id, expires_in=until)


def _queue(
    session: Session,
    kind: CommandKind,
    meter_ids: Sequence[int],
    parameters: Sequence[str | None],
    *,
    cause: CommandCause,
    request_id: str,
    expires_in: float | None = None,
) -> list[int | None]:
    if not meter_ids:
        return []
    lock_meters(session, meter_ids=meter_ids)
    references = [session.entropy.reference() for _ in meter_ids]
    rows = session.run_sql(
        QUEUE,
        meter_id=list(meter_ids),
        parameter=list(parameters),
        reference=references,
        kind=kind.value,
        cause=cause.value,
        request_id=request_id,
        now=session.clock.now(),
        expires_at=session.database_now() + session.span(expires_in) if expires_in else None,
    )
    queued = {row.reference: row.id for row in rows}
    return [queued.get(reference) for reference in references]
