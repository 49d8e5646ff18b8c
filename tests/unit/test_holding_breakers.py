"""Each breaker says who opened it and what must happen."""

from datetime import UTC, datetime, timedelta

import pytest

from backend.metering.causes import CommandCause
from backend.supply.holding import Breaker, BreakerHolder, Remedy, Switched, hold_of
from meter_bridge.protocol import CommandKind, SupplyState

AT = datetime(2026, 5, 1, 8, tzinfo=UTC)
DARK, LIT = SupplyState.OPEN, SupplyState.CLOSED


def opened(cause: CommandCause) -> Switched:
    return Switched(CommandKind.OPEN_BREAKER, cause, AT)


CLOSED = Switched(CommandKind.CLOSE_BREAKER, CommandCause.STAFF, AT)
LATER, EARLIER = AT + timedelta(hours=1), AT - timedelta(hours=1)


@pytest.mark.parametrize(
    ("breaker", "holder", "remedies"),
    [
        (Breaker(LIT), BreakerHolder.NOBODY, []),
        (Breaker(LIT, locked_since=AT), BreakerHolder.NOBODY, []),
        (Breaker(LIT, kept=True), BreakerHolder.KEPT, [Remedy.END_KEEPING]),
        (Breaker(DARK, kept=True, closing=True), BreakerHolder.UNKNOWN, [Remedy.AWAIT_COMMAND]),
        (Breaker(None), BreakerHolder.UNKNOWN, [Remedy.READ_FIRST]),
        (Breaker(None, locked_since=AT), BreakerHolder.UNKNOWN, [Remedy.TAKE_LOCK_OFF, Remedy.READ_FIRST]),
        (Breaker(DARK, opened(CommandCause.STAFF)), BreakerHolder.STAFF, [Remedy.ORDER_CLOSING]),
        (Breaker(DARK, opened(CommandCause.PREPAID)), BreakerHolder.PREPAID, [Remedy.TOP_UP]),
        (Breaker(DARK, opened(CommandCause.LOAD)), BreakerHolder.LOAD, [Remedy.ORDER_CLOSING]),
        (Breaker(DARK, opened(CommandCause.TIME)), BreakerHolder.TIME, [Remedy.AWAIT_TIME]),
        (Breaker(DARK, has_wallet=True, balance=0), BreakerHolder.PREPAID, [Remedy.TOP_UP]),
        (Breaker(DARK, CLOSED, has_wallet=True, balance=-5), BreakerHolder.PREPAID, [Remedy.TOP_UP]),
        (Breaker(DARK, CLOSED, has_wallet=True, balance=500), BreakerHolder.METER, [Remedy.LOOK_THERE]),
        (Breaker(DARK, CLOSED, balance=0), BreakerHolder.METER, [Remedy.LOOK_THERE]),
        (Breaker(DARK), BreakerHolder.UNKNOWN, [Remedy.LOOK_THERE]),
        (Breaker(DARK, opened(CommandCause.STAFF), closing=True), BreakerHolder.STAFF, [Remedy.AWAIT_COMMAND]),
        (
            Breaker(DARK, opened(CommandCause.STAFF), locked_since=EARLIER),
            BreakerHolder.LOCK,
            [Remedy.TAKE_LOCK_OFF, Remedy.ORDER_CLOSING],
        ),
        (
            Breaker(DARK, opened(CommandCause.STAFF), locked_since=LATER, closing=True),
            BreakerHolder.STAFF,
            [Remedy.TAKE_LOCK_OFF, Remedy.AWAIT_COMMAND],
        ),
    ],
)
def test_who_opened_a_breaker_and_what_must_happen(
    breaker: Breaker, holder: BreakerHolder, remedies: list[Remedy]
) -> None:
    hold = hold_of(breaker)
    assert (hold.holder, list(hold.remedies)) == (holder, remedies)


def test_what_is_kept_supplied_is_so_since_we_ordered_it_and_else_nobody_knows() -> None:
    ordered = Switched(CommandKind.KEEP_SUPPLIED, CommandCause.STAFF, AT)
    assert hold_of(Breaker(LIT, ordered, kept=True)).since == AT
    assert hold_of(Breaker(LIT, CLOSED, kept=True)).since is None


def test_it_is_told_since_when_we_opened_it_and_of_others_it_is_not_known() -> None:
    assert hold_of(Breaker(DARK, opened(CommandCause.STAFF))).since == AT
    assert hold_of(Breaker(DARK, CLOSED)).since is None
