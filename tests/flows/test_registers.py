"""Readings become registers frozen at borders, right also when readings come late, and are kept as long as promised."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, text
from sqlalchemy.exc import DBAPIError

from backend.jobs.drains import DRAINS
from backend.kernel.db import Session
from backend.metering.history.freezing_registers import freeze_registers
from backend.metering.history.models import DayRegister, HourRegister, MonthUsage, Reading, RegisterDue, SupplyChange
from backend.metering.history.partitions import keep_partitions, make_partitions_since, month_of, next_month
from backend.metering.history.storing import store_readings
from backend.metering.statuses import Said, note
from backend.reports.usage import Border, Usage, usage_between
from backend.runtime import Runtime
from meter_bridge.protocol import Evidence, SupplyState
from tests import park

START = datetime(2026, 3, 1, 0, 7, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Ground:
    """A known park whose meters say things."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime, self.known = runtime, park.build(runtime)
        self.meter_id = self.known.counting.meter.id

    def say(self, *evidence: Evidence) -> int:
        """Store what the meter said, as a bridge's call does; returns how much was new."""

        def told(session: Session) -> int:
            said = [Said(self.meter_id, one) for one in evidence]
            own = self.known.organisation.id
            return store_readings(session, organisation_id=own, said=said)

        return self.runtime.database.run(told)

    def freeze(self) -> None:
        """Let the drain run until nothing is due."""
        while self.runtime.database.run(lambda s: freeze_registers(s, most=10)):
            pass

    def rows(self, kind: type[Any], order: Any) -> list[Any]:
        """Return the meter's rows of a table, in order."""
        found = select(kind).filter_by(meter_id=self.meter_id).order_by(order)
        return list(self.runtime.database.run(lambda s: s.scalars(found).all()))

    def hours(self) -> dict[datetime, int | None]:
        """Return the frozen energy of each hour's border."""
        return {row.at: row.energy_wh for row in self.rows(HourRegister, HourRegister.at)}


@pytest.fixture
def ground(runtime: Runtime) -> Ground:
    """The known park."""
    return Ground(runtime)


def energy(minutes: float, wh: int | None, **more: Any) -> Evidence:
    """Return what the meter says so many minutes after the start."""
    return Evidence(read_at=START + minutes * MINUTE, energy_wh=wh, **more)


def test_a_border_is_drawn_in_a_straight_line_between_two_readings(ground: Ground) -> None:
    ground.say(energy(0, 1000, peak_wh=400), energy(60, 1600, peak_wh=401))
    ground.freeze()
    (row,) = ground.rows(HourRegister, HourRegister.at)
    assert (row.at, row.energy_wh, row.peak_wh, row.valley_wh) == (START + 52.5 * MINUTE, 1525, 400, None)
    assert row.gap_s == 3600
    assert ground.rows(RegisterDue, RegisterDue.since) == []


def test_a_reading_at_the_border_itself_is_what_is_frozen(ground: Ground) -> None:
    ground.say(energy(0, 1000), energy(52.5, 1007), energy(60, 5000))
    ground.freeze()
    (row,) = ground.rows(HourRegister, HourRegister.at)
    assert (row.energy_wh, row.gap_s) == (1007, 0)


def test_a_day_begins_at_midnight_of_its_park(ground: Ground) -> None:
    ground.say(energy(0, 0), energy(48 * 60, 4800))
    ground.freeze()
    days = ground.rows(DayRegister, DayRegister.day)
    midnight = datetime(2026, 3, 1, 16, tzinfo=UTC)  # in Shanghai
    assert [(row.day, row.at) for row in days] == [
        (date(2026, 3, 2), midnight),
        (date(2026, 3, 3), midnight + timedelta(days=1)),
    ]
    assert days[1].energy_wh - days[0].energy_wh == 2400


def test_a_late_reading_freezes_the_borders_around_it_anew_and_no_other(ground: Ground) -> None:
    ground.say(*(energy(60 * hour, 1000 * hour) for hour in (0, 1, 5, 6)))
    ground.freeze()
    before = ground.hours()
    ground.say(energy(120, 1000))
    ground.freeze()
    after = ground.hours()
    changed = {at for at in after if after[at] != before[at]}
    assert changed == {START + (52.5 + 60 * hour) * MINUTE for hour in (1, 2, 3, 4)}


def test_what_ran_backwards_freezes_nothing_between(ground: Ground) -> None:
    ground.say(energy(0, 9000), energy(60, 100), energy(120, 200))
    ground.freeze()
    assert list(ground.hours()) == [START + 112.5 * MINUTE]


