"""Start units one after the other, keep them running, stop them in reverse."""

import selectors
from collections.abc import Callable, Sequence

from backend.cli.supervision.console import Console
from backend.cli.supervision.process import Unit
from backend.cli.supervision.tended import Tended
from backend.kernel.clock import Clock

_LOOK_SECONDS = 0.1


class StartError(RuntimeError):
    """A unit did not come up; the message is for people."""


class Supervisor:
    """Keep units running until told to stop. It has one thread, and its children end with that thread.

    Args:
        grace: seconds a unit may take to end cleanly before it is killed.
        ready_seconds: seconds a unit may take to become ready, or a one-shot to finish.
    """

    def __init__(
        self,
        units: Sequence[Unit],
        *,
        console: Console,
        clock: Clock,
        grace: float = 10.0,
        ready_seconds: float = 120.0,
    ) -> None:
        self._console = console
        self._clock = clock
        self._grace = grace
        self._ready_seconds = ready_seconds
        self._waiting = list(units)
        self._tended: list[Tended] = []
        self._stopping = False
        self._selector = selectors.DefaultSelector()

    def run(self, announce: Callable[[], None]) -> None:
        """Start everything, announce, and tend it until `request_stop`; raise StartError when a unit does not come up.

        Whatever happens, nothing is left running afterwards.
        """
        try:
            while self._waiting and not self._stopping:
                self._bring_up(self._waiting.pop(0))
            if not self._stopping:
                announce()
            while not self._stopping:
                self._look()
        finally:
            self._stop_all()

    def request_stop(self) -> None:
        """Stop everything soon. May be called from a signal handler."""
        self._stopping = True

    @property
    def stopping(self) -> bool:
        """Say whether a stop was requested."""
        return self._stopping

    def hurry(self) -> None:
        """Kill what has not ended yet instead of waiting for it. May be called from a signal handler."""
        self._grace = 0.0

    def _bring_up(self, unit: Unit) -> None:
        tended = Tended(unit, self._console, self._clock)
        self._selector.register(tended.reading, selectors.EVENT_READ, tended)
        self._tended.append(tended)
        self._console.say(f"{unit.name}: {'runs once' if unit.one_shot else 'starts'}")
        try:
            tended.start()
        except (OSError, RuntimeError) as error:
            raise StartError(f"{unit.name} cannot start: {error}") from error
        deadline = self._clock.monotonic() + self._ready_seconds
        while not self._stopping and not self._is_up(tended):
            if self._clock.monotonic() > deadline:
                raise StartError(f"{unit.name} was not ready within {self._ready_seconds:g} s; {self._see(tended)}")
            self._look(besides=tended)

    def _is_up(self, tended: Tended) -> bool:
        if tended.running:
            return not tended.unit.one_shot and tended.unit.ready()
        tended.drain()
        if tended.unit.one_shot and tended.process is not None and tended.process.returncode == 0:
            return True
        raise StartError(f"{tended.unit.name} {tended.ending()}, so nothing more is started; {self._see(tended)}")

    def _look(self, *, besides: Tended | None = None) -> None:
        """Pass output on for a moment, then see to units that ended."""
        for key, _ in self._selector.select(_LOOK_SECONDS):
            key.data.drain()
        for tended in self._tended:
            if tended is not besides and not tended.unit.one_shot and not tended.running and not self._stopping:
                self._see_to(tended)

    def _see_to(self, tended: Tended) -> None:
        if tended.retry_at is None:
            tended.drain()
            tended.end_session()
            ending, wait = tended.ending(), tended.plan_restart()
            self._console.say(f"{tended.unit.name} {ending}; it starts again in {wait:g} s")
        elif self._clock.monotonic() >= tended.retry_at:
            self._console.say(f"{tended.unit.name}: starts again")
            try:
                tended.start()
            except (OSError, RuntimeError) as error:
                self._console.say(f"{tended.unit.name} cannot start: {error}; next try in {tended.plan_restart():g} s")

    def _stop_all(self) -> None:
        self._stopping = True
        for tended in reversed(self._tended):
            tended.ask_to_end()
            asked_at = self._clock.monotonic()
            while tended.running and self._clock.monotonic() - asked_at < self._grace:
                self._look()
            if tended.running:
                self._console.say(f"{tended.unit.name} does not end by itself and is killed")
            tended.end_session()
            self._selector.unregister(tended.reading)
            tended.close()
        self._selector.close()
        if self._tended:
            self._console.say("everything has stopped")

    def _see(self, tended: Tended) -> str:
        return f"see its lines above, or {self._console.log_of(tended.unit.name)}"
