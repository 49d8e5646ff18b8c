"""Hand out work: to the bridge that holds the line, one command of a meter at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlalchemy import bindparam, select

from backend.kernel.db import Session
from backend.metering.command_models import UNSETTLED, MeterCommand
from backend.metering.commands import held_lines, transitions
from backend.metering.commands.choosing import Situation, is_over, next_of
from backend.metering.lines.leases import Profiles, is_held
from backend.metering.lines.runs import Caller, refuse_superseded
from backend.metering.locking import FRESH
from backend.metering.locks.locking_out import locked_closings
from backend.metering.models import Line, Meter, MeterState
from meter_bridge.protocol import ClaimReply, ClaimRequest, CommandState, Phase, SignedOrder, Work


@dataclass(frozen=True, slots=True)
class Claimed:
    """What to tell the bridge, and whether anything of it is news; all of it may be work it was told of before."""

    reply: ClaimReply
    news: bool


@dataclass(frozen=True, slots=True)
class Queue:
    """A meter on a locked line, and its unsettled commands, locked, in order of seq."""

    line: Line
    meter: Meter
    commands: Sequence[MeterCommand]
    locked: bool


LINES = (
    select(Line)
    .where(Line.id.in_(bindparam("numbers", expanding=True)))
    .order_by(Line.id)
    .with_for_update(key_share=True)
)
WAITING = (
    select(MeterCommand, Meter)
    .join(Meter, Meter.id == MeterCommand.meter_id)
    .where(Meter.line_id.in_(bindparam("lines", expanding=True)), Meter.state == MeterState.ACTIVE)
    .where(MeterCommand.state.in_(UNSETTLED))
    .order_by(MeterCommand.meter_id, MeterCommand.seq)
    .with_for_update(key_share=True, of=MeterCommand)
)


def claim(session: Session, *, bridge: Caller, request: ClaimRequest, profiles: Profiles) -> Claimed:
    """Lease what may go now on the lines this run holds; told again, the same commands are returned again.

    Without work it reads and locks nothing. Raises StaleInstanceError.
    """
    refuse_superseded(session, bridge=bridge, instance=request.instance)
    now = session.database_now()
    asked = {line.line: line.fence for line in request.lines}
    held, busy = held_lines.look(session, bridge, request.instance, asked, now)
    news, work = False, []
    for queue in _queues(session, _lock_lines(session, busy)):
        if not _still_held(queue.line, bridge, request, asked, now):
            held.discard(queue.line.reference)
            continue
        found = _hand_out(session, queue, bridge, now, profiles)
        if found is not None:
            news |= found[1]
            work.append(found[0])
    lost = sorted(set(asked) - held)
    return Claimed(ClaimReply(work=work, lost_lines=lost), news or bool(lost))


def _lock_lines(session: Session, numbers: list[int]) -> dict[int, Line]:
    if not numbers:
        return {}
    return {line.id: line for line in session.scalars(LINES, {"numbers": numbers}, execution_options=FRESH)}


def _queues(session: Session, lines: dict[int, Line]) -> Iterator[Queue]:
    if not lines:
        return
    rows = session.execute(WAITING, {"lines": list(lines)}, execution_options=FRESH).all()
    locked = locked_closings(session, [command for command, _ in rows])
    for meter, commands in groupby(rows, key=lambda row: row[1]):
        yield Queue(lines[meter.line_id], meter, [command for command, _ in commands], meter.id in locked)


def _still_held(line: Line, bridge: Caller, request: ClaimRequest, asked: dict[str, int], now: datetime) -> bool:
    held = is_held(line, bridge=bridge, instance=request.instance, now=now)
    return held and line.fence == asked[line.reference]


def _hand_out(
    session: Session, queue: Queue, bridge: Caller, now: datetime, profiles: Profiles
) -> tuple[Work, bool] | None:
    """Return the meter's next work and whether it is news; None when nothing may go."""
    unfit = queue.meter.profile in bridge.unfit_profiles.split(",") or queue.meter.profile not in profiles
    frozen = queue.meter.frozen_reason is not None
    situation = Situation(queue.line.fence, now, frozen=frozen, unfit=unfit, locked=queue.locked)
    command = next_of(_tidied(session, queue.commands, situation), situation)
    if command is None:
        return None
    if command.state is CommandState.LEASED:
        return _work(command, queue, Phase.DELIVER), False
    if command.state is CommandState.QUEUED:
        transitions.lease(command, line=queue.line, bridge=bridge, now=now)
        return _work(command, queue, Phase.DELIVER), True
    transitions.verify(session, command, line=queue.line, bridge=bridge, now=now)
    return _work(command, queue, Phase.VERIFY), True


def _tidied(session: Session, commands: Sequence[MeterCommand], situation: Situation) -> list[MeterCommand]:
    """Cancel what came too late, put back what an earlier lease left unwritten, and what may no longer go."""
    for command in commands:
        if is_over(command, situation.now):
            transitions.cancel(session, command, why="expired")
        elif situation.locks_out(command):
            transitions.keep_locked_out(session, command)
        elif command.state is CommandState.LEASED and (command.fence != situation.fence or situation.forbids(command)):
            transitions.put_back(command)
    return [command for command in commands if command.settled_at is None]


def _work(command: MeterCommand, queue: Queue, phase: Phase) -> Work:
    return Work(
        command=command.reference,
        meter=queue.meter.reference,
        line=queue.line.reference,
        fence=queue.line.fence,
        kind=command.kind,
        phase=phase,
        request_id=command.request_id,
        signed=SignedOrder.model_validate(command.signed) if phase is Phase.VERIFY else None,
        parameter=command.setting,
    )