def test_readings_without_registers_are_passed_over(ground: Ground) -> None:
    ground.say(energy(0, 100), energy(30, None, balance=5), energy(55, None, balance=4), energy(100, 300))
    ground.freeze()
    assert list(ground.hours().values()) == [205]


def test_water_is_frozen_like_energy(ground: Ground) -> None:
    ground.say(energy(0, None, volume_l=10), energy(105, None, volume_l=31))
    ground.freeze()
    assert [row.volume_l for row in ground.rows(HourRegister, HourRegister.at)] == [20]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10_000), batches=st.integers(1, 6))
def test_in_whatever_order_readings_come_the_same_is_frozen(ground: Ground, seed: int, batches: int) -> None:
    chance = Random(seed)
    minutes = sorted(chance.sample(range(60 * 30), 40))
    register, said = 0, []
    for minute in minutes:
        register += chance.randrange(500)
        supply = chance.choice((SupplyState.CLOSED, SupplyState.OPEN, None))
        said.append(energy(minute, register if chance.random() < 0.8 else None, supply=supply))
    _forget(ground)
    ground.say(*said)
    ground.freeze()
    in_order = _frozen(ground)
    _forget(ground)
    chance.shuffle(said)
    for part in range(batches):
        ground.say(*said[part::batches])
        if chance.random() < 0.7:
            ground.freeze()
    ground.freeze()
    assert _frozen(ground) == in_order
    values = list(ground.hours().values())
    assert all(a <= b for a, b in pairwise(value for value in values if value is not None))


def _frozen(ground: Ground) -> Sequence[Any]:
    hours = [(row.at, row.energy_wh, row.gap_s) for row in ground.rows(HourRegister, HourRegister.at)]
    days = [(row.day, row.energy_wh, row.gap_s) for row in ground.rows(DayRegister, DayRegister.day)]
    return hours, days, [(row.at, row.supply) for row in ground.rows(SupplyChange, SupplyChange.at)]


def _forget(ground: Ground) -> None:
    def forget(session: Session) -> None:
        for kind in (Reading, HourRegister, DayRegister, MonthUsage, SupplyChange, RegisterDue):
            session.execute(delete(kind))
        session.execute(text("DELETE FROM meter_status"))

    ground.runtime.database.run(forget)


def _months(ground: Ground) -> dict[date, Usage]:
    """Return what is added up of each month, without days that nobody knows."""
    return {
        row.month: Usage(
            {name: getattr(row, name) for name in ("energy_wh", "peak_wh") if getattr(row, name) is not None},
            row.measured_days,
            row.known_days - row.measured_days,
        )
        for row in ground.rows(MonthUsage, MonthUsage.month)
    }


def _by_arithmetic(ground: Ground) -> dict[date, Usage]:
    """Reckon the same from the days that are frozen."""
    days = ground.rows(DayRegister, DayRegister.day)
    borders = [Border(row.day.toordinal(), row.gap_s, _counted(row)) for row in days]
    months = {(row.day - timedelta(days=behind)).replace(day=1) for row in days for behind in (0, 1)}
    ends = {month: next_month(datetime(month.year, month.month, 1, tzinfo=UTC)).toordinal() for month in months}
    told = {month: usage_between(borders, first=month.toordinal(), end=end) for month, end in ends.items()}
    return {month: Usage(each.used, each.measured_days, each.estimated_days) for month, each in told.items()}


def _counted(row: DayRegister) -> dict[str, int]:
    return {name: value for name in ("energy_wh", "peak_wh") if (value := getattr(row, name)) is not None}


def test_months_add_up_to_their_days_also_when_readings_come_late(ground: Ground) -> None:
    """Over the ends of three months, in pieces and shuffled: some come late, some registers run backwards."""
    chance = Random(5)
    ground.runtime.database.run(partial(make_partitions_since, since=START))
    hours = sorted(chance.sample(range(24 * 75), 120))
    said = [energy(60 * hour, hour * 100 if hour % 700 > 30 else hour, peak_wh=hour * 10) for hour in hours]
    chance.shuffle(said)
    for part in range(6):
        ground.say(*said[part::6])
        ground.freeze()
        assert _months(ground) == _by_arithmetic(ground), part
    assert {month.month for month in _months(ground)} >= {3, 4, 5}


def test_a_supply_that_a_command_read_back_first_has_changed_when_a_poll_says_so(ground: Ground) -> None:
    ground.say(energy(0, 0, supply=SupplyState.CLOSED), energy(1, 0, supply=SupplyState.CLOSED))
    ground.freeze()
    told = Said(ground.meter_id, energy(2, 0, supply=SupplyState.OPEN))
    ground.runtime.database.run(lambda s: note(s, organisation_id=ground.known.organisation.id, said=told))
    ground.say(energy(3, 0, supply=SupplyState.OPEN))
    ground.freeze()
    assert [row.supply for row in ground.rows(SupplyChange, SupplyChange.at)] == ["closed", "open"]


