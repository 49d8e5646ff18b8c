"""Judge what a bridge tells of a command; the bridge's own judgement is never taken. Pure."""

from dataclasses import replace
from datetime import timedelta

from backend.metering.command_models import MeterCommand
from backend.metering.evidence import is_foreign
from backend.metering.models import Meter
from meter_bridge.judging import Credit, Limits, Verdict, judge_order, judge_top_up
from meter_bridge.profile import Profile
from meter_bridge.protocol import (
    CommandKind,
    CommandState,
    Evidence,
    MoneyCapability,
    WriteResult,
)

UNWRITTEN = (WriteResult.NONE, WriteResult.REFUSED)


def seen(command: MeterCommand, told: WriteResult) -> WriteResult:
    """Return what is to be believed of a write: only the run that got the order, telling first, knows its own."""
    return WriteResult.UNSEEN if command.state is CommandState.UNKNOWN else told


def judge(
    command: MeterCommand,
    meter: Meter,
    profile: Profile | None,
    after: Evidence | None,
    write: WriteResult,
    *,
    elapsed: timedelta = timedelta(),
) -> Verdict:
    """Say what is proved of a command that may have been written; write is what is to be believed of it.

    elapsed: time since the permission, by the database's clock.
    """
    if after is None:
        return Verdict.UNKNOWN
    if is_foreign(meter, after):
        return Verdict.FOREIGN
    if command.kind is CommandKind.READ_NOW:
        return Verdict.APPLIED
    if command.kind is not CommandKind.TOP_UP:
        return judge_order(command.kind, after, command.setting)
    if profile is None or command.before is None:
        return Verdict.UNKNOWN
    return _judge_money(command, limits_of(meter, profile), after, write, elapsed)


def judge_unwritten(command: MeterCommand, meter: Meter, after: Evidence | None) -> Verdict:
    """Say what is proved of a command that nobody was allowed to write: readings and relays may be as wanted."""
    if after is None:
        return Verdict.NOT_APPLIED
    if is_foreign(meter, after):
        return Verdict.FOREIGN
    if command.kind is CommandKind.READ_NOW:
        return Verdict.APPLIED
    if command.kind is CommandKind.TOP_UP:
        return Verdict.NOT_APPLIED
    applied = judge_order(command.kind, after, command.setting) is Verdict.APPLIED
    return Verdict.APPLIED if applied else Verdict.NOT_APPLIED


def limits_of(meter: Meter, profile: Profile) -> Limits:
    """Return how fast credit can fall, by the rule for money that was frozen when the meter was installed."""
    limits = profile.limits.behind(meter.ratio)
    return replace(limits, capability=meter.capability, credit_unit=meter.credit_unit)


def _judge_money(
    command: MeterCommand, limits: Limits, after: Evidence, write: WriteResult, elapsed: timedelta
) -> Verdict:
    """Judge by the rule frozen at installation, against the reading stored before the write."""
    before = Evidence.model_validate(command.before)
    if command.state is CommandState.SENDING and after.read_at < before.read_at:
        return Verdict.UNKNOWN  # of an earlier attempt, told late
    credit = Credit(command.amount, command.purchase_no)
    verdict = judge_top_up(limits, credit, before, after, write, elapsed=elapsed)
    blind = limits.capability is MoneyCapability.ADDITIVE_BLIND
    if verdict is Verdict.NOT_APPLIED and blind and write not in UNWRITTEN:
        return Verdict.DOUBT
    return verdict
