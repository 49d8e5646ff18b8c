"""Permission to write: what the meter said is stored and its number bound before one write may be made."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from backend.kernel.db import Session
from backend.kernel.errors import ProductError
from backend.metering import errors
from backend.metering.command_models import MeterCommand
from backend.metering.commands import addressing, transitions
from backend.metering.commands.freezing import FOREIGN_COUNT, FOREIGN_SERIAL, freeze
from backend.metering.commands.permitted import since_permission
from backend.metering.commands.verdicts import limits_of
from backend.metering.evidence import is_foreign, is_sound, lacks, stored
from backend.metering.lines.leases import LEASE_SECONDS, Profiles, extend, is_held
from backend.metering.lines.runs import Caller, require_newest
from backend.metering.locking import lock_command, lock_line_of, lock_meter
from backend.metering.locks.locking_out import is_locked_out
from backend.metering.models import Line, Meter, MeterState
from backend.metering.succession import count_we_left
from meter_bridge.judging import Credit, Limits, Verdict, judge_top_up
from meter_bridge.profile import Profile
from meter_bridge.protocol import (
    CommandKind,
    CommandState,
    Evidence,
    IntentReply,
    IntentRequest,
    MoneyCapability,
    Order,
    ParameterError,
    ParameterSetting,
    SignedOrder,
    WriteResult,
)

Sign = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Permission:
    """The command as it is now, and the order, or the refusal to raise once what was found out is committed."""

    command: MeterCommand
    answer: IntentReply | ProductError


@dataclass(frozen=True, slots=True)
class Asked:
    """A bridge before a meter that it has read, everything it needs locked."""

    line: Line
    meter: Meter
    command: MeterCommand
    request: IntentRequest
    now: datetime
    profile: Profile | None

    @property
    def limits(self) -> Limits:
        """How fast credit can fall in this meter."""
        if self.profile is None:
            raise LookupError(self.meter.profile)
        return limits_of(self.meter, self.profile)


def intent(
    session: Session,
    *,
    bridge: Caller,
    named: addressing.Addressed,
    request: IntentRequest,
    profiles: Profiles,
    sign: Sign,
) -> Permission:
    """Store what the meter said, bind its next number and return the signed order, once.

    Raises StaleInstanceError, StaleFenceError, NotLeasedError, IntentExistsError, AlreadySettledError, HeldError.
    """
    require_newest(session, bridge=bridge, instance=request.instance)
    line, meter = lock_line_of(session, named.meter_id)
    now = _require_lease(session, line, bridge, request)
    unfit = _unfit(named, meter, profiles)
    if not unfit:
        meter = lock_meter(session, meter.id)  # not before a refusal: the order's row is still to be locked then
    command = lock_command(session, named.id)
    _require_leased(command, line)
    asked = Asked(line, meter, command, request, now, profiles.get(meter.profile))
    if unfit:
        transitions.refuse(session, command, why=unfit)
        return Permission(command, errors.AlreadySettledError())
    for looked in (_refused, _misplaced, _kept, _locked_out, _unnumbered):
        refusal = looked(session, asked)
        if refusal is not None:
            return Permission(command, refusal)
    return Permission(command, _permit(session, asked, bridge, sign))


def _require_lease(session: Session, line: Line, bridge: Caller, request: IntentRequest) -> datetime:
    now = session.database_now()
    if (line.reference, line.fence) != (request.line, request.fence):
        raise errors.StaleFenceError
    if not is_held(line, bridge=bridge, instance=request.instance, now=now):
        raise errors.NotLeasedError
    return now


def _require_leased(command: MeterCommand, line: Line) -> None:
    match command.state:
        case CommandState.LEASED if command.fence == line.fence:
            return
        case CommandState.SENDING | CommandState.UNKNOWN:
            raise errors.IntentExistsError
        case CommandState.CONFIRMED | CommandState.REFUSED | CommandState.CANCELLED:
            raise errors.AlreadySettledError
        case CommandState.HELD:
            raise errors.HeldError
        case _:
            raise errors.NotLeasedError


def _unfit(command: addressing.Addressed, meter: Meter, profiles: Profiles) -> str:
    """Say why the meter can never take this command; empty when it can."""
    profile = profiles.get(meter.profile)
    if profile is None:
        return "no_profile"
    if command.kind not in profile.abilities:
        return "not_able"
    if command.setting is not None:
        return _unsettable(command.setting, profile)
    if command.kind is not CommandKind.TOP_UP:
        return ""
    if command.amount > profile.money.max_amount:
        return "amount_above_maximum"
    return "amount_between_steps" if command.amount % profile.money.step else ""


def _unsettable(setting: ParameterSetting, profile: Profile) -> str:
    try:
        profile.parameters.check(setting)
    except ParameterError as why:
        return f"parameter_{why.fault.value}"
    return ""


def _refused(session: Session, asked: Asked) -> ProductError | None:
    """Refuse what came too late, and money to a meter that is frozen or retired: it waits unwritten."""
    command, meter = asked.command, asked.meter
    if not is_sound(asked.request.before):
        transitions.try_later(session, command)
        return errors.EvidenceMissingError()
    if command.expires_at is not None and command.expires_at <= asked.now:
        transitions.cancel(session, command, why="expired")
        return errors.AlreadySettledError()
    if command.kind is not CommandKind.TOP_UP:
        return None
    if meter.frozen_reason is not None or meter.state is MeterState.RETIRED:
        transitions.put_back(command)
        return errors.MeterFrozenError()
    if lacks(meter, asked.request.before) and not is_foreign(meter, asked.request.before):
        transitions.try_later(session, command)
        return errors.EvidenceMissingError()
    return None


def _misplaced(session: Session, asked: Asked) -> ProductError | None:
    if not is_foreign(asked.meter, asked.request.before):
        return None
    return _freeze(session, asked, FOREIGN_SERIAL, {"serial": asked.request.before.serial})


def _kept(session: Session, asked: Asked) -> ProductError | None:
    """Let nothing cut off what the meter says is kept supplied."""
    if asked.command.kind is not CommandKind.OPEN_BREAKER or not asked.request.before.kept_supplied:
        return None
    transitions.refuse(session, asked.command, why=errors.KeptSuppliedError.code)
    return errors.AlreadySettledError()


def _locked_out(session: Session, asked: Asked) -> ProductError | None:
    """Let nothing close under a maintenance lock; hung before this, it is seen, for its meters' rows were locked."""
    if not is_locked_out(session, asked.command, asked.request.before):
        return None
    transitions.keep_locked_out(session, asked.command)
    return errors.LockedError()


