"""The long poll: wait for work without holding a transaction or a connection."""

from backend.bridge_api.asking import caller
from backend.kernel.db import Session
from backend.metering.commands.claiming import Claimed, claim
from backend.runtime import Runtime
from meter_bridge.protocol import ClaimReply, ClaimRequest

LOOK_AGAIN = 1.0  # seconds; a ring may be lost, a second may not
TELL_AGAIN = 0.25  # seconds


def wait_for_work(here: Runtime, asked: ClaimRequest) -> ClaimReply:
    """Return as soon as there is news, else when the wait is over.

    Work the bridge was told of before is told again a little later, in case the answer was lost: at once would let a
    bridge that has it in hand spin.
    """
    begun = here.clock.monotonic()
    while True:
        heard = here.bell.heard()
        found = here.database.run(lambda session: _claimed(session, here, asked))
        left = begun + asked.wait_seconds - here.clock.monotonic()
        if left <= 0 or _is_worth_telling(found, waited=here.clock.monotonic() - begun):
            return found.reply
        here.bell.wait(heard, min(left, TELL_AGAIN if found.reply.work else LOOK_AGAIN))


def _claimed(session: Session, here: Runtime, asked: ClaimRequest) -> Claimed:
    return claim(session, bridge=caller(session), request=asked, profiles=here.profiles)


def _is_worth_telling(found: Claimed, *, waited: float) -> bool:
    return found.news or (bool(found.reply.work) and waited >= TELL_AGAIN)
