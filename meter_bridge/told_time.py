"""Ask a meter for its own clock along with what a poll brought."""

from datetime import datetime

import structlog

from meter_bridge.clock import Clock
from meter_bridge.driver import Driver
from meter_bridge.line import LineDownError, LineError
from meter_bridge.profile import Profile
from meter_bridge.protocol import CommandKind, Evidence

log = structlog.get_logger()


async def with_clock(driver: Driver, profile: Profile, clock: Clock, evidence: Evidence) -> Evidence:
    """Return evidence with what the meter's clock showed at its instant; without it where the meter does not say.

    Raises LineDownError only: a meter that refuses to tell the time has told everything else.
    """
    if profile.clock is None:
        return evidence
    try:
        told = (await driver.proof(CommandKind.SYNC_CLOCK, 1)).get("clock")
    except LineDownError:
        raise
    except LineError as error:
        log.info("clock_untold", why=f"{type(error).__name__}: {error}")
        return evidence
    if not isinstance(told, datetime):
        return evidence
    try:
        shown = told - (clock.now() - evidence.read_at)  # reading all of a slow meter takes seconds
    except OverflowError:
        return evidence
    return evidence.model_copy(update={"clock": shown})
