"""An event loop whose time jumps to the next thing to do: hours pass in milliseconds, always in the same way."""

import asyncio
import selectors
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

T = TypeVar("T")
START = datetime(2026, 3, 1, tzinfo=UTC)


class _Jumping(selectors.SelectSelector):
    passed = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("nothing will ever happen again")
        self.passed += max(timeout, 0.0)
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.passed


class VirtualClock:
    """The bridge's clock, following the loop. ahead: seconds by which the wall clock is wrong."""

    ahead = 0.0

    def now(self) -> datetime:
        return START + timedelta(seconds=self.monotonic() + self.ahead)

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def run_virtually(story: Coroutine[Any, Any, T], within: float = 3600.0) -> T:
    """Run a story to its end, at most this many virtual seconds."""

    async def bounded() -> T:
        async with asyncio.timeout(within):
            return await story

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(bounded())
