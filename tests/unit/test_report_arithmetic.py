"""The arithmetic of reports: shares add up, spans split anywhere add up, and what is not known is not guessed."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.reports.shares import WHOLE, shares_of
from backend.reports.spans import Span, SpanUnfitError, before, change_permille, month, year_before
from backend.reports.switching import Switching, switching_between
from backend.reports.usage import Border, Usage, total, usage_between
from meter_bridge.protocol import SupplyState

START = datetime(2026, 3, 1, tzinfo=UTC)


@given(st.dictionaries(st.integers(), st.integers(0, 10**12), max_size=40), st.integers(1, 10**6))
def test_shares_add_up_exactly_and_none_is_off_by_a_whole_part(parts: dict[int, int], whole: int) -> None:
    shares, sum_of = shares_of(parts, whole=whole), sum(parts.values())
    assert sum(shares.values()) == (whole if sum_of else 0)
    assert all(abs(shares[key] * sum_of - part * whole) < sum_of for key, part in parts.items() if sum_of)


def test_the_largest_remainder_gets_what_is_left() -> None:
    assert shares_of({"a": 1, "b": 1, "c": 1}) == {"a": 3334, "b": 3333, "c": 3333}
    assert shares_of({"a": 5, "b": 0}) == {"a": WHOLE, "b": 0}
    assert shares_of({"a": 0}) == {"a": 0}


@st.composite
def borders(draw: st.DrawFn) -> list[Border]:
    days = sorted(draw(st.sets(st.integers(0, 40), max_size=30)))
    counts = draw(st.lists(st.integers(0, 5000), min_size=len(days), max_size=len(days)))
    gaps = draw(st.lists(st.sampled_from([0, 7200, 7201]), min_size=len(days), max_size=len(days)))
    return [
        Border(day, gap, {"energy_wh": count, "peak_wh": count // 2})
        for day, gap, count in zip(days, gaps, counts, strict=True)
    ]


@given(borders(), st.data())
def test_a_span_split_at_any_border_adds_up(told: list[Border], data: st.DataObject) -> None:
    whole = usage_between(told, first=0, end=41)
    assert whole.days == 41
    if told:
        middle = data.draw(st.sampled_from([border.day for border in told]))
        split = [usage_between(told, first=a, end=b) for a, b in ((0, middle), (middle, 41)) if a < b]
        assert total(split) == whole


@given(borders())
def test_nothing_negative_is_ever_used(told: list[Border]) -> None:
    assert all(wh >= 0 for wh in usage_between(told, first=0, end=41).used.values())


def test_what_is_measured_estimated_and_missing_is_told_apart() -> None:
    told = [Border(2, 0, {"energy_wh": 10}), Border(3, 60, {"energy_wh": 30}), Border(4, 90_000, {"energy_wh": 60})]
    told += [Border(7, 0, {"energy_wh": 90}), Border(8, 0, {"energy_wh": 5}), Border(9, 0, {"energy_wh": 6})]
    usage = usage_between(told, first=0, end=12)
    assert usage == Usage({"energy_wh": 81}, measured_days=2, estimated_days=4, missing_days=6)


CHANGES = st.lists(st.tuples(st.integers(-500, 1500), st.sampled_from(SupplyState)), max_size=12)


@given(CHANGES, st.integers(1, 999))
def test_time_on_and_off_adds_up_wherever_it_is_split(told: list[tuple[int, SupplyState]], middle: int) -> None:
    changes = [(START + timedelta(seconds=at), state) for at, state in sorted(told, key=lambda each: each[0])]
    start, split, end = (START + timedelta(seconds=at) for at in (0, middle, 1000))
    whole = switching_between(changes, start, end)
    assert whole.on_s + whole.off_s + whole.unknown_s == 1000
    assert switching_between(changes, start, split) + switching_between(changes, split, end) == whole


def test_supply_counts_as_it_stood_before_the_span_and_is_unknown_before_it_was_ever_told() -> None:
    at = [START + timedelta(seconds=seconds) for seconds in (-50, 100, 400)]
    states = [SupplyState.CLOSED, SupplyState.OPEN, SupplyState.CLOSED]
    told = list(zip(at, states, strict=True))
    end = START + timedelta(seconds=1000)
    assert switching_between(told, START, end) == Switching(on_s=700, off_s=300, unknown_s=0, times_off=1)
    assert switching_between(told[1:], START, end) == Switching(on_s=600, off_s=300, unknown_s=100, times_off=1)


def test_spans_are_compared_with_what_people_mean() -> None:
    assert before(month(2026, 3)) == month(2026, 2)
    assert before(Span(date(2026, 1, 1), date(2026, 4, 1))) == Span(date(2025, 10, 1), date(2026, 1, 1))
    assert before(Span(date(2026, 3, 10), date(2026, 3, 17))) == Span(date(2026, 3, 3), date(2026, 3, 10))
    assert year_before(month(2024, 2)) == month(2023, 2)
    assert year_before(Span(date(2024, 2, 29), date(2024, 3, 1))) == Span(date(2023, 2, 28), date(2023, 3, 1))
    assert year_before(Span(date(2024, 2, 1), date(2024, 2, 29))) == month(2023, 2)
    assert [change_permille(*each) for each in ((150, 100), (50, 100), (7, 0), (None, 5), (1, 3))] == [
        500,
        -500,
        None,
        None,
        -666,
    ]


def test_a_span_without_days_or_of_a_lifetime_is_refused() -> None:
    for first, end in ((date(2026, 3, 1), date(2026, 3, 1)), (date(1990, 1, 1), date(2026, 1, 1))):
        with pytest.raises(SpanUnfitError):
            Span(first, end)
