"""Bridges as processes: real bridge code that crashes, sleeps past its lease, and starts again on its journal."""

import asyncio
import random
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from meter_bridge.api import ApiRefusalError, ApiUnreachableError
from meter_bridge.bridge import Bridge
from meter_bridge.driver import driver_kinds
from meter_bridge.journal import Journal
from meter_bridge.line import line_kinds
from meter_bridge.outbox import Outbox
from meter_bridge.profile import Profile
from meter_bridge.protocol import (
    ClaimReply,
    ClaimRequest,
    EnrolReply,
    EnrolRequest,
    HeartbeatReply,
    HeartbeatRequest,
    IntentReply,
    IntentRequest,
    OutcomeReply,
    OutcomeRequest,
    ReadingsReply,
    ReadingsRequest,
)
from meter_bridge.readings import Readings
from meter_bridge.tools import Tools, drawn_reference
from tests.simulation.loop import HERE, Process
from tests.simulation.scene import Scene
from tests.simulation.seams import Answer
from tests.simulation.wire import SimulatedWire

PATIENCE = 10.0
SHORTEST_SLEEP, LEASE, LONGEST_SLEEP = 5.0, 32.0, 90.0  # half of them wake while they may still write
LONGEST_RESTART = 20.0
LATEST = 40.0
RARELY = 0.2
ASLEEP = {"after intent": 5.0, "before intent": 0.7}  # how much likelier a bridge falls asleep there
MONEY = 5.0  # how much likelier a bridge dies around an intent or outcome
REFUSED, BROKEN = 400, 500
LINES, DRIVERS = line_kinds(), driver_kinds()

R = TypeVar("R", bound=BaseModel)


