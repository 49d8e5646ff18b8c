"""Let synchronous code wait inside an event loop: it is set aside exactly where it asks to wait, and nowhere else."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from greenlet import getcurrent, greenlet  # type: ignore[import-untyped] # it publishes no types

T = TypeVar("T")


class Lane(greenlet):  # type: ignore[misc] # likewise
    """Synchronous code under way. in_transaction: it holds a database connection, so it must not be set aside."""

    in_transaction = False


class SetAsideInTransactionError(AssertionError):
    """Code waited for the network, a clock or another actor while it held a transaction open."""


async def run_switching(work: Callable[[], T]) -> T:
    """Run synchronous code that may wait; the loop does other things meanwhile."""
    driver = getcurrent()
    lane = Lane(work, driver)
    lane.gr_context = driver.gr_context
    asked: Any = lane.switch()
    while not lane.dead:
        try:
            answer = await asked
        except BaseException as error:  # noqa: BLE001 whatever it is, the one who waits must see it
            asked = lane.throw(error)
        else:
            asked = lane.switch(answer)
    result: T = asked
    return result


def may_wait() -> bool:
    """Whether the code that asks runs under run_switching."""
    return isinstance(getcurrent(), Lane)


def wait_for(something: Awaitable[T]) -> T:
    """Wait from synchronous code. Raises SetAsideInTransactionError for a house rule broken."""
    lane = getcurrent()
    if not isinstance(lane, Lane) or lane.parent is None:
        raise RuntimeError("nobody can wait here")
    if lane.in_transaction:
        if asyncio.iscoroutine(something):
            something.close()
        raise SetAsideInTransactionError("something was waited for inside a transaction")
    answer: T = lane.parent.switch(something)
    return answer
