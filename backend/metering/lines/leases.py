"""Who may use a line until when. Each acquisition raises the line's fence by one, so that no two ever share one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from json import dumps
from typing import Any, LiteralString, Protocol

from sqlalchemy import Row

from backend.kernel.db import Session
from backend.metering.evidence import is_instant
from backend.metering.lines.carrying import count
from backend.metering.lines.runs import Caller, introduce
from backend.metering.models import Line
from meter_bridge.profile import Profile
from meter_bridge.protocol import HeartbeatRequest, LineStatus, MonthBudget

LEASE_SECONDS = 30.0

Profiles = Mapping[str, Profile]

TOLD: LiteralString = """
line.id, line.reference, line.fence, line.bridge_id, line.instance, line.leased_until, line.kind, gateway.host,
line.port, line.baud, line.timeout_ms, line.quiet_ms, line.device, line.parity, line.stop_bits, line.registration,
line.heartbeat, line.monthly_bytes
"""
# The bridge's own lines are waited for, in one order; one that another bridge is taking at this moment is left to it.
BEAT: LiteralString = f"""
WITH beat AS (
    UPDATE bridge SET instance = %(instance)s, seen_at = %(seen_at)s, version = %(version)s,
                      unfit_profiles = %(unfit_profiles)s, refused_calls = %(refused_calls)s::jsonb
    WHERE id = %(bridge_id)s),
own AS (
    SELECT {TOLD} FROM line JOIN gateway ON gateway.id = line.gateway_id
    WHERE line.bridge_id = %(bridge_id)s
    ORDER BY line.id FOR NO KEY UPDATE OF line),
free AS (
    SELECT {TOLD} FROM line JOIN gateway ON gateway.id = line.gateway_id
    WHERE line.organisation_id = %(organisation_id)s AND line.bridge_id IS DISTINCT FROM %(bridge_id)s
      AND (line.leased_until IS NULL OR line.leased_until <= %(now)s)
      AND (line.home_bridge_id IS NULL OR line.home_bridge_id = %(bridge_id)s)
    ORDER BY line.id FOR NO KEY UPDATE OF line SKIP LOCKED)
SELECT * FROM own UNION ALL SELECT * FROM free
"""  # noqa: S608 put together from our own text
TAKE: LiteralString = """
UPDATE line SET bridge_id = %(bridge_id)s, instance = %(instance)s, fence = fence + 1, leased_until = %(until)s,
                gateway_answers = NULL
WHERE id = ANY(%(ids)s)
"""
# What a bridge says of a line counts as far as it speaks of the lease it still holds.
RENEW: LiteralString = """
UPDATE line SET leased_until = %(until)s,
                gateway_answers = CASE WHEN told.line IS NULL THEN gateway_answers ELSE told.answers END,
                last_good_at = coalesce(told.good_at, last_good_at),
                statistics = coalesce(told.counted, statistics)
FROM unnest(%(ids)s::bigint[]) AS held
LEFT JOIN jsonb_to_recordset(%(told)s::jsonb)
          AS told (line bigint, answers boolean, good_at timestamptz, counted jsonb) ON told.line = held
WHERE line.id = held
"""


class Leasable(Protocol):
    """What of a line says who holds it."""

    @property
    def bridge_id(self) -> int | None:
        """The bridge that took it last."""

    @property
    def instance(self) -> str | None:
        """The run of that bridge."""

    @property
    def leased_until(self) -> datetime | None:
        """Until when, unless it is renewed."""


@dataclass(frozen=True, slots=True)
class Held:
    """The lines a run holds from now for so many seconds, rows of TOLD, with their fences and what cards have left."""

    lines: Sequence[Row[Any]]
    fences: Mapping[int, int]
    months: Mapping[int, MonthBudget]
    seconds: float


def heartbeat(session: Session, *, bridge: Caller, request: HeartbeatRequest, profiles: Profiles) -> Held:
    """Renew the leases of this run, give it its bridge's lines back and whatever lines are free.

    The bridge's row must be locked. Raises StaleInstanceError when a later run of the bridge has spoken.
    """
    introduce(session, bridge=bridge, instance=request.instance)
    lines = _lines(session, bridge, request, profiles)
    now = session.database_now()
    held = {line.id for line in lines if is_held(line, bridge=bridge, instance=request.instance, now=now)}
    fences = {line.id: line.fence if line.id in held else line.fence + 1 for line in lines}
    until = now + session.span(LEASE_SECONDS)
    if taken := sorted(fences.keys() - held):
        session.run_sql(TAKE, bridge_id=bridge.id, instance=request.instance, until=until, ids=taken)
    if held:
        numbers = {(line.reference, line.fence): line.id for line in lines if line.id in held}
        session.run_sql(RENEW, until=until, ids=sorted(held), told=_told(numbers, request.lines))
    limited = [line.id for line in lines if line.monthly_bytes is not None]
    return Held(lines, fences, count(session, limited, request.lines), session.span(LEASE_SECONDS).total_seconds())


def extend(session: Session, *, line: Line, now: datetime) -> float:
    """Let a lease that is held last a whole lease from now; returns how many seconds that is."""
    line.leased_until = now + session.span(LEASE_SECONDS)
    return session.span(LEASE_SECONDS).total_seconds()


def is_held(line: Leasable, *, bridge: Caller, instance: str, now: datetime) -> bool:
    """Whether this run of the bridge holds the line now."""
    mine = (line.bridge_id, line.instance) == (bridge.id, instance)
    return mine and line.leased_until is not None and line.leased_until > now


def _unfit(told: Mapping[str, str], profiles: Profiles) -> list[str]:
    return sorted(code for code, profile in profiles.items() if told.get(code) != profile.sha256)


def _lines(session: Session, bridge: Caller, request: HeartbeatRequest, profiles: Profiles) -> Sequence[Row[Any]]:
    """Keep what the bridge says of itself; lock its lines and those that nobody holds."""
    return session.run_sql(
        BEAT,
        bridge_id=bridge.id,
        organisation_id=bridge.organisation_id,
        instance=request.instance,
        seen_at=session.clock.now(),
        version=request.version,
        unfit_profiles=",".join(_unfit(request.profiles, profiles)),
        refused_calls=dumps([call.model_dump() for call in request.refused_calls]),
        now=session.database_now(),
    ).all()


def _told(numbers: Mapping[tuple[str, int], int], told: Sequence[LineStatus]) -> str:
    """Return what RENEW needs of how held lines look from the bridge; numbers: theirs, by reference and fence.

    An instant that could not be read again is left out: it would stop whoever reads lines, for everybody.
    """
    rows = {
        number: {
            "line": number,
            "answers": status.gateway_answers,
            "good_at": good_at.isoformat() if (good_at := status.last_good_at) and is_instant(good_at) else None,
            "counted": status.statistics.model_dump(mode="json") if status.statistics else None,
        }
        for status in told
        if (number := numbers.get((status.line, status.fence))) is not None
    }
    return dumps(list(rows.values()))
