"""What meters measure and warn of: kept as the newest of each meter and as extremes of each day, in any order."""

from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from backend.kernel.db import Session
from backend.metering.history.condition_models import ConditionDay
from backend.metering.history.conditions import Known, Measured, condition_of, note_conditions
from backend.metering.history.freezing_registers import freeze_registers
from backend.metering.history.power_quality import extremes_of, unbalance
from backend.metering.history.registers_now import RegistersNow, registers_now
from backend.metering.history.storing import store_readings
from backend.metering.statuses import Said
from backend.runtime import Runtime
from meter_bridge.protocol import Alarm, Condition, Evidence
from tests import park

START = datetime(2026, 3, 1, 15, 30, tzinfo=UTC)  # half an hour before midnight in the park
ZONE = ZoneInfo("Asia/Shanghai")
QUARTER = timedelta(minutes=15)


def told(step: int) -> Condition:
    return Condition(
        voltage_mv=[220_000 + step, 221_000, 219_000 - step],
        current_ma=[4_000, 5_000 + step, 6_000],
        power_w=2_000 + 10 * step,
        phase_power_factor=[950, 900 - step, 980],
        voltage_thd=[200, 210 + step, 190],
        alarms=[Alarm.OVERLOAD] if step == 3 else [],
    )


def note(runtime: Runtime, known: park.KnownPark, measured: list[Measured]) -> None:
    own = known.organisation.id
    runtime.database.run(lambda s: note_conditions(s, organisation_id=own, measured=measured))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_in_whatever_order_they_come_and_however_often_the_same_is_kept(runtime: Runtime, seed: int) -> None:
    known = park.build(runtime)
    meter = known.counting.meter.id
    measured = [Measured(meter, START + step * QUARTER, told(step)) for step in range(4)]
    for one in Random(seed).sample([*measured, *measured], k=8):
        note(runtime, known, [one])

    def kept(session: Session) -> tuple[object, ...]:
        days = session.scalars(select(ConditionDay).filter_by(meter_id=meter).order_by(ConditionDay.day)).all()
        shown = [
            (day.day, day.least_voltage_mv, day.most_voltage_mv, day.most_power_w, day.least_power_factor)
            for day in days
        ]
        return condition_of(session, meter_id=meter), shown

    newest, days = runtime.database.run(kept)
    assert newest == Known(START + 3 * QUARTER, START + 3 * QUARTER, told(3))
    assert days == [
        (date(2026, 3, 1), 218_999, 221_000, 2_010, 899),
        (date(2026, 3, 2), 218_997, 221_000, 2_030, 897),
    ]


def test_a_poll_that_brings_alarms_only_leaves_what_was_measured_with_its_time(runtime: Runtime) -> None:
    known = park.build(runtime)
    meter = known.counting.meter.id
    note(runtime, known, [Measured(meter, START, Condition(power_w=900, frequency_mhz=50_000, alarms=[]))])
    note(runtime, known, [Measured(meter, START + QUARTER, Condition(alarms=[Alarm.OVERLOAD]))])
    note(runtime, known, [Measured(meter, START + 2 * QUARTER, Condition(power_w=950))])
    expected = Condition(power_w=950, frequency_mhz=50_000, alarms=[Alarm.OVERLOAD])
    kept = runtime.database.run(lambda s: condition_of(s, meter_id=meter))
    assert kept == Known(START + 2 * QUARTER, START + QUARTER, expected)


def test_noise_that_no_column_holds_is_left_out(runtime: Runtime) -> None:
    known = park.build(runtime)
    note(runtime, known, [Measured(known.counting.meter.id, START, Condition(power_w=2**70))])
    assert runtime.database.run(lambda s: condition_of(s, meter_id=known.counting.meter.id)) is None


def test_unbalance_is_how_far_the_worst_phase_is_from_the_mean() -> None:
    assert unbalance([220_000, 220_000, 220_000]) == 0
    assert unbalance([4_000, 5_000, 6_000]) == 2_000  # 20.00 %
    assert unbalance([5_000]) is None
    assert unbalance([0, 0, 0]) is None


def test_a_power_factor_counts_under_load_and_an_unbalance_where_something_flows() -> None:
    idle = Condition(power_w=20, power_factor=310, current_ma=[90, 20, 0])
    assert extremes_of(idle)["least_power_factor"] is None
    assert extremes_of(idle)["most_current_unbalance"] is None
    loaded = Condition(power_w=-2_000, power_factor=-870, current_ma=[9_000, 6_000, 3_000])
    assert (extremes_of(loaded)["least_power_factor"], extremes_of(loaded)["most_current_unbalance"]) == (870, 5_000)


def test_what_came_in_each_period_this_month_is_a_difference_of_registers(runtime: Runtime) -> None:
    known = park.build(runtime)
    meter, now = known.counting.meter.id, runtime.clock.now()
    first = now.astimezone(ZONE).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    readings = [
        (first - QUARTER, 1_000, 400),
        (first, 1_200, 500),
        (first + QUARTER, 1_500, 600),
    ]

    def counted(session: Session) -> RegistersNow | None:
        said = [Said(meter, Evidence(read_at=at, energy_wh=total, peak_wh=peak)) for at, total, peak in readings]
        store_readings(session, organisation_id=known.organisation.id, said=said)
        freeze_registers(session, most=10)
        return registers_now(session, meter_id=meter, zone="Asia/Shanghai")

    shown = runtime.database.run(counted)
    assert shown is not None
    assert shown.counted == {"energy_wh": 1_500, "peak_wh": 600}
    assert shown.this_month == {"energy_wh": 300, "peak_wh": 100}