def _unnumbered(session: Session, asked: Asked) -> ProductError | None:
    """Bind the meter's next number to counted money; a count that we did not leave is somebody else's write."""
    meter, command, count = asked.meter, asked.command, asked.request.before.purchase_count
    if command.kind is not CommandKind.TOP_UP:
        return None
    if command.purchase_no is not None:
        return _unused(session, asked)
    command.epoch = meter.epoch
    if meter.capability is not MoneyCapability.COUNTER_CAS or count is None:
        return None
    left = count_we_left(session, meter)
    if left is not None and left != count:
        return _freeze(session, asked, FOREIGN_COUNT, {"count": count, "count_we_left": left})
    if meter.first_count is None:
        meter.first_count = count
    command.purchase_no = count + 1
    return None


def _unused(session: Session, asked: Asked) -> ProductError | None:
    """Let a bound number be written again; one that is used by now a silent run may have written: it is read back."""
    command = asked.command
    if command.epoch != asked.meter.epoch:
        transitions.set_aside(session, command, why="doubt")
        return errors.HeldError()
    if command.purchase_no == (asked.request.before.purchase_count or 0) + 1:
        return _unspent(session, asked) or _outlived(asked)
    transitions.lose_sight(command)
    return errors.IntentExistsError()


def _outlived(asked: Asked) -> ProductError | None:
    """Wait for the end of an order whose holder fell silent: a meter that forgot its count would take both."""
    until = asked.command.permitted_until
    if until is None or until <= asked.now:
        return None
    transitions.wait_out(asked.command, until=until)
    return errors.StillPermittedError(until=f"{until:%H:%M:%S} UTC")


def _unspent(session: Session, asked: Asked) -> ProductError | None:
    """Let it be written again if the credit is what it was but for use; else a meter took it and lost its count."""
    command, now = asked.command, asked.request.before
    if command.before is None or command.signed is None:
        return None
    credit = Credit(command.amount, command.purchase_no)
    earlier, elapsed = Evidence.model_validate(command.before), since_permission(session, command)
    if judge_top_up(asked.limits, credit, earlier, now, WriteResult.UNSEEN, elapsed=elapsed) is Verdict.NOT_APPLIED:
        return None
    return _freeze(session, asked, FOREIGN_COUNT, {"earlier": command.before})


def _freeze(session: Session, asked: Asked, why: str, facts: dict[str, object]) -> ProductError:
    command, read = asked.command, stored(asked.request.before)
    if command.signed is None:
        command.before = read
    else:
        command.after = read  # what was permitted earlier was permitted over `before`: that stays
    facts = {"command": command.reference, "evidence": read, **facts}
    freeze(session, meter=asked.meter, why=why, facts=facts, request_id=command.request_id)
    transitions.set_aside(session, command, why=why)
    return errors.HeldError() if command.state is CommandState.HELD else errors.MeterFrozenError()


def _permit(session: Session, asked: Asked, bridge: Caller, sign: Sign) -> IntentReply:
    line, command = asked.line, asked.command
    seconds = extend(session, line=line, now=asked.now)
    lease_ends = asked.now + session.span(LEASE_SECONDS)
    signed = _signed(asked, lease_ends, sign)
    command.state = CommandState.SENDING
    command.bridge_id = bridge.id
    command.before = stored(asked.request.before)
    command.signed = signed.model_dump(mode="json")
    command.sent_at = session.clock.now()
    command.next_attempt_at = lease_ends + session.span(transitions.VERIFY_WITHIN)
    return IntentReply(signed=signed, lease_seconds=seconds)


def _signed(asked: Asked, expires_at: datetime, sign: Sign) -> SignedOrder:
    line, command = asked.line, asked.command
    order = Order(
        command=command.reference,
        meter=asked.meter.reference,
        serial=asked.meter.serial,
        line=line.reference,
        fence=line.fence,
        kind=command.kind,
        purchase_no=command.purchase_no,
        amount=command.amount,
        before=asked.request.before,
        request_id=command.request_id,
        expires_at=expires_at,
        parameter=command.setting,
    )
    payload = order.model_dump_json()
    return SignedOrder(payload=payload, signature=sign(payload.encode()).hex())
