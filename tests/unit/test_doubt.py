"""What can stand between two readings, and what cannot."""

from datetime import UTC, datetime, timedelta

import pytest

from backend.metering.history.doubt import SLACK, Counted, Doubt, doubt_of

AT = datetime(2026, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def said(hours: float, **registers: int) -> Counted:
    return Counted(AT + hours * HOUR, registers)


def doubted(*readings: Counted | None, most_w: int | None = 1000) -> Doubt | None:
    before, now, after = readings
    assert now is not None
    return doubt_of(before, now, after, most_w=most_w)


def test_without_neighbours_everything_is_believed() -> None:
    assert doubted(None, said(0, energy_wh=5), None) is None


@pytest.mark.parametrize("register", ["energy_wh", "valley_wh", "volume_l"])
def test_nothing_counts_backwards(register: str) -> None:
    assert doubted(said(0, **{register: 10}), said(1, **{register: 9}), None) is Doubt.RAN_BACKWARDS
    assert doubted(None, said(1, **{register: 10}), said(2, **{register: 9})) is Doubt.RAN_BACKWARDS
    assert doubted(said(0, **{register: 9}), said(1, **{register: 9}), None) is None


def test_no_more_than_the_breaker_lets_through() -> None:
    most = int((HOUR + SLACK).total_seconds() * 1000 / 3600) + 1
    assert doubted(said(0, energy_wh=0), said(1, energy_wh=most), None) is None
    assert doubted(said(0, energy_wh=0), said(1, energy_wh=most + 2), None) is Doubt.JUMPED
    assert doubted(None, said(0, energy_wh=0), said(1, energy_wh=most + 2)) is Doubt.JUMPED
    assert doubted(said(0, energy_wh=0), said(1, energy_wh=most + 2), None, most_w=None) is None


def test_water_has_a_bound_of_its_own() -> None:
    assert doubted(said(0, volume_l=0), said(1, volume_l=18_000), None) is None
    assert doubted(said(0, volume_l=0), said(1, volume_l=19_000), None) is Doubt.JUMPED


def test_registers_that_only_one_of_two_tells_are_not_compared() -> None:
    assert doubted(said(0, energy_wh=900), said(1, peak_wh=1), said(2, energy_wh=901)) is None
