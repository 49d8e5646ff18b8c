"""Tell the backend what came of commands: on disk first, told in order, before anything new is claimed."""

import asyncio
import random
from collections import Counter

import structlog

from meter_bridge.agenda import jittered
from meter_bridge.api import Api, ApiRefusalError, ApiUnreachableError
from meter_bridge.clock import Clock
from meter_bridge.journal import Journal, Told
from meter_bridge.protocol import OutcomeRequest

LONGEST_PAUSE = 10.0
STUBBORN = 3
_NOT_ABOUT_THIS = {401, 403}

log = structlog.get_logger()


class Outbox:
    """Outcomes on their way to the backend."""

    def __init__(self, api: Api, clock: Clock, journal: Journal, chance: random.Random) -> None:
        self._api, self._clock, self._journal, self._chance = api, clock, journal, chance
        self._wake = asyncio.Event()
        self._settled = asyncio.Event()
        self._faults: Counter[int] = Counter()

    def put(self, command: str, request_id: str, outcome: OutcomeRequest) -> None:
        """Keep an outcome on disk; it is told soon."""
        self._journal.add_outcome(command, request_id, outcome)
        self._settled.clear()
        self._wake.set()

    async def settled(self) -> None:
        """Wait until nothing is left to tell that would hold up new claims.

        An outcome to which the backend answers with an error of its own (5xx) again and again holds them up no
        longer: it is kept and told again, while other meters are served.
        """
        await self._settled.wait()

    async def run(self) -> None:
        """Tell outcomes for ever."""
        pause = 0.5
        while True:
            self._wake.clear()
            if await self._tell_all():
                pause = 0.5
                await self._wake.wait()
            else:
                await self._clock.sleep(jittered(pause, self._chance))
                pause = min(2 * pause, LONGEST_PAUSE)

    async def _tell_all(self) -> bool:
        left = self._journal.outcomes()
        blocking = False
        for told in left:
            if await self._tell(told):
                self._journal.drop_outcome(told)
                self._faults.pop(told.id, None)
            else:
                blocking = blocking or self._faults[told.id] < STUBBORN
        if not blocking and not self._wake.is_set():
            self._settled.set()
        return not self._journal.outcomes()

    async def _tell(self, told: Told) -> bool:
        """Return whether this outcome need not be told again."""
        bound = log.bind(command=told.command, request_id=told.request_id)
        try:
            reply = await self._api.outcome(told.command, told.outcome, told.request_id)
        except ApiUnreachableError as why:
            self._faults[told.id] += why.answered
            bound.warning("outcome_not_told", why=str(why), faults=self._faults[told.id])
            return False
        except ApiRefusalError as why:
            bound.warning("outcome_refused", status=why.status, code=why.code, detail=why.detail)
            return why.status not in _NOT_ABOUT_THIS
        bound.info("outcome_told", write=told.outcome.write.value, state=reply.state.value)
        return True
