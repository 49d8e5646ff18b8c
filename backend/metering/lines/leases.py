"""Who may use a line until when. Each acquisition raises the line's fence by one, so that no two ever share one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, bindparam, or_, select

from backend.kernel.db import Session
from backend.metering.lines.carrying import count
from backend.metering.lines.runs import introduce
from backend.metering.locking import FRESH
from backend.metering.models import Bridge, Gateway, Line
from meter_bridge.profile import Profile
from meter_bridge.protocol import HeartbeatRequest, LineStatus, MonthBudget

LEASE_SECONDS = 30.0

Profiles = Mapping[str, Profile]
Lines = Sequence[Row[Line, str]]  # each with the address of its gateway

LINES = select(Line, Gateway.host).join(Gateway, Gateway.id == Line.gateway_id).order_by(Line.id)
OWN = LINES.where(Line.bridge_id == bindparam("bridge")).with_for_update(key_share=True, of=Line)
FREE = (
    LINES.where(Line.organisation_id == bindparam("organisation"))
    .where(Line.bridge_id.is_distinct_from(bindparam("bridge")))
    .where(or_(Line.leased_until.is_(None), Line.leased_until <= bindparam("now")))
    .where(or_(Line.home_bridge_id.is_(None), Line.home_bridge_id == bindparam("bridge")))
    .with_for_update(key_share=True, skip_locked=True, of=Line)
)


@dataclass(frozen=True, slots=True)
class Held:
    """The lines a run holds from now for so many seconds, with their gateways' addresses, and what cards have left."""

    hosts: Mapping[Line, str]
    months: Mapping[int, MonthBudget]
    seconds: float


def heartbeat(session: Session, *, bridge: Bridge, request: HeartbeatRequest, profiles: Profiles) -> Held:
    """Renew the leases of this run, give it its bridge's lines back and whatever lines are free.

    The bridge's row must be locked. Raises StaleInstanceError when a later run of the bridge has spoken.
    """
    introduce(session, bridge=bridge, instance=request.instance)
    bridge.seen_at = session.clock.now()
    bridge.unfit_profiles = ",".join(_unfit(request.profiles, profiles))
    bridge.version = request.version
    bridge.refused_calls = [call.model_dump() for call in request.refused_calls]
    hosts = dict([*_own_lines(session, bridge), *_free_lines(session, bridge)])
    lines = list(hosts)
    now = session.database_now()
    for line in lines:
        _lease(session, line, bridge, now)
    _note(lines, request.lines)
    return Held(hosts, count(session, lines, request.lines), session.span(LEASE_SECONDS).total_seconds())


def extend(session: Session, *, line: Line, now: datetime) -> float:
    """Let a lease that is held last a whole lease from now; returns how many seconds that is."""
    line.leased_until = now + session.span(LEASE_SECONDS)
    return session.span(LEASE_SECONDS).total_seconds()


def is_held(line: Line, *, bridge: Bridge, instance: str, now: datetime) -> bool:
    """Whether this run of the bridge holds the line now."""
    mine = (line.bridge_id, line.instance) == (bridge.id, instance)
    return mine and line.leased_until is not None and line.leased_until > now


def _unfit(told: Mapping[str, str], profiles: Profiles) -> list[str]:
    return sorted(code for code, profile in profiles.items() if told.get(code) != profile.sha256)


def _own_lines(session: Session, bridge: Bridge) -> Lines:
    """Lock the bridge's lines."""
    return session.execute(OWN, {"bridge": bridge.id}, execution_options=FRESH).all()


def _free_lines(session: Session, bridge: Bridge) -> Lines:
    """Lock what nobody holds; a line that another bridge is taking at this moment is left to it."""
    asked = {"organisation": bridge.organisation_id, "bridge": bridge.id, "now": session.database_now()}
    return session.execute(FREE, asked, execution_options=FRESH).all()


def _lease(session: Session, line: Line, bridge: Bridge, now: datetime) -> None:
    instance = bridge.instance or ""
    if not is_held(line, bridge=bridge, instance=instance, now=now):
        line.fence += 1
        line.bridge_id, line.instance = bridge.id, instance
        line.gateway_answers = None
    extend(session, line=line, now=now)


def _note(lines: Sequence[Line], told: Sequence[LineStatus]) -> None:
    """Keep how lines look from the bridge, as far as it speaks of the lease it still holds."""
    held = {(line.reference, line.fence): line for line in lines}
    for status in told:
        line = held.get((status.line, status.fence))
        if line is not None:
            line.gateway_answers = status.gateway_answers
            line.last_good_at = status.last_good_at or line.last_good_at
            line.statistics = status.statistics.model_dump(mode="json") if status.statistics else line.statistics
