"""What follows a read-back: every branch."""

from itertools import product

import pytest

from meter_bridge.judging import Verdict
from meter_bridge.line import (
    GarbledAnswerError,
    LineCutError,
    LineDownError,
    LineError,
    LineTimeoutError,
    MeterExceptionError,
)
from meter_bridge.policy import MAX_WRITES, Step, may_repeat, next_step, seen_of, worse
from meter_bridge.protocol import CommandKind, MoneyCapability, WriteResult

NONE, REFUSED, ACK, UNANSWERED = (
    WriteResult.NONE, WriteResult.REFUSED, WriteResult.ACKNOWLEDGED, WriteResult.UNANSWERED,
)  # fmt: skip
BOTH = (False, True)


@pytest.mark.parametrize(
    ("error", "seen"),
    [
        (None, ACK),
        (LineDownError(), NONE),
        (LineTimeoutError(), UNANSWERED),
        (LineCutError(), UNANSWERED),
        (GarbledAnswerError(), UNANSWERED),
        *((MeterExceptionError(code), REFUSED) for code in (1, 2, 3)),
        *((MeterExceptionError(code), UNANSWERED) for code in (4, 5, 6, 7, 8, 10, 11, 200)),
    ],
)
def test_only_three_exceptions_are_a_no(error: LineError | None, seen: WriteResult) -> None:
    assert seen_of(error) is seen


def test_the_more_doubtful_of_two_writes_is_told() -> None:
    order = [NONE, REFUSED, ACK, UNANSWERED]
    for one, other in product(range(4), range(4)):
        assert worse(order[one], order[other]) is order[max(one, other)]


def test_only_what_the_meter_makes_harmless_is_repeated() -> None:
    assert may_repeat(CommandKind.TOP_UP, MoneyCapability.COUNTER_CAS)
    assert not may_repeat(CommandKind.TOP_UP, MoneyCapability.ADDITIVE_BLIND)
    assert not may_repeat(CommandKind.TOP_UP, MoneyCapability.PLATFORM_WALLET)
    for capability in MoneyCapability:
        assert may_repeat(CommandKind.OPEN_BREAKER, capability)
        assert may_repeat(CommandKind.CLOSE_BREAKER, capability)


@pytest.mark.parametrize(("fresh", "repeatable", "may_write"), list(product(BOTH, BOTH, BOTH)))
def test_what_is_proved_is_reported_at_once(fresh: bool, repeatable: bool, may_write: bool) -> None:
    step = next_step(Verdict.APPLIED, fresh=fresh, repeatable=repeatable, writes=1, may_write=may_write)
    assert step is Step.REPORT


@pytest.mark.parametrize("verdict", [v for v in Verdict if v is not Verdict.APPLIED])
def test_anything_else_is_looked_at_again_on_a_fresh_connection(verdict: Verdict) -> None:
    for repeatable, may_write in product(BOTH, BOTH):
        step = next_step(verdict, fresh=False, repeatable=repeatable, writes=1, may_write=may_write)
        assert step is Step.LOOK_AGAIN


def test_only_a_proved_miss_is_written_again_and_not_for_ever() -> None:
    for verdict, repeatable, may_write, writes in product(Verdict, BOTH, BOTH, range(MAX_WRITES + 1)):
        step = next_step(verdict, fresh=True, repeatable=repeatable, writes=writes, may_write=may_write)
        again = verdict is Verdict.NOT_APPLIED and repeatable and may_write and writes < MAX_WRITES
        assert step is (Step.WRITE_AGAIN if again else Step.REPORT)