class BridgeClock:
    """The clock of the machine a bridge runs on."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def now(self) -> datetime:
        """Return the time as this machine believes it to be."""
        return self._scene.local_now()

    def monotonic(self) -> float:
        """Return virtual seconds, which go on while a bridge sleeps."""
        return self._scene.loop.time()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


Asker = Callable[[str, dict[str, str], bytes], Answer]


class SimulatedApi:
    """The backend as one run of a bridge reaches it (contract: meter_bridge.api.Api)."""

    def __init__(self, life: "BridgeLife", token: str) -> None:
        self._life, self._token = life, token

    async def enrol(self, request: EnrolRequest) -> EnrolReply:
        """Exchange an enrolment token."""
        return await self._call("enrol", request, EnrolReply)

    async def heartbeat(self, request: HeartbeatRequest) -> HeartbeatReply:
        """Renew the leases."""
        return await self._call("heartbeat", request, HeartbeatReply)

    async def claim(self, request: ClaimRequest) -> ClaimReply:
        """Wait for work."""
        return await self._call("claim", request, ClaimReply, patience=request.wait_seconds + PATIENCE)

    async def intent(self, command: str, request: IntentRequest, request_id: str) -> IntentReply:
        """Ask for permission to write."""
        return await self._call(f"commands/{command}/intent", request, IntentReply, request_id)

    async def outcome(self, command: str, request: OutcomeRequest, request_id: str) -> OutcomeReply:
        """Tell what came of a command."""
        return await self._call(f"commands/{command}/outcome", request, OutcomeReply, request_id)

    async def readings(self, request: ReadingsRequest) -> ReadingsReply:
        """Hand over readings."""
        return await self._call("readings", request, ReadingsReply)

    async def _call(
        self, path: str, message: BaseModel, reply: type[R], request_id: str = "", *, patience: float = PATIENCE
    ) -> R:
        life, verb = self._life, path.rpartition("/")[2]
        await life.step(f"before {verb}")
        status, body = await self._sent(path, message.model_dump_json().encode(), request_id, patience)
        await life.step(f"after {verb}")
        if status >= BROKEN:
            raise ApiUnreachableError(f"{path}: HTTP {status}", answered=True)
        if status >= REFUSED:
            raise ApiRefusalError(status, body.decode().partition('"code": "')[2].partition('"')[0], body.decode())
        return reply.model_validate_json(body)

    async def _sent(self, path: str, body: bytes, request_id: str, patience: float) -> tuple[int, bytes]:
        scene, where = self._life.scene, f"{self._life.name} {path.rpartition('/')[2]}"
        weight = MONEY if where.endswith(("intent", "outcome")) else 1.0
        if scene.chance.strikes("API request lost", where, weight):
            await asyncio.sleep(PATIENCE / 10)
            raise ApiUnreachableError("lost")
        if scene.chance.strikes("API request late", where, weight):
            delay = scene.chance.between("API late", 0.5, LATEST)
            scene.later(delay, lambda: scene.loop.spawn(None, self._asking(path, body, request_id)))
            await asyncio.sleep(min(delay, PATIENCE))
            raise ApiUnreachableError("no answer in time")
        answer = scene.loop.spawn(None, self._asking(path, body, request_id))
        done, _ = await asyncio.wait([answer], timeout=patience)
        if not done or answer.result() is None or scene.chance.strikes("API answer lost", where, weight):
            raise ApiUnreachableError("no answer")
        status, _, said = answer.result() or (0, {}, b"")
        return status, said

    async def _asking(self, path: str, body: bytes, request_id: str) -> Answer | None:
        """Have the request answered, whether or not anybody still waits for it; None when the process died."""
        scene, life = self._life.scene, self._life
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self._token}"}
        headers |= {"X-Request-Id": request_id} if request_id else {}
        try:
            answer = await scene.hosts["bridge API"].run(lambda: life.ask(f"/bridge/v1/{path}", headers, body))
        except ConnectionResetError:
            return None
        if path not in ("heartbeat", "claim", "readings") or answer[0] >= REFUSED:
            scene.story.tell("bridge API", f"answers {answer[0]} to {path.rpartition('/')[2]} of {life.name}")
        return answer


class BridgeLife:
    """All runs of one bridge, one after the other; sometimes an old one is still there when the next begins."""

    def __init__(
        self, scene: Scene, name: str, wire: SimulatedWire, profiles: dict[str, Profile], folder: Path, ask: Asker
    ) -> None:
        self.scene, self.name, self.ask = scene, name, ask
        self._wire, self._profiles, self._folder = wire, profiles, folder
        self._chance = random.Random(f"{scene.plan.seed}:{name}")
        self.verify_key = ""
        self.token = ""
        self._hardware = 0
        self._runs: list[tuple[Process, Journal]] = []
        self._current: Process | None = None
        for left in folder.glob(f"{name}-*"):
            left.unlink()

    def start(self) -> None:
        """Start a run on the journal of the one before."""
        process = self._current = Process(self.name)
        journal = Journal(self._folder / f"{self.name}-{self._hardware}.sqlite3")
        self._runs.append((process, journal))
        api, clock = SimulatedApi(self, self.token), BridgeClock(self.scene)
        instance = drawn_reference(self._chance)
        tools = Tools(
            api=api, clock=clock, wire=self._wire, chance=self._chance, profiles=self._profiles, lines=LINES,
            drivers=DRIVERS, outbox=Outbox(api, clock, journal, self._chance),
            readings=Readings(api, clock, journal, instance), instance=instance, verify_key=self.verify_key,
        )  # fmt: skip
        self.scene.story.tell(self.name, f"starts as {instance[:6]}")
        self.scene.loop.spawn(process, self._live(process, Bridge(tools)))

    async def _live(self, process: Process, bridge: Bridge) -> None:
        """Run until superseded; then a new run begins, as the service it is installed as does."""
        await bridge.run()
        self.scene.story.tell(self.name, "ends, superseded" if bridge.superseded else "ends")
        if process is self._current:
            self._current = None
            self.scene.later(1.0, self._succeed)

    async def step(self, where: str) -> None:
        """Let others go first; the run that asks may die or fall asleep here."""
        process = self._asking_process()
        if process is None:
            return
        weight = MONEY if where.endswith(("intent", "outcome")) else 1.0
        if self.scene.chance.strikes("bridge crash", f"{self.name} {where}", weight):
            self._crash(process)
            await self.scene.loop.create_future()
        weight = ASLEEP.get(where, RARELY)
        if not process.paused and self.scene.chance.strikes("bridge paused", f"{self.name} {where}", weight):
            self._pause(process)
        await asyncio.sleep(self.scene.chance.between("network", 0.001, 0.02))

    def settle_down(self) -> None:
        """See that a run works, or will: whoever sleeps wakes in his own time, with whatever he believes to hold."""
        if self._current is None:
            self.start()

    def close(self) -> None:
        """Let go of the journals."""
        for _, journal in self._runs:
            journal.close()

    def _asking_process(self) -> Process | None:
        here = HERE.get()
        return here if any(process is here for process, _ in self._runs) else None

    def _crash(self, process: Process) -> None:
        self._end(process)
        if process is self._current:
            self._current = None
            pause = self.scene.chance.between("restart", 0.1, LONGEST_RESTART)
            self.scene.later(pause, self._succeed)

    def _end(self, process: Process) -> None:
        process.kill()
        self._wire.forget(process)

    def _pause(self, process: Process) -> None:
        chance = self.scene.chance
        shortest, longest = chance.stream("sleep").choice(((SHORTEST_SLEEP, LEASE), (LEASE, LONGEST_SLEEP)))
        seconds = chance.between("sleep", shortest, longest)
        self.scene.story.tell(self.name, f"sleeps for {seconds:.0f} s")
        process.paused = True
        self.scene.later(seconds, lambda: self._wake(process))
        if process is self._current and self.scene.chance.strikes("bridge succeeded", self.name):
            self._hardware += 1
            self._current = None
            self.scene.later(self.scene.chance.between("restart", 0.1, 5.0), self._succeed)

    def _succeed(self) -> None:
        if self._current is None:
            self.start()

    def _wake(self, process: Process) -> None:
        if process.paused and not process.dead:
            self.scene.story.tell(self.name, "wakes up")
            self.scene.loop.wake(process)
