"""Which run of a bridge is the newest: the one that nobody had heard of when it first sent a heartbeat.

No clock is asked. A run is introduced once, by a heartbeat, and every run introduced earlier has lost for ever.
Should a first heartbeat be overtaken on its way, the live run is told so and starts again under a new reference:
that costs a restart, never a second writer, because every acquisition raises the fence.
"""

from dataclasses import dataclass
from typing import LiteralString

from backend.kernel.db import Session
from backend.metering.errors import NotLeasedError, StaleInstanceError

HEARD: LiteralString = "SELECT 1 FROM bridge_run WHERE bridge_id = %(bridge_id)s AND instance = %(instance)s"
INTRODUCE: LiteralString = """
INSERT INTO bridge_run (organisation_id, bridge_id, instance, heard_at)
VALUES (%(organisation_id)s, %(bridge_id)s, %(instance)s, %(now)s)
"""


@dataclass(frozen=True, slots=True)
class Caller:
    """A bridge that calls. instance: its newest run; unfit_profiles: codes, with commas, whose file differs there."""

    id: int
    organisation_id: int
    instance: str | None
    unfit_profiles: str


def introduce(session: Session, *, bridge: Caller, instance: str) -> None:
    """See that this run may be the bridge's newest, and remember it; the bridge's row must be locked and be told so.

    Raises StaleInstanceError.
    """
    if bridge.instance == instance:
        return
    refuse_superseded(session, bridge=bridge, instance=instance)
    run = {"organisation_id": bridge.organisation_id, "bridge_id": bridge.id, "instance": instance}
    session.run_sql(INTRODUCE, **run, now=session.clock.now())


def refuse_superseded(session: Session, *, bridge: Caller, instance: str) -> None:
    """Let the newest run pass, and one nobody has heard of yet. Raises StaleInstanceError for all earlier ones."""
    if bridge.instance == instance:
        return
    if session.run_sql(HEARD, bridge_id=bridge.id, instance=instance).first() is not None:
        raise StaleInstanceError


def require_newest(session: Session, *, bridge: Caller, instance: str) -> None:
    """Let only the newest run pass. Raises StaleInstanceError, and NotLeasedError for a run nobody has heard of."""
    refuse_superseded(session, bridge=bridge, instance=instance)
    if bridge.instance != instance:
        raise NotLeasedError
