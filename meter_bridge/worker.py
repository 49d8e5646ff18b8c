"""The one task of one line: commands by rank, polls in between, one exchange at a time."""

import asyncio
from collections.abc import Callable
from datetime import datetime

import structlog

from meter_bridge.agenda import Agenda, Instant
from meter_bridge.byte_budget import stretched
from meter_bridge.delivery import Delivery, Post
from meter_bridge.lease import Lease, LeasedLine
from meter_bridge.line import Line, LineDownError, LineError, LinePlace
from meter_bridge.line_statistics import Tally, bound_per_minute, load_of
from meter_bridge.places import place_of
from meter_bridge.protocol import (
    LineLease,
    LineStatus,
    MeterPlace,
    OutcomeRequest,
    Reading,
    Work,
    WriteResult,
)
from meter_bridge.read_plan import groups_of
from meter_bridge.rhythm import PLAIN, Asked, Stretch
from meter_bridge.tools import Tools

REST = 1.0  # a command that is handed out again at once is not begun again before

log = structlog.get_logger()


class LineWorker:
    """Works one line as long as its lease lasts. changed: called when a command is done."""

    def __init__(self, tools: Tools, granted: LineLease, sent: float, changed: Callable[[], None]) -> None:
        self._tools, self._changed = tools, changed
        self._granted = granted
        self._place = place_of(granted)
        self.lease = Lease(granted.line, granted.fence, sent + granted.lease_seconds, tools.clock)
        self._line = LeasedLine(_opened(tools, granted.kind, self._place), self.lease)
        self._agenda = Agenda(tools.chance)
        self._tally = Tally(tools.clock.monotonic())
        self._posts: dict[str, Post] = {}
        self._meters: list[MeterPlace] | None = None
        self._wake = asyncio.Event()
        self._reached = False
        self._bound = 0
        self._last_good: datetime | None = None
        self._resting: dict[str, float] = {}
        self.pending: set[str] = set()
        self.renew(granted, sent)

    def fits(self, granted: LineLease) -> bool:
        """Whether this grant is for the same line in the same place under the same fence."""
        same = (self._granted.fence, self._granted.kind) == (granted.fence, granted.kind)
        return same and place_of(granted) == self._place

    def renew(self, granted: LineLease, sent: float) -> None:
        """Prolong the lease; take over which meters are on the line now."""
        self.lease.until = sent + granted.lease_seconds
        if granted.meters is not self._meters:
            self._take_over(granted.meters)
        self._agenda.slot_seconds = granted.slot_seconds
        self._agenda.stretch = self._stretch(granted)
        self._wake.set()

    def _take_over(self, meters: list[MeterPlace]) -> None:
        """Poll these meters from now on."""
        before, self._meters = self._posts, meters
        self._posts = {place.meter: post for place in meters if (post := self._post(place, before))}
        if self._posts != before:
            self._bound = bound_per_minute((post.profile for post in self._posts.values()), self._place)
        self._agenda.plan([post.place for post in self._posts.values()], self._tools.clock.monotonic())

    def _stretch(self, granted: LineLease) -> Stretch:
        """Return how far polls are stretched for the rest of the month."""
        if granted.month is None:
            return PLAIN
        loads = (load_of(post.profile, post.place.poll_seconds) for post in self._posts.values())
        month = granted.month
        return stretched(loads, granted.slot_seconds, left_bytes=month.left_bytes, left_seconds=month.left_seconds)

    def put(self, work: Work) -> bool:
        """Take a command in; return whether it was new."""
        now = self._tools.clock.monotonic()
        self._resting = {command: until for command, until in self._resting.items() if until > now}
        if work.command in self.pending or work.command in self._resting:
            return False
        self.pending.add(work.command)
        self._agenda.put(work)
        self._wake.set()
        return True

    def stop(self) -> None:
        """Use the line no more: what is under way ends with what is known."""
        self.lease.lost = True
        self._wake.set()

    def status(self) -> LineStatus:
        """Return how the line looks."""
        lease, now = self.lease, self._tools.clock.monotonic()
        return LineStatus(
            line=lease.line,
            fence=lease.fence,
            gateway_answers=self._reached,
            last_good_at=self._last_good,
            carried=self._line.carried,
            statistics=self._tally.told(
                now,
                self._bound,
                steady=self._line.steady,
                stretch=self._agenda.stretch,
                slot_seconds=self._agenda.slot_seconds,
            ),
        )

    async def run(self, earlier: "asyncio.Task[None] | None" = None) -> None:
        """Work until stopped; start when the task that had the line before is done with it."""
        try:
            if earlier is not None:
                await asyncio.wait([earlier])
            while not self.lease.lost:
                await self._turn()
        finally:
            await self._line.close()

    async def _turn(self) -> None:
        self._wake.clear()
        clock = self._tools.clock
        instant = Instant(clock.monotonic(), clock.now().timestamp())
        todo = self._agenda.next(instant) if self.lease.held() else 1.0
        if isinstance(todo, Work):
            await self._carry_out(todo)
        elif isinstance(todo, Asked):
            await self._poll(self._posts[todo.place.meter], todo)
        else:
            try:
                async with asyncio.timeout(todo):
                    await self._wake.wait()
            except TimeoutError:
                return

    async def _carry_out(self, work: Work) -> None:
        post = self._posts.get(work.meter)
        with structlog.contextvars.bound_contextvars(
            request_id=work.request_id, command=work.command, meter=work.meter, kind=work.kind.value
        ):
            log.info("command_begins", phase=work.phase.value)
            try:
                outcome = await Delivery(post, work).run() if post else self._unknown_meter(work)
                if outcome is not None:
                    self._tools.outbox.put(work.command, work.request_id, outcome)
            except Exception:  # a fault of ours in one command must not stop the line
                log.exception("command_failed")
        self.pending.discard(work.command)
        self._resting[work.command] = self._tools.clock.monotonic() + REST
        self._changed()

    async def _poll(self, post: Post, asked: Asked) -> None:
        clock = self._tools.clock
        begun, carried = clock.monotonic(), self._line.carried
        wanted = post.groups.probe if asked.probe else post.groups.of(slot=asked.slot is not None, rarely=asked.rarely)
        try:
            evidence, condition = await post.driver.poll(1 if asked.probe else 2, wanted)
            if asked.rarely and not asked.probe:
                evidence = await post.with_clock(evidence)
        except LineDownError as error:
            self._reached = False
            self._tally.note(clock.monotonic(), 0.0, error)
            self._agenda.line_down(clock.monotonic())
            return
        except LineError as error:
            self._reached = True
            self._tally.note(clock.monotonic(), 0.0, error)
            if not asked.probe:
                log.warning("meter_silent", meter=asked.place.meter, why=f"{type(error).__name__}: {error}")
            self._agenda.silent(asked, clock.monotonic(), clock.monotonic() - begun)
            return
        except Exception:  # a fault of ours in one profile must not stop the line
            log.exception("poll_failed", meter=asked.place.meter)
            self._agenda.silent(asked, clock.monotonic())
            return
        self._reached, self._last_good = True, evidence.read_at
        self._tally.note(clock.monotonic(), clock.monotonic() - begun, carried=self._line.carried - carried)
        self._agenda.answered(asked, clock.monotonic())
        if not asked.probe:
            self._tools.readings.add(Reading(meter=asked.place.meter, evidence=evidence, condition=condition))

    def _post(self, place: MeterPlace, before: dict[str, Post]) -> Post | None:
        """Return the post of a meter: the one there was, unless the meter's place changed."""
        if (known := before.get(place.meter)) and known.place == place:
            return known
        tools = self._tools
        profile = tools.profiles.get(place.profile)
        if profile is None:
            log.error("unknown_profile", meter=place.meter, profile=place.profile)
            return None
        if profile.unit_of(place.unit, place.circuit) is None:
            log.error("unknown_circuit", meter=place.meter, circuit=place.circuit)
            return None
        kind = tools.drivers[profile.driver]
        if kind.needs_transparent and not tools.lines[self._granted.kind].transparent:
            log.error("line_too_narrow", meter=place.meter, profile=place.profile, kind=self._granted.kind)
            return None
        driver = kind.make(self._line, place, profile, tools.clock)
        return Post(
            api=tools.api,
            clock=tools.clock,
            line=self._line,
            line_place=self._place,
            driver=driver,
            place=place,
            profile=profile,
            groups=groups_of(profile),
            lease=self.lease,
            instance=tools.instance,
            verify_key=tools.verify_key,
        )

    def _unknown_meter(self, work: Work) -> OutcomeRequest:
        log.error("meter_not_here")
        return OutcomeRequest(instance=self._tools.instance, line=work.line, fence=work.fence, write=WriteResult.NONE)


def _opened(tools: Tools, kind: str, place: LinePlace) -> Line:
    found = tools.lines[kind]
    return found.open(place, tools.calls if found.called else tools.wire, tools.clock)
