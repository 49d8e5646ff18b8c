"""A running bridge: hold leases, claim work for their lines, tell what came of it."""

import asyncio
from importlib.metadata import version

import structlog

from meter_bridge.agenda import jittered
from meter_bridge.api import STALE_INSTANCE, ApiRefusalError, ApiUnreachableError
from meter_bridge.known_meters import KnownMeters
from meter_bridge.protocol import (
    LONGEST_WAIT,
    ClaimReply,
    ClaimRequest,
    HeartbeatReply,
    HeartbeatRequest,
    LineFence,
    LineLease,
)
from meter_bridge.tools import Tools
from meter_bridge.worker import LineWorker

FIRST_HEARTBEAT = 5.0
BUSY_WAIT = 0.25  # a claim that leaves busy lines out comes back soon, to ask for them too
DRAIN = 10.0
VERSION = version("dianyuan")

log = structlog.get_logger()


class Bridge:
    """Keeps one worker for each line it holds."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._workers: dict[str, LineWorker] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._meters = KnownMeters()
        self._lines_changed = asyncio.Event()
        self._changed = asyncio.Event()
        self._stop = asyncio.Event()
        self.superseded = False

    def stop(self) -> None:
        """Claim nothing more, finish what is under way, and end."""
        self._stop.set()

    async def run(self) -> None:
        """Work until stopped, or superseded by a later run of the same bridge."""
        tools = self._tools
        async with asyncio.TaskGroup() as group:
            claims = group.create_task(self._claims())
            loops = [group.create_task(loop) for loop in (self._heartbeats(), tools.outbox.run(), tools.readings.run())]
            await self._stop.wait()
            claims.cancel()
            await self._drain()
            for task in loops:
                task.cancel()
            await self._stop_lines()
        tools.readings.keep()

    async def _drain(self) -> None:
        """Let commands under way end and their outcomes be told, within reason."""
        try:
            async with asyncio.timeout(DRAIN):
                while any(worker.pending for worker in self._workers.values()):
                    await self._await_change(1.0)
                await self._tools.outbox.settled()
        except TimeoutError:
            log.warning("not_drained")

    async def _stop_lines(self) -> None:
        for line in list(self._workers):
            self._end(line)
        if self._tasks:
            _, slow = await asyncio.wait(self._tasks.values(), timeout=DRAIN)
            for task in slow:
                task.cancel()

    async def _heartbeats(self) -> None:
        """Hold the leases. The first heartbeat makes this run the newest: before it, the run before is heard out."""
        await self._tools.outbox.settled()
        pause = FIRST_HEARTBEAT
        while True:
            sent = self._tools.clock.monotonic()
            try:
                reply = await self._tools.api.heartbeat(self._heartbeat())
            except ApiUnreachableError as why:
                log.warning("heartbeat_unanswered", why=str(why))
                await self._tools.clock.sleep(jittered(min(pause, FIRST_HEARTBEAT) / 2, self._tools.chance))
                continue
            except ApiRefusalError as why:
                self._refused("heartbeat", why)
            else:
                pause = reply.heartbeat_seconds
                self._take(reply, sent)
            await self._tools.clock.sleep(pause)

    def _refused(self, call: str, why: ApiRefusalError) -> None:
        """Take a no. A later run has spoken: this one stops for good, and touches no line meanwhile."""
        log.error("refused", call=call, status=why.status, code=why.code, detail=why.detail)
        if why.code == STALE_INSTANCE:
            self.superseded = True
            for line in list(self._workers):
                self._end(line)
            self.stop()

    def _heartbeat(self) -> HeartbeatRequest:
        return HeartbeatRequest(
            instance=self._tools.instance,
            profiles={code: profile.sha256 for code, profile in self._tools.profiles.items()},
            lines=[worker.status() for worker in self._workers.values()],
            refused_calls=self._tools.strangers(),
            version=VERSION,
            known_meters=self._meters.marks(),
        )

    def _take(self, reply: HeartbeatReply, sent: float) -> None:
        """Start, prolong and stop lines as the backend says."""
        for gone in self._workers.keys() - {granted.line for granted in reply.lines}:
            self._end(gone)
        for granted in self._meters.complete(reply.lines):
            worker = self._workers.get(granted.line)
            if worker is not None and worker.fits(granted) and not worker.lease.lost:
                worker.renew(granted, sent)
            else:
                self._begin(granted, sent)

    def _begin(self, granted: LineLease, sent: float) -> None:
        if granted.kind not in self._tools.lines:
            log.error("unknown_kind_of_line", line=granted.line, kind=granted.kind)
            return
        self._end(granted.line)
        log.info("line_begins", line=granted.line, fence=granted.fence, meters=len(granted.meters))
        worker = LineWorker(self._tools, granted, sent, self._changed.set)
        self._workers[granted.line] = worker
        self._tasks[granted.line] = asyncio.create_task(worker.run(self._tasks.get(granted.line)))
        self._lines_changed.set()
        self._changed.set()

    def _end(self, line: str) -> None:
        if worker := self._workers.pop(line, None):
            log.info("line_ends", line=line, fence=worker.lease.fence)
            worker.stop()
            self._lines_changed.set()

    async def _claims(self) -> None:
        while True:
            await self._tools.outbox.settled()
            self._lines_changed.clear()
            self._changed.clear()
            held = [worker for worker in self._workers.values() if worker.lease.held()]
            free = [worker.lease for worker in held if not worker.pending]
            if not free:
                await self._await_change(1.0)
                continue
            wait = LONGEST_WAIT if len(free) == len(held) else BUSY_WAIT
            lines = [LineFence(line=lease.line, fence=lease.fence) for lease in free]
            await self._claim(ClaimRequest(instance=self._tools.instance, lines=lines, wait_seconds=wait))

    async def _claim(self, request: ClaimRequest) -> None:
        """Claim once; give up waiting when lines come or go. A reply lost so is handed out again."""
        asking = self._tools.clock.monotonic()
        asked = asyncio.create_task(self._tools.api.claim(request))
        changed = asyncio.create_task(self._lines_changed.wait())
        try:
            await asyncio.wait([asked, changed], return_when=asyncio.FIRST_COMPLETED)
            if asked.done() and not self._hand_out(asked.result()):
                await self._breathe(asking)
        except ApiUnreachableError as why:
            log.warning("claim_unanswered", why=str(why))
            await self._tools.clock.sleep(jittered(1.0, self._tools.chance))
        except ApiRefusalError as why:
            self._refused("claim", why)
            await self._tools.clock.sleep(jittered(1.0, self._tools.chance))
        finally:
            asked.cancel()
            changed.cancel()

    def _hand_out(self, reply: ClaimReply) -> bool:
        """Give each command to the worker of its line; return whether anything was new."""
        for line in reply.lost_lines:
            self._end(line)
        new = False
        for work in reply.work:
            worker = self._workers.get(work.line)
            if worker is not None and worker.lease.fence == work.fence:
                new = worker.put(work) or new
        return new

    async def _breathe(self, asked_at: float) -> None:
        """Keep from asking in a hot loop a backend that answers at once with nothing for us."""
        if self._tools.clock.monotonic() - asked_at < BUSY_WAIT:
            await self._tools.clock.sleep(BUSY_WAIT)

    async def _await_change(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
            self._changed.clear()
        except TimeoutError:
            return
