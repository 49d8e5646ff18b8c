"""What became of a command, as the evidence shows."""

from backend.kernel.db import Session
from backend.kernel.logs import log
from backend.metering import errors
from backend.metering.command_models import SETTLED, MeterCommand
from backend.metering.commands import addressing, permitted, transitions
from backend.metering.commands.freezing import FOREIGN_SERIAL, FOREIGN_WRITE, freeze
from backend.metering.commands.saying import keep_said
from backend.metering.commands.verdicts import judge, judge_unwritten, seen
from backend.metering.evidence import is_foreign, is_sound, stored
from backend.metering.lines.leases import Profiles
from backend.metering.lines.runs import Caller, require_newest
from backend.metering.locking import lock_command, lock_line_of, lock_meter
from backend.metering.models import Line, Meter
from meter_bridge.judging import Verdict
from meter_bridge.protocol import CommandState, OutcomeRequest, WriteResult

MOST_REFUSALS = 3


def outcome(
    session: Session, *, bridge: Caller, named: addressing.Addressed, request: OutcomeRequest, profiles: Profiles
) -> MeterCommand:
    """Judge what a bridge tells of the command bound to it and its fence; return the command as it is then.

    Raises StaleInstanceError, StaleFenceError, NotLeasedError, AlreadySettledError, HeldError.
    """
    require_newest(session, bridge=bridge, instance=request.instance)
    line, meter = lock_line_of(session, named.meter_id)
    command = lock_command(session, named.id)
    _require_bound(command, line, bridge, request)
    after = request.after if request.after is not None and is_sound(request.after) else None
    if after is not None:
        command.after = stored(after)
    write = seen(command, request.write)
    if command.state is CommandState.LEASED:
        verdict = judge_unwritten(command, meter, after)
    else:
        elapsed = permitted.since_permission(session, command)
        verdict = judge(command, meter, profiles.get(meter.profile), after, write, elapsed=elapsed)
    log().info("outcome judged", command=command.reference, verdict=verdict.value, write=write.value)
    _follow(session, command, meter, verdict, write)
    if after is not None and not is_foreign(meter, after):
        keep_said(session, meter=meter, evidence=after)
    return command


def _require_bound(command: MeterCommand, line: Line, bridge: Caller, request: OutcomeRequest) -> None:
    if command.state in SETTLED:
        raise errors.AlreadySettledError
    if command.state is CommandState.HELD:
        raise errors.HeldError
    if (command.bridge_id, command.fence, line.reference) != (bridge.id, request.fence, request.line):
        raise errors.NotLeasedError if command.state is CommandState.QUEUED else errors.StaleFenceError
    if command.state is CommandState.LEASED and request.write is not WriteResult.NONE:
        log().error("a bridge tells of a write it had no order for", command=command.reference, write=request.write)
        raise errors.NotLeasedError


def _follow(session: Session, command: MeterCommand, meter: Meter, verdict: Verdict, write: WriteResult) -> None:
    match verdict:
        case Verdict.APPLIED:
            transitions.confirm(session, command)
        case Verdict.NOT_APPLIED:
            _not_applied(session, command, write)
        case Verdict.UNKNOWN:
            transitions.ask_again(session, command)
        case Verdict.DOUBT:
            transitions.set_aside(session, command, why="doubt")
        case Verdict.FOREIGN:
            _foreign(session, command, meter)


def _not_applied(session: Session, command: MeterCommand, write: WriteResult) -> None:
    """Try again under the same number, so that a write that arrives late counts; give up only what is proved."""
    if write is WriteResult.REFUSED:
        command.refusals += 1
    if command.state is not CommandState.LEASED:
        transitions.disbelieve_silent_runs(command)
    if command.refusals >= MOST_REFUSALS and command.permitted_until is None:
        transitions.refuse(session, command, why="refused_by_meter")
    else:
        transitions.try_later(session, command)


def _foreign(session: Session, command: MeterCommand, meter: Meter) -> None:
    serial = (command.after or {}).get("serial")
    why = FOREIGN_WRITE if serial == meter.serial else FOREIGN_SERIAL
    facts = {"command": command.reference, "before": command.before, "evidence": command.after}
    freeze(session, meter=lock_meter(session, meter.id), why=why, facts=facts, request_id=command.request_id)
    transitions.set_aside(session, command, why=why)
