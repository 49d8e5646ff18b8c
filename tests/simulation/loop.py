"""An event loop whose time jumps to the next thing to do, and whose processes can be paused and killed."""

import asyncio
import contextvars
import heapq
from collections import deque
from collections.abc import Callable, Coroutine
from itertools import count
from typing import Any, TypeVar

T = TypeVar("T")


class Process:
    """Something that dies as a whole: nothing of it runs any more, and whoever waits for it is told so."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.dead = False
        self.paused = False
        self.held_back: list[Step] = []
        self.askers: list[asyncio.Future[Any]] = []

    def kill(self) -> None:
        """End it as kill -9 does: no step of it is ever done again."""
        self.dead = True
        for asker in self.askers:
            if not asker.done():
                asker.set_exception(ConnectionResetError(f"{self.name} died"))


HERE: contextvars.ContextVar[Process | None] = contextvars.ContextVar("HERE", default=None)


class Step(asyncio.Handle):
    """A callback, and the process it belongs to."""

    def __init__(
        self, work: Callable[..., object], args: tuple[Any, ...], loop: "SimulatedLoop", where: contextvars.Context
    ) -> None:
        super().__init__(work, args, loop, where)
        self.process = where.get(HERE)


class Timer(Step):
    """A callback due at an instant."""

    def __init__(self, at: float, *rest: Any) -> None:
        super().__init__(*rest)
        self.at = at

    def when(self) -> float:
        """Return when it is due."""
        return self.at


class SimulatedLoop(asyncio.AbstractEventLoop):
    """Runs steps in the order they were asked for; the same program always runs in the same way."""

    def __init__(self) -> None:
        self._now = 0.0
        self._ready: deque[Step] = deque()
        self._timers: list[tuple[float, int, Timer]] = []
        self._turn = count()
        self.tasks: list[asyncio.Task[Any]] = []
        self.troubles: list[str] = []
        self._undone: list[Step] = []
        self._processes: dict[Process, None] = {}

    def time(self) -> float:
        """Return the virtual seconds since the beginning."""
        return self._now

    def run_until(self, done: Callable[[], bool], at_most: float) -> bool:
        """Do steps until something is true, or until an instant has passed; return whether it became true."""
        asyncio._set_running_loop(self)
        try:
            while not done():
                if not self._ready and not self._advance(at_most):
                    return done()
                if self._ready:
                    self._do(self._ready.popleft())
            return True
        finally:
            asyncio._set_running_loop(None)

    def wake(self, process: Process) -> None:
        """Let a paused process go on with all that waited for it."""
        process.paused = False
        self._ready.extend(process.held_back)
        process.held_back.clear()

    def end(self) -> None:
        """Cancel every task that is left and let it unwind, the dead ones too; nothing may outlive its seed."""
        asyncio._set_running_loop(self)
        left = [task for task in self.tasks if not task.done()]
        try:
            for task in left:
                task.cancel()
            self._ready.extend(self._undone)
            for process in self._processes:
                self._ready.extend(process.held_back)
            while self._ready:
                step = self._ready.popleft()
                if not step.cancelled():
                    step._run()
        finally:
            asyncio._set_running_loop(None)
        self.tasks.clear()
        self._timers.clear()

    def _advance(self, at_most: float) -> bool:
        while self._timers:
            at, _, timer = self._timers[0]
            if at > at_most:
                break
            heapq.heappop(self._timers)
            if not timer.cancelled():
                self._now = max(self._now, at)
                self._ready.append(timer)
                return True
        self._now = max(self._now, at_most)
        return False

    def _do(self, step: Step) -> None:
        process = step.process
        if step.cancelled():
            return
        if process is not None and (process.dead or process.paused):
            (self._undone if process.dead else process.held_back).append(step)
        else:
            step._run()

    def call_soon(  # type: ignore[override] # the stub's overloads are for typed tuples
        self, callback: Callable[..., object], *args: Any, context: contextvars.Context | None = None
    ) -> Step:
        """Do this next."""
        step = Step(callback, args, self, context or contextvars.copy_context())
        self._ready.append(step)
        return step

    def call_later(  # type: ignore[override] # likewise
        self, delay: float, callback: Callable[..., object], *args: Any, context: contextvars.Context | None = None
    ) -> Timer:
        """Do this after so many seconds."""
        return self.call_at(self._now + delay, callback, *args, context=context)

    def call_at(  # type: ignore[override] # likewise
        self, when: float, callback: Callable[..., object], *args: Any, context: contextvars.Context | None = None
    ) -> Timer:
        """Do this at an instant."""
        timer = Timer(when, callback, args, self, context or contextvars.copy_context())
        heapq.heappush(self._timers, (when, next(self._turn), timer))
        return timer

    def create_future(self) -> asyncio.Future[Any]:
        """Return a future of this loop."""
        return asyncio.Future(loop=self)

    def create_task(  # type: ignore[override] # generators are no coroutines here
        self, coro: Coroutine[Any, Any, T], *, name: object = None, context: contextvars.Context | None = None
    ) -> asyncio.Task[T]:
        """Begin a coroutine; it belongs to the process that begins it."""
        task = asyncio.Task(coro, loop=self, context=context)
        self.tasks.append(task)
        return task

    def spawn(self, process: Process | None, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Begin a coroutine in a process, or in the world outside all of them."""
        if process is not None:
            self._processes[process] = None
        where = contextvars.copy_context()
        where.run(HERE.set, process)
        return self.create_task(work, context=where)

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Keep what nobody caught; it fails the seed."""
        self.troubles.append(f"{context.get('message')}: {context.get('exception')!r}")

    def get_debug(self) -> bool:
        """Say no."""
        return False

    def is_running(self) -> bool:
        """Say whether it runs."""
        return True

    def is_closed(self) -> bool:
        """Say no."""
        return False

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Leave a cancelled timer where it is: it is passed over when its time comes."""
