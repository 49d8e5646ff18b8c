"""A backend in memory: hands out leases and commands, binds numbers, signs, judges. Faults on demand."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from typing import TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from meter_bridge.api import ApiRefusalError, ApiUnreachableError
from meter_bridge.judging import Credit, Verdict, judge_order, judge_top_up
from meter_bridge.profile import Profile
from meter_bridge.protocol import (
    ClaimReply,
    ClaimRequest,
    CommandKind,
    CommandState,
    EnrolReply,
    EnrolRequest,
    Evidence,
    HeartbeatReply,
    HeartbeatRequest,
    IntentReply,
    IntentRequest,
    LineLease,
    MeterPlace,
    MoneyCapability,
    Order,
    OutcomeReply,
    OutcomeRequest,
    ParameterSetting,
    Phase,
    Reading,
    ReadingsReply,
    ReadingsRequest,
    SignedOrder,
    Work,
    WriteResult,
)

FINAL = {CommandState.CONFIRMED, CommandState.REFUSED, CommandState.HELD, CommandState.CANCELLED}
T = TypeVar("T")
LEASE = 30.0
TOKEN = "shown-once"


def reference(word: str) -> str:
    return word.upper().replace("_", "").replace("-", "").ljust(26, "0")[:26]


@dataclass
class Command:
    id: str
    place: MeterPlace
    line: str
    kind: CommandKind
    amount: int = 0
    state: CommandState = CommandState.QUEUED
    phase: Phase = Phase.DELIVER
    fence: int = 0
    order: Order | None = None
    outcomes: list[OutcomeRequest] = field(default_factory=list)
    parameter: ParameterSetting | None = None


class FakeBackend:
    """Implements meter_bridge.api.Api. faults: per call, what happens to its next uses, in order.

    delays: by how many seconds the next reply of a call is late.
    A fault is "lost" (never arrives), "unheard" (done, reply lost), "broken" (5xx), or a code of refusal.
    """

    def __init__(self, profiles: dict[str, Profile], clock: Callable[[], float]) -> None:
        self.profiles, self.clock = profiles, clock
        self.key = Ed25519PrivateKey.generate()
        self.lines: dict[str, LineLease] = {}
        self.commands: dict[str, Command] = {}
        self.readings_told: list[Reading] = []
        self.faults: dict[str, deque[str]] = defaultdict(deque)
        self.calls: list[str] = []
        self.delays: dict[str, float] = {}
        self.lease_seconds = LEASE
        self.runs: list[str] = []
        self.told_meters: list[str] = []  # lines whose meters the last heartbeat was told
        self.changed = asyncio.Event()
        self.tamper: Callable[[Order], Order] = lambda order: order
        self.sign_with: Ed25519PrivateKey = self.key

    @property
    def verify_key(self) -> str:
        return self.key.public_key().public_bytes_raw().hex()

    def add_line(self, name: str, kind: str, port: int, meters: list[MeterPlace], timeout_ms: int = 200) -> LineLease:
        line = LineLease(
            line=reference(name), fence=1, lease_seconds=self.lease_seconds, kind=kind, host="127.0.0.1", port=port,
            baud=9600, timeout_ms=timeout_ms, quiet_ms=100, meters=meters,
        )  # fmt: skip
        self.lines[line.line] = line
        return line

    def order(
        self, place: MeterPlace, kind: CommandKind, amount: int = 0, parameter: ParameterSetting | None = None
    ) -> Command:
        line = next(line.line for line in self.lines.values() if place in line.meters)
        command = Command(reference(f"C{len(self.commands):04}"), place, line, kind, amount, parameter=parameter)
        self.commands[command.id] = command
        self.changed.set()
        return command

    async def settled(self, command: Command) -> CommandState:
        while command.state not in FINAL:
            await asyncio.sleep(0.01)
        return command.state

    def take_line(self, line: str) -> None:
        """Give the line to nobody, as if another bridge had it."""
        self.lines.pop(line)

    def lease_ends(self, command: Command) -> None:
        """What the backend does when a lease ran out: a command that may have been written is verified."""
        fenced = self.lines[command.line]
        self.lines[command.line] = fenced.model_copy(update={"fence": fenced.fence + 1})
        command.phase = Phase.VERIFY if command.order else Phase.DELIVER
        command.state = CommandState.UNKNOWN if command.order else CommandState.QUEUED
        self.changed.set()

    async def enrol(self, request: EnrolRequest) -> EnrolReply:
        self._arrives("enrol")
        if request.enrolment_token != TOKEN:
            raise ApiRefusalError(401, "bad_token", "")
        return await self._heard(
            "enrol", EnrolReply(bridge=reference("B"), access_token="a", verify_key=self.verify_key)
        )

    async def heartbeat(self, request: HeartbeatRequest) -> HeartbeatReply:
        self._arrives("heartbeat")
        if request.instance not in self.runs:
            self.runs.append(request.instance)
        self._require_newest(request.instance)
        self.told_meters.clear()
        lines = [self._granted(line, request.known_meters.get(line.line)) for line in self.lines.values()]
        return await self._heard("heartbeat", HeartbeatReply(lines=lines, heartbeat_seconds=5.0))

    def _granted(self, line: LineLease, known: str | None) -> LineLease:
        """Tell the meters of a line unless the bridge knows exactly these."""
        mark = sha256(repr(line.meters).encode()).hexdigest()
        told: dict[str, object] = {"lease_seconds": self.lease_seconds, "meters_mark": mark}
        if mark == known:
            return line.model_copy(update=told | {"meters": [], "meters_unchanged": True})
        self.told_meters.append(line.line)
        return line.model_copy(update=told)

    async def claim(self, request: ClaimRequest) -> ClaimReply:
        self._arrives("claim")
        until = asyncio.get_running_loop().time() + request.wait_seconds
        while not (work := self._work(request)) and asyncio.get_running_loop().time() < until:
            self.changed.clear()
            try:
                async with asyncio.timeout_at(until):
                    await self.changed.wait()
            except TimeoutError:
                break
        return await self._heard("claim", ClaimReply(work=work))

    async def intent(self, command: str, request: IntentRequest, request_id: str) -> IntentReply:
        self._arrives("intent")
        self._require_newest(request.instance)
        told = self.commands[command]
        if told.order is not None:
            raise ApiRefusalError(409, "intent_exists", "")
        if request.fence != self._fence(told):
            raise ApiRefusalError(409, "stale_fence", "")
        told.order, told.state = self._bound(told, request, request_id), CommandState.SENDING
        return await self._heard(
            "intent", IntentReply(signed=self.signed(told.order), lease_seconds=self.lease_seconds)
        )

    async def outcome(self, command: str, request: OutcomeRequest, request_id: str) -> OutcomeReply:
        self._arrives("outcome")
        self._require_newest(request.instance)
        told = self.commands[command]
        if told.state in FINAL:
            raise ApiRefusalError(409, "already_settled", "")
        told.outcomes.append(request)
        self._decide(told, request)
        self.changed.set()
        return await self._heard("outcome", OutcomeReply(state=told.state))

    async def readings(self, request: ReadingsRequest) -> ReadingsReply:
        self._arrives("readings")
        self.readings_told += request.readings
        return await self._heard("readings", ReadingsReply(stored=len(request.readings)))

    def signed(self, order: Order) -> SignedOrder:
        payload = self.tamper(order).model_dump_json()
        return SignedOrder(payload=payload, signature=self.sign_with.sign(payload.encode()).hex())

    def _require_newest(self, instance: str) -> None:
        if self.runs[-1:] != [instance]:
            raise ApiRefusalError(409, "stale_instance" if instance in self.runs else "not_leased", "")

    def _fence(self, command: Command) -> int:
        line = self.lines.get(command.line)
        return line.fence if line else 0

    def _work(self, request: ClaimRequest) -> list[Work]:
        held = {line.line: line.fence for line in request.lines}
        work = []
        for command in self.commands.values():
            waits = command.state in (CommandState.QUEUED, CommandState.UNKNOWN, CommandState.LEASED)
            if waits and held.get(command.line) == self._fence(command):
                command.fence = self._fence(command)
                command.state = CommandState.LEASED
                work.append(self._told(command))
        return work

    def _told(self, command: Command) -> Work:
        return Work(
            command=command.id, meter=command.place.meter, line=command.line, fence=command.fence, kind=command.kind,
            phase=command.phase, request_id=f"req-{command.id}",
            signed=self.signed(command.order) if command.order else None, parameter=command.parameter,
        )  # fmt: skip

    def _bound(self, command: Command, request: IntentRequest, request_id: str) -> Order:
        count = request.before.purchase_count
        counts = self.profiles[command.place.profile].money.capability is MoneyCapability.COUNTER_CAS
        numbered = command.kind is CommandKind.TOP_UP and counts and count is not None
        return Order(
            command=command.id, meter=command.place.meter, serial=command.place.serial, line=request.line,
            fence=request.fence, kind=command.kind, purchase_no=count + 1 if numbered and count is not None else None,
            amount=command.amount, before=request.before, request_id=request_id,
            expires_at=request.before.read_at + timedelta(seconds=self.lease_seconds), parameter=command.parameter,
        )  # fmt: skip

    def _decide(self, command: Command, outcome: OutcomeRequest) -> None:
        """Judge as the backend does."""
        if command.kind in (CommandKind.READ_NOW, CommandKind.READ_PARAMETERS):
            command.state = CommandState.CONFIRMED if outcome.after else CommandState.REFUSED
        elif command.order is None:
            after = outcome.after
            done = after is not None and command.kind is not CommandKind.TOP_UP
            done = done and after is not None and judge_order(command.kind, after, command.parameter) is Verdict.APPLIED
            command.state = CommandState.CONFIRMED if done else CommandState.QUEUED
        elif outcome.after is None:
            command.state, command.phase = CommandState.UNKNOWN, Phase.VERIFY
        else:
            self._settle(command, command.order, outcome.after, outcome.write)

    def _settle(self, command: Command, order: Order, after: Evidence, write: WriteResult) -> None:
        if command.kind is CommandKind.TOP_UP:
            place = command.place
            limits = self.profiles[place.profile].limits.behind(place.ct_ratio * place.pt_ratio)
            verdict = judge_top_up(limits, Credit(order.amount, order.purchase_no), order.before, after, write)
        else:
            verdict = judge_order(command.kind, after, command.parameter)
        again = CommandState.REFUSED if write is WriteResult.REFUSED else CommandState.QUEUED
        command.state = {
            Verdict.APPLIED: CommandState.CONFIRMED,
            Verdict.NOT_APPLIED: again,
            Verdict.UNKNOWN: CommandState.UNKNOWN,
        }.get(verdict, CommandState.HELD)
        command.phase = Phase.VERIFY if verdict is Verdict.UNKNOWN else Phase.DELIVER
        if verdict is Verdict.NOT_APPLIED:
            command.order = None

    def _arrives(self, call: str) -> None:
        self.calls.append(call)
        if self.faults[call] and self.faults[call][0] != "unheard":
            fault = self.faults[call].popleft()
            if fault == "lost":
                raise ApiUnreachableError("lost")
            if fault == "broken":
                raise ApiUnreachableError("500", answered=True)
            if fault != "fine":
                raise ApiRefusalError(409, fault, "")

    async def _heard(self, call: str, reply: T) -> T:
        await asyncio.sleep(self.delays.pop(call, 0.0))
        if self.faults[call] and self.faults[call][0] == "unheard":
            self.faults[call].popleft()
            raise ApiUnreachableError("unheard")
        return reply
