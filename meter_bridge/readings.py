"""Hand readings to the backend in batches; what cannot be handed over waits on disk, in order."""

import structlog

from meter_bridge.api import STALE_INSTANCE, Api, ApiRefusalError, ApiUnreachableError
from meter_bridge.clock import Clock
from meter_bridge.journal import Journal
from meter_bridge.protocol import Reading, ReadingsRequest

EVERY = 1.0
BATCH = 1000
_NOT_ABOUT_THIS = {401, 403}

log = structlog.get_logger()


class Readings:
    """Readings on their way to the backend. A crash loses those of the last second: the next poll closes the gap."""

    def __init__(self, api: Api, clock: Clock, journal: Journal, instance: str) -> None:
        self._api, self._clock, self._journal, self._instance = api, clock, journal, instance
        self._fresh: list[Reading] = []

    def add(self, reading: Reading) -> None:
        """Take a reading along with the next batch."""
        self._fresh.append(reading)

    async def run(self) -> None:
        """Hand over for ever."""
        while True:
            await self._clock.sleep(EVERY)
            await self.hand_over()

    async def hand_over(self) -> None:
        """Hand over what waits on disk, then what is fresh; keep on disk what the backend cannot take now."""
        try:
            while (kept := self._journal.readings(BATCH))[0]:
                await self._send(kept[0])
                self._journal.drop_readings(kept[1])
            while self._fresh:
                batch = self._fresh[:BATCH]
                await self._send(batch)
                del self._fresh[: len(batch)]
        except ApiUnreachableError as why:
            log.warning("readings_kept", why=str(why), readings=len(self._fresh))
            self.keep()

    def keep(self) -> None:
        """Put what is fresh on disk."""
        if self._fresh and (lost := self._journal.add_readings(self._fresh)):
            log.error("readings_lost", lost=lost, why="the journal is full: the newest are dropped")
        self._fresh.clear()

    async def _send(self, batch: list[Reading]) -> None:
        """Send; when the backend finds the batch invalid, send its halves, down to the one that is."""
        try:
            await self._api.readings(ReadingsRequest(instance=self._instance, readings=batch))
        except ApiRefusalError as why:
            if why.status in _NOT_ABOUT_THIS or why.code == STALE_INSTANCE:
                raise ApiUnreachableError(str(why), answered=True) from None
            if len(batch) == 1:
                log.exception("reading_refused", meter=batch[0].meter)
                return
            middle = len(batch) // 2
            await self._send(batch[:middle])
            await self._send(batch[middle:])
