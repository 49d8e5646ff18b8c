"""What a read-back proves: examples for every branch, and properties over drawn meters."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meter_bridge.judging import CLOCK_SLACK, Credit, Limits, Verdict, judge_order, judge_relay, judge_top_up
from meter_bridge.protocol import CommandKind, CreditUnit, Evidence, MoneyCapability, SupplyState, WriteResult

T0 = datetime(2026, 3, 1, tzinfo=UTC)
CAS = Limits(MoneyCapability.COUNTER_CAS, CreditUnit.MONEY, max_power_w=13_200, max_price_fen=300)
BLIND = Limits(MoneyCapability.ADDITIVE_BLIND, CreditUnit.MONEY, max_power_w=13_200, max_price_fen=300)
TOP_UP = Credit(5_000, purchase_no=8)
BEFORE = Evidence(read_at=T0, serial="1", purchase_count=7, balance=100, cumulative=9_000, last_purchase=500)
AFTER = Evidence(
    read_at=T0 + timedelta(seconds=2),
    serial="1",
    purchase_count=8,
    balance=5_100,
    cumulative=14_000,
    last_purchase=5_000,
)
ACK, UNANSWERED = WriteResult.ACKNOWLEDGED, WriteResult.UNANSWERED


def changed(evidence: Evidence, **keys: object) -> Evidence:
    return evidence.model_copy(update=keys)


def counted(after: Evidence, before: Evidence = BEFORE, credit: Credit = TOP_UP) -> Verdict:
    return judge_top_up(CAS, credit, before, after, ACK)


def blind(balance: int | None, write: WriteResult, amount: int = 5_000, seconds: float = 2) -> Verdict:
    after = Evidence(read_at=T0 + timedelta(seconds=seconds), serial="1", balance=balance)
    return judge_top_up(BLIND, Credit(amount, None), BEFORE, after, write)


@pytest.mark.parametrize("limits", [CAS, BLIND])
def test_another_serial_is_another_meter(limits: Limits) -> None:
    assert judge_top_up(limits, TOP_UP, BEFORE, changed(AFTER, serial="2"), ACK) is Verdict.FOREIGN


def test_a_count_one_higher_with_fitting_amounts_proves_the_top_up() -> None:
    assert counted(AFTER) is Verdict.APPLIED


def test_an_unchanged_count_proves_that_nothing_was_taken() -> None:
    assert counted(BEFORE) is Verdict.NOT_APPLIED


def test_a_clock_that_was_set_back_is_not_believed_over_one_that_was_not() -> None:
    earlier = changed(
        AFTER, read_at=T0 - timedelta(seconds=300), balance=5_100 - CAS.possible_use(timedelta(seconds=20))
    )
    assert counted(earlier) is Verdict.FOREIGN
    elapsed = timedelta(seconds=20)
    assert judge_top_up(CAS, TOP_UP, BEFORE, earlier, ACK, elapsed=elapsed) is Verdict.APPLIED
    lost = changed(BEFORE, read_at=T0 - timedelta(seconds=300), balance=100 - CAS.possible_use(elapsed))
    assert judge_top_up(CAS, TOP_UP, BEFORE, lost, ACK, elapsed=elapsed) is Verdict.NOT_APPLIED
    assert judge_top_up(CAS, TOP_UP, BEFORE, lost, ACK, elapsed=elapsed / 2) is Verdict.FOREIGN


def test_an_unchanged_count_is_no_proof_when_the_credit_is_another() -> None:
    use = CAS.possible_use(timedelta())
    assert counted(changed(BEFORE, balance=100 - use)) is Verdict.NOT_APPLIED
    assert counted(changed(BEFORE, balance=100 - use - 1)) is Verdict.FOREIGN
    assert counted(changed(BEFORE, balance=101)) is Verdict.FOREIGN
    assert counted(changed(BEFORE, cumulative=0)) is Verdict.FOREIGN
    assert counted(changed(BEFORE, balance=None, cumulative=None)) is Verdict.NOT_APPLIED


@pytest.mark.parametrize("count", [6, 9, 0, 100])
def test_any_other_count_is_somebody_elses_write(count: int) -> None:
    assert counted(changed(AFTER, purchase_count=count)) is Verdict.FOREIGN


def test_without_a_count_or_a_number_nothing_is_proved() -> None:
    assert counted(changed(AFTER, purchase_count=None)) is Verdict.UNKNOWN
    assert counted(AFTER, credit=replace(TOP_UP, purchase_no=None)) is Verdict.UNKNOWN


@pytest.mark.parametrize(
    "wrong",
    [
        {"cumulative": 14_001}, {"cumulative": 9_000}, {"last_purchase": 4_999}, {"last_purchase": 500},
        {"balance": 5_101}, {"balance": 100}, {"balance": 10_100},
    ],
)  # fmt: skip
def test_the_right_count_with_wrong_amounts_is_somebody_elses_write(wrong: dict[str, int]) -> None:
    assert counted(changed(AFTER, **wrong)) is Verdict.FOREIGN


def test_the_right_count_alone_proves_nothing_of_the_amount() -> None:
    bare = {"balance": None, "cumulative": None, "last_purchase": None}
    assert counted(changed(AFTER, **bare)) is Verdict.FOREIGN


@pytest.mark.parametrize("kept", ["balance", "cumulative", "last_purchase"])
def test_one_amount_that_fits_is_enough(kept: str) -> None:
    bare = {key: None for key in ("balance", "cumulative", "last_purchase") if key != kept}
    assert counted(changed(AFTER, **bare)) is Verdict.APPLIED


def test_credit_used_between_the_readings_is_allowed_for() -> None:
    use = CAS.possible_use(timedelta(seconds=2))
    assert counted(changed(AFTER, balance=5_100 - use)) is Verdict.APPLIED
    assert counted(changed(AFTER, balance=5_100 - use - 1)) is Verdict.FOREIGN


@pytest.mark.parametrize("write", list(WriteResult))
def test_a_blind_meter_whose_balance_rose_by_the_amount_took_it(write: WriteResult) -> None:
    assert blind(5_100, write) is Verdict.APPLIED


@pytest.mark.parametrize(
    ("write", "verdict"),
    [
        (WriteResult.NONE, Verdict.NOT_APPLIED),
        (WriteResult.REFUSED, Verdict.NOT_APPLIED),
        (ACK, Verdict.DOUBT),
        (UNANSWERED, Verdict.DOUBT),
        (WriteResult.UNSEEN, Verdict.DOUBT),
    ],
)
def test_a_blind_meter_whose_balance_did_not_rise_is_doubted_once_written(write: WriteResult, verdict: Verdict) -> None:
    assert blind(100, write) is verdict


def test_a_rise_that_fits_two_stories_or_none_is_doubted() -> None:
    assert blind(100, UNANSWERED, amount=1) is Verdict.DOUBT
    assert blind(10_100, UNANSWERED) is Verdict.DOUBT
    assert blind(3_000, UNANSWERED) is Verdict.DOUBT


@pytest.mark.parametrize(
    ("bought", "verdict"),
    [(5_000, Verdict.APPLIED), (0, Verdict.DOUBT), (10_000, Verdict.DOUBT), (4_999, Verdict.DOUBT)],
)
def test_a_sum_of_purchases_proves_a_blind_write_however_much_was_used(bought: int, verdict: Verdict) -> None:
    after = Evidence(read_at=T0 + timedelta(days=9), serial="1", balance=-3_000, cumulative=9_000 + bought)
    assert judge_top_up(BLIND, Credit(5_000, None), BEFORE, after, UNANSWERED) is verdict


def test_a_blind_write_that_may_be_doubled_and_half_used_is_doubted() -> None:
    assert blind(4_000, ACK, seconds=4_000) is Verdict.APPLIED
    assert blind(4_000, ACK, seconds=8_000) is Verdict.DOUBT


def test_without_a_balance_nothing_is_proved() -> None:
    assert blind(None, ACK) is Verdict.UNKNOWN
    silent = changed(BEFORE, balance=None, cumulative=None)
    assert judge_top_up(BLIND, TOP_UP, silent, AFTER, ACK) is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("kind", "supply", "verdict"),
    [
        (CommandKind.OPEN_BREAKER, SupplyState.OPEN, Verdict.APPLIED),
        (CommandKind.OPEN_BREAKER, SupplyState.CLOSED, Verdict.NOT_APPLIED),
        (CommandKind.CLOSE_BREAKER, SupplyState.CLOSED, Verdict.APPLIED),
        (CommandKind.CLOSE_BREAKER, SupplyState.OPEN, Verdict.NOT_APPLIED),
        (CommandKind.CLOSE_BREAKER, None, Verdict.UNKNOWN),
    ],
)
def test_a_breaker_is_judged_by_what_it_does(kind: CommandKind, supply: SupplyState | None, verdict: Verdict) -> None:
    assert judge_relay(kind, Evidence(read_at=T0, supply=supply)) is verdict


def test_energy_wallets_fall_by_what_the_breaker_lets_through() -> None:
    energy = Limits(MoneyCapability.COUNTER_CAS, CreditUnit.ENERGY, max_power_w=10_000, max_price_fen=0)
    assert energy.possible_use(timedelta(hours=1) - CLOCK_SLACK) == 10_000
    assert energy.possible_use(timedelta(hours=-1)) == energy.possible_use(timedelta())


spans = st.integers(0, 86_400)
amounts = st.integers(1, 10**8)


@given(
    amount=amounts,
    balance=st.integers(-(10**6), 10**8),
    seconds=spans,
    share=st.floats(0, 1),
    count=st.integers(0, 60_000),
)
def test_an_honest_meter_is_always_believed(amount: int, balance: int, seconds: int, share: float, count: int) -> None:
    """Whatever it used within its limits, an applied counted top-up is proved, and one not taken never is."""
    span = timedelta(seconds=seconds)
    used = int(CAS.possible_use(span) * share)
    before = Evidence(read_at=T0, serial="1", purchase_count=count, balance=balance, cumulative=0, last_purchase=0)
    taken = Evidence(
        read_at=T0 + span, serial="1", purchase_count=count + 1, balance=balance + amount - used, cumulative=amount,
        last_purchase=amount,
    )  # fmt: skip
    left = before.model_copy(update={"read_at": T0 + span, "balance": balance - used})
    credit = Credit(amount, count + 1)
    assert judge_top_up(CAS, credit, before, taken, UNANSWERED) is Verdict.APPLIED
    assert judge_top_up(CAS, credit, before, left, UNANSWERED) is Verdict.NOT_APPLIED


@given(
    amount=amounts, balance=st.integers(-(10**6), 10**8), seconds=spans, share=st.floats(0, 1), times=st.integers(0, 2)
)
def test_a_blind_meter_is_never_falsely_proved(
    amount: int, balance: int, seconds: int, share: float, times: int
) -> None:
    """However often the meter took it and whatever it used: APPLIED only after once, NOT_APPLIED only after never."""
    span = timedelta(seconds=seconds)
    used = int(BLIND.possible_use(span) * share)
    before = Evidence(read_at=T0, serial="1", balance=balance)
    after = Evidence(read_at=T0 + span, serial="1", balance=balance + times * amount - used)
    verdict = judge_top_up(BLIND, Credit(amount, None), before, after, UNANSWERED)
    assert verdict in (Verdict.APPLIED, Verdict.DOUBT)
    assert verdict is Verdict.DOUBT or times == 1


@pytest.mark.parametrize(
    ("kind", "shown", "verdict"),
    [
        (CommandKind.OPEN_BREAKER, {"supply": SupplyState.OPEN}, Verdict.APPLIED),
        (CommandKind.KEEP_SUPPLIED, {"kept_supplied": True}, Verdict.APPLIED),
        (CommandKind.KEEP_SUPPLIED, {"kept_supplied": False, "supply": SupplyState.CLOSED}, Verdict.NOT_APPLIED),
        (CommandKind.KEEP_SUPPLIED, {"supply": SupplyState.CLOSED}, Verdict.UNKNOWN),
        (CommandKind.END_KEEP_SUPPLIED, {"kept_supplied": False}, Verdict.APPLIED),
        (CommandKind.END_KEEP_SUPPLIED, {"kept_supplied": True}, Verdict.NOT_APPLIED),
        (CommandKind.END_KEEP_SUPPLIED, {}, Verdict.UNKNOWN),
        (CommandKind.AUTOMATIC, {"forced": False}, Verdict.APPLIED),
        (CommandKind.AUTOMATIC, {"forced": True}, Verdict.NOT_APPLIED),
        (CommandKind.AUTOMATIC, {}, Verdict.UNKNOWN),
        (CommandKind.SYNC_CLOCK, {"clock": T0 + timedelta(seconds=30)}, Verdict.APPLIED),
        (CommandKind.SYNC_CLOCK, {"clock": T0 - timedelta(seconds=31)}, Verdict.NOT_APPLIED),
        (CommandKind.BROADCAST_CLOCK, {"clock": T0 - timedelta(seconds=30)}, Verdict.APPLIED),
        (CommandKind.BROADCAST_CLOCK, {}, Verdict.UNKNOWN),
        (CommandKind.CLEAR_COUNTERS, {"counter": 0}, Verdict.APPLIED),
        (CommandKind.CLEAR_COUNTERS, {"counter": 1}, Verdict.NOT_APPLIED),
        (CommandKind.CLEAR_COUNTERS, {}, Verdict.UNKNOWN),
        (CommandKind.READ_NOW, {}, Verdict.UNKNOWN),
    ],
)
def test_an_operation_is_judged_by_what_the_meter_shows(
    kind: CommandKind, shown: dict[str, Any], verdict: Verdict
) -> None:
    assert judge_order(kind, Evidence(read_at=T0, **shown)) is verdict
