"""A bridge as the backend hears it: says what the test tells it to say, over the real endpoints."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from flask import Flask
from pydantic import BaseModel
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from backend.app import create_app
from backend.kernel.db import Base, Session
from backend.kernel.outbox import Event
from backend.metering.causes import CommandCause
from backend.metering.command_models import MeterCommand
from backend.metering.commands.commanding import queue_command
from backend.metering.lines.enrolment import invite_bridge
from backend.metering.models import Line, Meter
from backend.runtime import Runtime
from meter_bridge import protocol
from meter_bridge.protocol import CommandKind, CommandState, Evidence, LineFence, SupplyState, Work, WriteResult
from tests.park import KnownPark, build

R = TypeVar("R", bound=Base)
M = TypeVar("M", bound=BaseModel)
START = datetime(2026, 5, 1, 8, tzinfo=UTC)


@dataclass
class SpokenBridge:
    """One run of one bridge."""

    app: Flask
    runtime: Runtime
    token: str
    instance: str
    lines: dict[str, int] = field(default_factory=dict)

    def post(self, path: str, message: BaseModel) -> TestResponse:
        """Send a message with this bridge's token."""
        headers = {"Authorization": f"Bearer {self.token}", "Accept-Language": "en"}
        text = message.model_dump_json()
        return self.app.test_client().post(f"/bridge/v1/{path}", data=text, headers=headers)

    def try_heartbeat(self, **more: Any) -> TestResponse:
        """Send a heartbeat, with the profiles of the backend unless told otherwise."""
        profiles = {code: profile.sha256 for code, profile in self.runtime.profiles.items()}
        return self.post(
            "heartbeat", protocol.HeartbeatRequest(instance=self.instance, **{"profiles": profiles} | more)
        )

    def heartbeat(self, **more: Any) -> protocol.HeartbeatReply:
        """Send a heartbeat and remember the fences of the lines it brings."""
        reply = message(protocol.HeartbeatReply, self.try_heartbeat(**more))
        self.lines = {lease.line: lease.fence for lease in reply.lines}
        return reply

    def try_claim(self, wait: float = 0) -> TestResponse:
        """Ask for work on the lines this run believes to hold."""
        lines = [LineFence(line=line, fence=fence) for line, fence in self.lines.items()]
        return self.post("claim", protocol.ClaimRequest(instance=self.instance, lines=lines, wait_seconds=wait))

    def claim(self, wait: float = 0) -> list[Work]:
        """Return the work there is."""
        return message(protocol.ClaimReply, self.try_claim(wait)).work

    def try_intent(self, work: Work, before: Evidence, **other: Any) -> TestResponse:
        """Ask to be allowed to write."""
        told = {"instance": self.instance, "line": work.line, "fence": work.fence, "before": before} | other
        return self.post(f"commands/{work.command}/intent", protocol.IntentRequest(**told))

    def intent(self, work: Work, before: Evidence) -> protocol.Order:
        """Return the order that allows one write."""
        reply = message(protocol.IntentReply, self.try_intent(work, before))
        return protocol.Order.model_validate_json(reply.signed.payload)

    def try_outcome(self, work: Work, write: WriteResult, after: Evidence | None = None, **other: Any) -> TestResponse:
        """Tell what came of a command."""
        told = {"instance": self.instance, "line": work.line, "fence": work.fence, "write": write, "after": after}
        return self.post(f"commands/{work.command}/outcome", protocol.OutcomeRequest(**told | other))

    def outcome(self, work: Work, write: WriteResult, after: Evidence | None = None) -> CommandState:
        """Tell what came of a command and return how it was judged."""
        return message(protocol.OutcomeReply, self.try_outcome(work, write, after)).state

    def restarted(self) -> "SpokenBridge":
        """Return the next run of the same bridge, which knows of no lines yet."""
        return replace(self, instance=self.runtime.database.entropy.reference(), lines={})


