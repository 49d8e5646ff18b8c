"""The one place of the bridge that asks the time."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Time as the bridge sees it. A simulation gives one that follows its event loop."""

    def now(self) -> datetime:
        """Return the instant, aware, in UTC: only for stamps that people and the backend read."""

    def monotonic(self) -> float:
        """Return seconds that never jump: for leases and deadlines."""

    async def sleep(self, seconds: float) -> None:
        """Wait this long."""


class SystemClock:
    """The clock of this machine; its monotonic seconds go on while the machine is suspended."""

    def now(self) -> datetime:
        """Return the instant, aware, in UTC."""
        return datetime.now(UTC)  # noqa: TID251 -- this is the module that asks the time

    def monotonic(self) -> float:
        """Return seconds since boot, sleep included: a suspended bridge must find its leases expired."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)

    async def sleep(self, seconds: float) -> None:
        """Wait this long."""
        await asyncio.sleep(seconds)
