"""Bridges as staff see them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from backend.admin.lines.line_sight import LineSight
from backend.kernel.db import Session
from backend.kernel.scope import Scope
from backend.metering.lines.leases import LEASE_SECONDS
from backend.metering.models import Bridge


@dataclass(frozen=True, slots=True)
class BridgeSight:
    """A bridge, and whether it was heard within a lease."""

    bridge: Bridge
    alive: bool
    lines: int


def bridges_seen(session: Session, *, scope: Scope, lines: Sequence[LineSight]) -> list[BridgeSight]:
    """Return the bridges of the organisation; to who sees some parks, those that hold or own a line there."""
    bridges = select(Bridge).where(Bridge.organisation_id == scope.organisation_id, Bridge.revoked_at.is_(None))
    if scope.park_ids is not None:
        here = {sight.line.bridge_id for sight in lines} | {sight.line.home_bridge_id for sight in lines}
        bridges = bridges.where(Bridge.id.in_(here - {None}))
    recent = session.clock.now() - session.span(LEASE_SECONDS)
    held = [sight.holder.id for sight in lines if sight.holder]
    return [
        BridgeSight(bridge, bridge.seen_at is not None and bridge.seen_at > recent, held.count(bridge.id))
        for bridge in session.scalars(bridges.order_by(Bridge.name))
    ]