@dataclass
class BridgeWorld:
    """The product, its park, and whatever bridges a test starts."""

    runtime: Runtime
    app: Flask
    park: KnownPark

    @property
    def counting(self) -> Meter:
        """A meter that counts purchases."""
        return self.park.counting.meter

    @property
    def blind(self) -> Meter:
        """A meter that adds whatever is written."""
        return self.park.blind.meter

    @property
    def relay(self) -> Meter:
        """A meter without a wallet."""
        return self.park.relay.meter

    def run(self, work: Callable[[Session], Any]) -> Any:
        """Do something in a transaction of its own."""
        return self.runtime.database.run(work)

    def enrol(self, token: str) -> TestResponse:
        """Present an enrolment token."""
        told = protocol.EnrolRequest(enrolment_token=token).model_dump_json()
        return self.app.test_client().post("/bridge/v1/enrol", data=told)

    def bridge(self, name: str = "site", organisation_id: int | None = None) -> SpokenBridge:
        """Return a bridge that has enrolled and not spoken yet."""
        owner = organisation_id or self.park.organisation.id
        token = self.run(lambda session: invite_bridge(session, organisation_id=owner, name=name))
        access = message(protocol.EnrolReply, self.enrol(token)).access_token
        return SpokenBridge(self.app, self.runtime, access, self.runtime.database.entropy.reference())

    def holding(self, name: str = "site") -> SpokenBridge:
        """Return a bridge that holds the lines of the park."""
        bridge = self.bridge(name)
        bridge.heartbeat()
        return bridge

    def queue(self, meter: Meter, kind: CommandKind = CommandKind.TOP_UP, amount: int = 5000, **more: Any) -> str:
        """Queue a command and return its reference."""
        amount = amount if kind is CommandKind.TOP_UP else 0

        def queued(session: Session) -> MeterCommand:
            stored = session.get_one(Meter, meter.id)
            told = {"cause": CommandCause.PAYMENT, "request_id": "tap-1"} | more
            return queue_command(session, meter=stored, kind=kind, amount=amount, **told)

        return str(self.run(queued).reference)

    def command(self, reference: str) -> MeterCommand:
        """Return a command as it stands in the database."""
        found: MeterCommand = self.run(
            lambda session: session.scalars(select(MeterCommand).filter_by(reference=reference)).one()
        )
        return found

    def fresh(self, row: R) -> R:
        """Return a row as it stands in the database."""
        found: R = self.run(lambda session: session.get_one(type(row), row.id))  # type: ignore[attr-defined]
        return found

    def topics(self) -> list[str]:
        """Return the topics of all events but low credit, of which meters with little of it tell, in order."""
        others = select(Event.topic).where(Event.topic != "low_credit").order_by(Event.id)
        return list(self.run(lambda session: session.scalars(others).all()))

    def let_leases_end(self) -> None:
        """Let the time of every lease be over."""
        self._set(update(Line).values(leased_until=START))

    def let_waits_end(self) -> None:
        """Let every wait before a next attempt be over."""
        self._set(update(MeterCommand).values(next_attempt_at=START))

    def set_commands(self, **values: Any) -> None:
        """Change every command by hand."""
        self._set(update(MeterCommand).values(**values))

    def _set(self, statement: Any) -> None:
        self.run(lambda session: session.execute(statement))


def message(kind: type[M], answer: TestResponse) -> M:
    """Return the message of an answer that must be a success."""
    assert answer.status_code == 200, answer.text
    return kind.model_validate_json(answer.data)


def refusal(answer: TestResponse) -> tuple[int, str]:
    """Return status and code of a problem."""
    assert answer.content_type == "application/problem+json", answer.text
    return answer.status_code, answer.json["code"]  # type: ignore[index]


def said(meter: Meter, *, count: int | None = 0, balance: int | None = 1000, at: float = 0, **more: Any) -> Evidence:
    """Return what a meter says so many seconds after the start."""
    told = {"serial": meter.serial, "purchase_count": count, "balance": balance, "supply": SupplyState.CLOSED} | more
    return Evidence(read_at=START + timedelta(seconds=at), **told)


def make_world(runtime: Runtime) -> BridgeWorld:
    """Build the park and the app around it."""
    return BridgeWorld(runtime, create_app(runtime), build(runtime))
