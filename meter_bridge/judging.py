"""What a read-back proves of a write: the rules that make a top-up happen exactly once. Pure."""

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

from meter_bridge.protocol import (
    CommandKind,
    CreditUnit,
    Evidence,
    MoneyCapability,
    ParameterSetting,
    SupplyState,
    WriteResult,
)

WATT_SECONDS_PER_KWH = 3_600_000
CLOCK_SLACK = timedelta(seconds=5)
CLOCKS_AGREE = timedelta(seconds=30)


class Verdict(StrEnum):
    """What is proved."""

    APPLIED = "applied"
    NOT_APPLIED = "not_applied"  # the meter proves it did not take it: it may be written again
    UNKNOWN = "unknown"  # nothing proved: read again
    DOUBT = "doubt"  # no further reading will prove it: a person decides
    FOREIGN = "foreign"  # somebody else wrote, or it is another meter: freeze and ask a person


@dataclass(frozen=True, slots=True)
class Limits:
    """How fast credit can fall, so that a balance read later can be compared.

    max_power_w: what the breaker lets through. max_price_fen: the highest price the meter may hold, fen per kWh.
    """

    capability: MoneyCapability
    credit_unit: CreditUnit
    max_power_w: int
    max_price_fen: int

    def possible_use(self, span: timedelta) -> int:
        """Return the credit that can be used up in this span at most, in the credit unit, rounded up."""
        seconds = int(max(span, timedelta()).total_seconds()) + int(CLOCK_SLACK.total_seconds())
        per_kwh = self.max_price_fen if self.credit_unit is CreditUnit.MONEY else 1000
        return -(-self.max_power_w * seconds * per_kwh // WATT_SECONDS_PER_KWH)

    def behind(self, ratio: int) -> "Limits":
        """Return the limits behind transformers of this ratio: so many times the power can flow."""
        return replace(self, max_power_w=self.max_power_w * ratio)


@dataclass(frozen=True, slots=True)
class Credit:
    """A top-up as it was ordered: the amount in the credit unit and, where the meter counts, the number bound to it."""

    amount: int
    purchase_no: int | None


def judge_top_up(
    limits: Limits,
    credit: Credit,
    before: Evidence,
    after: Evidence,
    write: WriteResult,
    *,
    elapsed: timedelta = timedelta(),
) -> Verdict:
    """Say what the evidence after a top-up proves, given the evidence before it.

    elapsed: time between them by another clock than the bridge's, which may be set back; 0 where nobody measured.
    """
    if after.serial != before.serial:
        return Verdict.FOREIGN
    if limits.capability is MoneyCapability.COUNTER_CAS:
        return _judge_counted(limits, credit, before, after, elapsed)
    use = limits.possible_use(_span(before, after, elapsed))
    return _judge_blind(credit, before, after, write, use)


def judge_relay(kind: CommandKind, after: Evidence) -> Verdict:
    """Say whether the breaker does what was asked."""
    if after.supply is None:
        return Verdict.UNKNOWN
    wanted = SupplyState.OPEN if kind is CommandKind.OPEN_BREAKER else SupplyState.CLOSED
    return Verdict.APPLIED if after.supply is wanted else Verdict.NOT_APPLIED


def judge_order(kind: CommandKind, after: Evidence, parameter: ParameterSetting | None = None) -> Verdict:
    """Say whether a meter does what was asked of it with any command but a top-up. parameter: what was to be set."""
    if kind in (CommandKind.OPEN_BREAKER, CommandKind.CLOSE_BREAKER):
        return judge_relay(kind, after)
    done = {
        CommandKind.KEEP_SUPPLIED: after.kept_supplied,
        CommandKind.END_KEEP_SUPPLIED: None if after.kept_supplied is None else not after.kept_supplied,
        CommandKind.AUTOMATIC: None if after.forced is None else not after.forced,
        CommandKind.SYNC_CLOCK: _is_right(after),
        CommandKind.BROADCAST_CLOCK: _is_right(after),
        CommandKind.CLEAR_COUNTERS: None if after.counter is None else after.counter == 0,
        CommandKind.WRITE_PARAMETER: _is_set(after, parameter),
        CommandKind.READ_PARAMETERS: after.parameters is not None or None,
    }
    return _judged(done.get(kind))


def _is_right(after: Evidence) -> bool | None:
    return None if after.clock is None else abs(after.clock - after.read_at) <= CLOCKS_AGREE


def _is_set(after: Evidence, wanted: ParameterSetting | None) -> bool | None:
    told = after.parameters or {}
    return told[wanted.code] == wanted.value if wanted is not None and wanted.code in told else None


def _judged(done: bool | None) -> Verdict:  # noqa: FBT001 what the meter shows; None: it does not
    if done is None:
        return Verdict.UNKNOWN
    return Verdict.APPLIED if done else Verdict.NOT_APPLIED


def _judge_counted(limits: Limits, credit: Credit, before: Evidence, after: Evidence, elapsed: timedelta) -> Verdict:
    if after.purchase_count is None or credit.purchase_no is None:
        return Verdict.UNKNOWN
    if after.purchase_count == credit.purchase_no - 1:
        return Verdict.NOT_APPLIED if _is_untouched(limits, before, after, elapsed) else Verdict.FOREIGN
    if after.purchase_count != credit.purchase_no:
        return Verdict.FOREIGN
    return Verdict.APPLIED if _amounts_fit(limits, credit, before, after, elapsed) else Verdict.FOREIGN


def _is_untouched(limits: Limits, before: Evidence, after: Evidence, elapsed: timedelta) -> bool:
    """Whether the credit is what it was but for use; else the count may have been reset after it took our write."""
    if before.cumulative is not None and after.cumulative is not None and after.cumulative != before.cumulative:
        return False
    rise = _rise(before, after)
    return rise is None or -limits.possible_use(_span(before, after, elapsed)) <= rise <= 0


def _amounts_fit(limits: Limits, credit: Credit, before: Evidence, after: Evidence, elapsed: timedelta) -> bool:
    """Whether what the meter now holds is what our write, and nothing else, would have made of it."""
    known = False
    if before.cumulative is not None and after.cumulative is not None:
        known = True
        if after.cumulative != before.cumulative + credit.amount:
            return False
    if after.last_purchase is not None:
        known = True
        if after.last_purchase != credit.amount:
            return False
    rise = _rise(before, after)
    if rise is not None:
        known = True
        use = limits.possible_use(max(elapsed, after.read_at - before.read_at))
        if not credit.amount - use <= rise <= credit.amount:
            return False
    return known


def _judge_blind(credit: Credit, before: Evidence, after: Evidence, write: WriteResult, use: int) -> Verdict:
    """Judge a meter that adds whatever is written: the rise must fit one story only.

    A write that was not answered may still wait in a gateway, so a balance that did not rise proves nothing then;
    and a gateway may have doubled it, so a balance read late must not fit two purchases with much use either.
    """
    rise = _rise(before, after)
    if before.cumulative is not None and after.cumulative is not None:
        rise, use = after.cumulative - before.cumulative, 0
    if rise is None:
        return Verdict.UNKNOWN
    untouched, once, twice = (times * credit.amount - use <= rise <= times * credit.amount for times in range(3))
    if once and not untouched and not twice:
        return Verdict.APPLIED
    if untouched and not once and write in (WriteResult.NONE, WriteResult.REFUSED):
        return Verdict.NOT_APPLIED
    return Verdict.DOUBT


def _span(before: Evidence, after: Evidence, elapsed: timedelta) -> timedelta:
    """Return the time in which credit was used; the bridge's clock says it, unless it was set back between the two."""
    told = after.read_at - before.read_at
    return told if told >= timedelta() else elapsed


def _rise(before: Evidence, after: Evidence) -> int | None:
    if before.balance is None or after.balance is None:
        return None
    return after.balance - before.balance
