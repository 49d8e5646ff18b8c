"""Lines and gateways with how they go, inside a scope."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from backend.admin.lines.line_sight import LineSight
from backend.estate.models import Park
from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError
from backend.kernel.scope import Scope
from backend.metering.lines.silence import fell_silent
from backend.metering.models import Bridge, Gateway, Line, Meter, MeterState, MeterStatus
from meter_bridge.profile import Profile
from meter_bridge.protocol import LineStatistics

Profiles = Mapping[str, Profile]


def lines_seen(session: Session, *, scope: Scope, profiles: Profiles) -> list[LineSight]:
    """Return the lines of a scope by park, gateway and port."""
    return _sights(session, _lines(scope), profiles)


def line_seen(session: Session, *, scope: Scope, line_id: int, profiles: Profiles) -> LineSight:
    """Return one line. Raises NotFoundError."""
    found = _sights(session, _lines(scope).where(Line.id == line_id), profiles)
    if not found:
        raise NotFoundError
    return found[0]


def lines_of_gateway(session: Session, *, scope: Scope, gateway_id: int, profiles: Profiles) -> list[LineSight]:
    """Return the lines of a gateway."""
    return _sights(session, _lines(scope).where(Gateway.id == gateway_id), profiles)


def gateway_seen(session: Session, *, scope: Scope, gateway_id: int) -> tuple[Gateway, Park]:
    """Return a gateway and its park. Raises NotFoundError."""
    known = select(Gateway, Park).join(Park, Park.id == Gateway.park_id).where(Gateway.id == gateway_id)
    row = session.execute(known.where(scope.within(Gateway.organisation_id, Gateway.park_id))).one_or_none()
    if row is None:
        raise NotFoundError
    return row[0], row[1]


def _lines(scope: Scope) -> Select[*tuple[Any, ...]]:
    return (
        select(Line, Gateway, Park, Bridge)
        .join(Gateway, Gateway.id == Line.gateway_id)
        .join(Park, Park.id == Gateway.park_id)
        .outerjoin(Bridge, Bridge.id == Line.bridge_id)
        .where(scope.within(Gateway.organisation_id, Gateway.park_id))
        .order_by(Park.name, Gateway.name, Line.port)
    )


def _sights(session: Session, found: Select[*tuple[Any, ...]], profiles: Profiles) -> list[LineSight]:
    rows, now = session.execute(found).all(), session.database_now()
    meters = _meters(session, [row[0].id for row in rows], profiles)
    return [_sight(row, now, *meters.get(row[0].id, (0, 0))) for row in rows]


def _sight(row: Any, now: datetime, meters: int, silent: int) -> LineSight:
    line, gateway, park, bridge = row
    held = line.leased_until is not None and line.leased_until > now
    told = LineStatistics.model_validate(line.statistics) if line.statistics and held else None
    return LineSight(line, gateway, park, bridge if held else None, meters, silent, told)


def _meters(session: Session, lines: Sequence[int], profiles: Profiles) -> dict[int, tuple[int, int]]:
    """Count the meters in use of each line, and those that are silent."""
    silent = fell_silent(session.clock.now(), profiles)
    counted = (
        select(Meter.line_id, func.count(), func.count().filter(silent))
        .join(Line, Line.id == Meter.line_id)
        .outerjoin(MeterStatus, MeterStatus.meter_id == Meter.id)
        .where(Meter.line_id.in_(lines), Meter.state == MeterState.ACTIVE)
        .group_by(Meter.line_id)
    )
    return {row[0]: (row[1], row[2]) for row in session.execute(counted)}
