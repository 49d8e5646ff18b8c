"""One seed on the stage: its time, its story, its faults, its processes, and whether a promise was broken."""

import asyncio
import contextvars
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from tests.simulation.chance import Chance
from tests.simulation.loop import HERE, Process, SimulatedLoop
from tests.simulation.plan import Plan
from tests.simulation.story import Story
from tests.simulation.switching import may_wait, run_switching, wait_for

T = TypeVar("T")
START = datetime(2026, 3, 1, tzinfo=UTC)
FASTEST, SLOWEST = 0.0005, 0.03


class Scene:
    """What all actors of a seed share."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.loop = SimulatedLoop()  # type: ignore[abstract] # what nobody here calls is left out
        self.story = Story(self.loop.time)
        self.chance = Chance(plan, self.story)
        self.outside = contextvars.copy_context()
        self.failure: str | None = None
        self.skews: dict[str, float] = {}
        self.queued: set[str] = set()
        self.hosts = {name: Host(self, name) for name in ("web", "bridge API", "ticker", "worker")}

    def now(self) -> datetime:
        """Return the true time, by which the database goes."""
        return START + timedelta(seconds=self.loop.time())

    def local_now(self) -> datetime:
        """Return the time as the process that asks believes it to be."""
        process = HERE.get()
        return self.now() + timedelta(seconds=self.skews.get(process.name, 0.0) if process else 0.0)

    def fail(self, promise: str) -> None:
        """Note the first promise that was broken."""
        if self.failure is None:
            self.failure = promise
            self.story.tell("BROKEN", promise)

    def later(self, seconds: float, work: Callable[[], object]) -> None:
        """Do something in the world outside, after a while."""
        self.loop.call_later(seconds, work, context=self.outside)

    def step(self, where: str) -> None:
        """Let others go first; the process that asks may die here."""
        if not may_wait():
            return
        process = HERE.get()
        if process is not None and self.chance.strikes(f"{process.name} crash", where):
            self.hosts[process.name].crash()
            wait_for(self.loop.create_future())
        wait_for(asyncio.sleep(self.chance.between("pace", FASTEST, SLOWEST)))


class Host:
    """A process of the backend that is started again as soon as it dies."""

    def __init__(self, scene: Scene, name: str) -> None:
        self._scene = scene
        self.name = name
        self.process = Process(name)
        self.died: Callable[[], None] = lambda: None

    def crash(self) -> None:
        """Die with everything under way, and start again."""
        self.process.kill()
        self.process = Process(self.name)
        self.died()

    async def run(self, work: Callable[[], T]) -> T:
        """Have synchronous work done here. Raises ConnectionResetError when this process dies meanwhile."""
        loop = self._scene.loop
        told: asyncio.Future[T] = loop.create_future()
        process = self.process
        process.askers.append(told)
        loop.spawn(process, _do(work, told))
        try:
            return await told
        finally:
            process.askers.remove(told)


async def _do(work: Callable[[], T], told: "asyncio.Future[Any]") -> None:
    try:
        answer = await run_switching(work)
    except Exception as error:  # noqa: BLE001 it is for the one who asked
        if not told.done():
            told.set_exception(error)
    else:
        if not told.done():
            told.set_result(answer)
