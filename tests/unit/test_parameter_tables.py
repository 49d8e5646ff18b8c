"""Tables as meters of other masters hold them: not full, beginning late, or full of noise."""

from datetime import UTC, datetime
from typing import Any

import pytest

from meter_bridge.parameter_codec import coding_of, value_in
from meter_bridge.policy import exchanges_of
from meter_bridge.profile import load_profiles
from meter_bridge.protocol import (
    CommandKind,
    DatePlan,
    DaySchedules,
    Evidence,
    Order,
    ParameterCode,
    ParameterSetting,
    ParameterValue,
    TariffPeriod,
)

PROFILES = load_profiles()
NOW, NOBODY = datetime(2026, 11, 23, tzinfo=UTC), "0" * 26
DAYS, PLAN = ParameterCode.DAY_SCHEDULES, ParameterCode.DATE_PLAN
PEAK, VALLEY = TariffPeriod.PEAK, TariffPeriod.VALLEY
ACREL, DLT645 = "acrel_ddsy1352", "dlt645_2007"
LATE, NIGHT = bytes([2, 0, 7]), bytes([4, 30, 22])  # rate, minute, hour


def told(code: ParameterCode, *tables: bytes, profile: str = ACREL) -> ParameterValue | None:
    """Return what a meter with these tables says."""
    place, coding = PROFILES[profile].parameters.places[code], coding_of(PROFILES[profile].driver)
    slots: int = getattr(place, "slots", 0)
    return value_in(coding, code, place, [coding.table(table.ljust(3 * slots, b"\0")) for table in tables])


@pytest.mark.parametrize("rest", [b"", NIGHT * 3, bytes(9)], ids=["short", "repeated", "zeros"])
def test_what_a_table_does_not_need_says_nothing_and_before_its_first_entry_the_last_one_counts(rest: bytes) -> None:
    day = [(0, VALLEY), (420, PEAK), (1350, VALLEY)]
    assert told(DAYS, LATE + NIGHT + rest, bytes([2, 0, 0])) == DaySchedules([day, [(0, PEAK)]])


@pytest.mark.parametrize(
    "table",
    [
        bytes(3),  # nothing
        bytes([5, 0, 0]),  # no such rate
        bytes([2, 0, 24]),  # no such hour
        bytes([2, 60, 0]),  # no such minute
        NIGHT + LATE,  # not in order
        b"\xff" * 42,
    ],
)
def test_a_table_that_holds_no_day_is_no_value(table: bytes) -> None:
    assert told(DAYS, table, LATE) is None


def test_dates_lie_as_schedule_day_and_month() -> None:
    assert told(PLAN, bytes([1, 1, 1, 2, 15, 7])) == DatePlan([(1, 1, 1), (7, 15, 2)])
    assert told(PLAN, bytes([1, 31, 2])) is None


def test_bcd_is_read_as_such_and_noise_in_it_is_no_value() -> None:
    day = bytes.fromhex("020000043022")
    assert told(DAYS, *[day] * 8, profile=DLT645) == DaySchedules([[(0, PEAK), (1350, VALLEY)]])
    assert told(DAYS, *[day] * 7, bytes.fromhex("02000a"), profile=DLT645) is None
    place, coding = PROFILES[DLT645].parameters.places[ParameterCode.OVERDRAFT_LIMIT], coding_of("dlt645")
    assert value_in(coding, ParameterCode.OVERDRAFT_LIMIT, place, [[0xAA] * 4]) is None


@pytest.mark.parametrize(
    ("profile", "code", "value", "frames"),
    [
        (ACREL, "overdraft_limit", 5, 1),
        (ACREL, "day_schedules", [[[0, "peak"]]], 2),
        (DLT645, "day_schedules", [[[0, "peak"]]], 8),
        (DLT645, "unit_prices", dict.fromkeys(["critical_peak", "peak", "flat", "valley"], 100), 4),
        ("reference_cas", "unit_prices", dict.fromkeys(TariffPeriod, 100), 1),
        ("reference_cas", None, None, 1),
    ],
)
def test_each_frame_of_a_write_is_counted_so_that_the_last_ends_within_the_lease(
    profile: str, code: str | None, value: Any, frames: int
) -> None:
    parameter = ParameterSetting.model_validate({"code": code, "value": value}) if code else None
    kind = CommandKind.WRITE_PARAMETER if parameter else CommandKind.SYNC_CLOCK
    order = Order(
        command=NOBODY, meter=NOBODY, serial="1", line=NOBODY, fence=1, kind=kind, purchase_no=None, amount=0,
        before=Evidence(read_at=NOW), request_id="", expires_at=NOW, parameter=parameter,
    )  # fmt: skip
    assert exchanges_of(order, PROFILES[profile]) == frames