def test_supply_changes_are_noted_once_each_and_first_sight_counts(ground: Ground) -> None:
    closed, opened = SupplyState.CLOSED, SupplyState.OPEN
    ground.say(*(energy(n, 0, supply=state) for n, state in enumerate((closed, closed, opened, opened, closed))))
    ground.freeze()
    changes = ground.rows(SupplyChange, SupplyChange.at)
    assert [(row.at, row.supply) for row in changes] == [
        (START, closed),
        (START + 2 * MINUTE, opened),
        (START + 4 * MINUTE, closed),
    ]


def test_polls_that_count_nothing_do_not_hide_a_border_from_the_reading_of_its_slot(ground: Ground) -> None:
    """Credit is read each minute, registers only behind the border of a slot: a poll of credit may come first."""
    borders = [energy(53, 100), energy(113, 700), energy(173, 1300)]
    for counting in borders:
        ground.say(Evidence(read_at=counting.read_at - timedelta(seconds=20), balance=1))
        ground.freeze()
        ground.say(counting)
        ground.freeze()
    assert [row.energy_wh for row in ground.rows(HourRegister, HourRegister.at)] == [695, 1295]


def test_the_drain_freezes_and_the_ticker_knows_it(ground: Ground) -> None:
    ground.say(energy(0, 0), energy(60, 60))
    assert DRAINS["registers"](ground.runtime) == 1
    assert len(ground.hours()) == 1


def _partitions(runtime: Runtime, parent: str = "reading") -> list[Any]:
    found = text("SELECT name, starts, ends FROM reading_partition WHERE parent = :p AND starts IS NOT NULL ORDER BY 2")
    return list(runtime.database.run(lambda s: s.execute(found, {"p": parent}).all()))


@pytest.fixture
def no_partitions(superuser: Any) -> None:
    """Drop the partitions other tests made."""
    with superuser.begin() as connection:
        for row in connection.execute(text("SELECT name FROM reading_partition WHERE starts IS NOT NULL")).all():
            connection.execute(text(f"DROP TABLE {row.name}"))


@pytest.mark.usefixtures("no_partitions")
def test_partitions_are_made_ahead_and_readings_that_waited_move_in(ground: Ground) -> None:
    now = ground.runtime.clock.now()
    ground.say(Evidence(read_at=now, energy_wh=1))
    assert ground.runtime.database.run(lambda s: keep_partitions(s, kept_months=13)) >= 6
    made = _partitions(ground.runtime)
    assert made[0].starts == month_of(now)
    assert all(a.ends == b.starts == next_month(a.starts) for a, b in pairwise(made))
    assert made[-1].ends > now + timedelta(days=31)
    where = ground.runtime.database.run(lambda s: s.execute(text("SELECT tableoid::regclass::text FROM reading")).all())
    assert [row[0] for row in where] == [made[0].name]
    assert ground.runtime.database.run(lambda s: keep_partitions(s, kept_months=13)) == 0
    assert ground.say(Evidence(read_at=now, energy_wh=1)) == 0


@pytest.mark.usefixtures("no_partitions")
def test_what_is_older_than_it_is_kept_goes_and_nothing_younger(ground: Ground) -> None:
    now = ground.runtime.clock.now()
    ground.runtime.database.run(lambda s: make_partitions_since(s, since=now - timedelta(days=600)))
    old, young = now - timedelta(days=500), now - timedelta(days=380)
    ground.say(Evidence(read_at=old, energy_wh=1), Evidence(read_at=young, energy_wh=2))
    ground.runtime.database.run(lambda s: keep_partitions(s, kept_months=13))
    assert [row.read_at for row in ground.rows(Reading, Reading.read_at)] == [young]
    with pytest.raises(DBAPIError, match="13 months"):
        ground.runtime.database.run(lambda s: s.execute(text("SELECT drop_partitions('reading', now())")))
    with pytest.raises(DBAPIError, match="no partition"):
        ground.runtime.database.run(lambda s: s.execute(text("SELECT make_partition('staff', now(), now())")))
    assert _partitions(ground.runtime, "hour_register")


def test_the_role_app_makes_no_tables_itself(ground: Ground) -> None:
    with pytest.raises(DBAPIError, match=r"permission denied|must be owner"):
        ground.runtime.database.run(lambda s: s.execute(text("DROP TABLE reading_default")))
