"""Which run of a bridge is the newest: the one that nobody had heard of when it first sent a heartbeat.

No clock is asked. A run is introduced once, by a heartbeat, and every run introduced earlier has lost for ever.
Should a first heartbeat be overtaken on its way, the live run is told so and starts again under a new reference:
that costs a restart, never a second writer, because every acquisition raises the fence.
"""

from sqlalchemy import select

from backend.kernel.db import Session
from backend.metering.errors import NotLeasedError, StaleInstanceError
from backend.metering.models import Bridge, BridgeRun


def introduce(session: Session, *, bridge: Bridge, instance: str) -> None:
    """Make this run the bridge's newest, unless it was superseded; the bridge's row must be locked.

    Raises StaleInstanceError.
    """
    if bridge.instance == instance:
        return
    refuse_superseded(session, bridge=bridge, instance=instance)
    run = {"organisation_id": bridge.organisation_id, "bridge_id": bridge.id, "instance": instance}
    session.add(BridgeRun(**run, heard_at=session.clock.now()))
    bridge.instance = instance


def refuse_superseded(session: Session, *, bridge: Bridge, instance: str) -> None:
    """Let the newest run pass, and one nobody has heard of yet. Raises StaleInstanceError for all earlier ones."""
    if bridge.instance == instance:
        return
    known = select(BridgeRun.id).filter_by(bridge_id=bridge.id, instance=instance)
    if session.scalars(known).one_or_none() is not None:
        raise StaleInstanceError


def require_newest(session: Session, *, bridge: Bridge, instance: str) -> None:
    """Let only the newest run pass. Raises StaleInstanceError, and NotLeasedError for a run nobody has heard of."""
    refuse_superseded(session, bridge=bridge, instance=instance)
    if bridge.instance != instance:
        raise NotLeasedError
