"""Statistics of real rows: the database does the arithmetic that is written down, and nobody's days are mixed up."""

from datetime import date, datetime, timedelta
from functools import partial
from random import Random
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select, update

from backend.accounts.models import AccountMeter
from backend.kernel.db import Session
from backend.kernel.scope import Scope
from backend.metering.exchange_models import MeterExchange
from backend.metering.groups.grouping import make_group, put_in_group
from backend.metering.history.models import DayRegister, MonthUsage, Reading, SupplyChange
from backend.metering.history.rolling_months import roll_months
from backend.metering.models import Meter
from backend.reports.measured import listed, of_all, of_group, of_holder, of_meters, of_room
from backend.reports.spans import Span, month
from backend.reports.statistics import Statistics, statistics_of, switching_by_meter, usage_by_meter
from backend.reports.switching import Switching
from backend.reports.usage import Border, Usage, usage_between
from backend.runtime import Runtime
from backend.staff.models import Staff
from meter_bridge.protocol import SupplyState
from tests import park
from tests.flows.staff_world import TESTER
from tests.park import Metered

ZONE = ZoneInfo("Asia/Shanghai")
MARCH = month(2026, 3)


class Ground:
    """A known park, whose frozen registers a test writes by hand."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime, self.known = runtime, park.build(runtime)
        self.own = self.known.organisation.id
        self.scope = Scope(self.own)

    def at(self, day: date) -> datetime:
        """Return when a day begins in the park."""
        return datetime(day.year, day.month, day.day, tzinfo=ZONE)

    def count(self, meter: Meter, borders: list[tuple[date, int]], gap_s: int = 60, **more: int) -> None:
        """Freeze what a meter had counted when these days began."""
        rows = [
            DayRegister(
                meter_id=meter.id, organisation_id=self.own, day=day, at=self.at(day), gap_s=gap_s, energy_wh=wh, **more
            )
            for day, wh in borders
        ]
        self.runtime.database.run(lambda session: session.add_all(rows))

    def each_day(self, meter: Meter, span: Span, daily_wh: int, start_wh: int = 0) -> None:
        """Freeze a span of even use."""
        days = range(span.days + 1)
        self.count(meter, [(span.first + timedelta(days=n), start_wh + n * daily_wh) for n in days])

    def all(self, span: Span = MARCH) -> Statistics:
        """Return the statistics of the whole organisation."""
        run = self.runtime.database.run
        return run(lambda session: statistics_of(session, find=lambda s: of_all(scope=self.scope, span=s), span=span))


@pytest.fixture
def ground(runtime: Runtime) -> Ground:
    return Ground(runtime)


def test_the_database_counts_as_the_arithmetic_says(ground: Ground) -> None:
    """Drawn borders: some missing, some drawn over long gaps, some running backwards."""
    chance, meter = Random(6), ground.known.counting.meter
    for _ in range(25):
        days = sorted(chance.sample(range(32), chance.randint(0, 30)))
        told = [Border(n, chance.choice((0, 7200, 7201)), {"energy_wh": chance.randint(0, 900)}) for n in days]
        rows = [
            DayRegister(
                meter_id=meter.id,
                organisation_id=ground.own,
                day=MARCH.first + timedelta(days=border.day),
                at=ground.at(MARCH.first),
                gap_s=border.gap_s,
                peak_wh=border.counted["energy_wh"] // 3,
                **border.counted,
            )
            for border in told
        ]

        def asked(session: Session, rows: list[DayRegister] = rows) -> Usage:
            session.query(DayRegister).delete()
            session.add_all(rows)
            session.flush()
            stretches = of_meters(scope=ground.scope, span=MARCH, meter_ids=[meter.id])
            return usage_by_meter(session, stretches=stretches)[meter.id]

        thirds = [Border(b.day, b.gap_s, {**b.counted, "peak_wh": b.counted["energy_wh"] // 3}) for b in told]
        assert ground.runtime.database.run(asked) == usage_between(thirds, first=0, end=31)


def test_a_register_that_began_anew_in_a_month_without_gaps_is_seen(ground: Ground) -> None:
    """Its ends alone would say less than was used, of the total as of a period; the day of the step is missing."""
    reset, halved = ground.known.counting.meter, ground.known.blind.meter
    days = [MARCH.first + timedelta(days=n) for n in range(32)]
    ground.count(reset, [(day, 9_000 + n * 1000 if n < 10 else n * 1000) for n, day in enumerate(days)])
    for n, day in enumerate(days):
        ground.count(halved, [(day, n * 1000)], peak_wh=5_000 + n * 400 if n < 10 else n * 400)
    told = ground.all().meters
    assert told[reset.id] == Usage({"energy_wh": 30_000}, measured_days=30, missing_days=1)
    assert told[halved.id] == Usage({"energy_wh": 30_000, "peak_wh": 12_000}, measured_days=30, missing_days=1)


def test_shares_of_all_add_up_and_growth_is_told_only_of_whole_spans(ground: Ground) -> None:
    meters = [
        each.meter for each in (ground.known.counting, ground.known.blind, ground.known.relay, ground.known.other)
    ]
    for place, meter in enumerate(meters):
        ground.each_day(meter, Span(date(2026, 2, 1), MARCH.end), 1000 * (place + 1))
    told = ground.all()
    assert told.usage == Usage({"energy_wh": 310_000}, measured_days=124)
    assert [told.shares[meter.id] for meter in meters] == [1000, 2000, 3000, 4000]
    assert told.on_span.span == month(2026, 2)
    assert (told.on_span.usage.energy_wh, told.on_span.permille) == (280_000, 107)
    assert (told.on_year.usage.missing_days, told.on_year.permille) == (124, None)


def test_a_room_adds_the_meter_that_was_exchanged_up_to_its_closing_and_the_new_one_from_its_opening(
    ground: Ground,
) -> None:
    old, new = ground.known.counting.meter, ground.known.blind.meter
    exchanged_at = ground.at(date(2026, 3, 11)) + timedelta(hours=10)
    ground.each_day(old, Span(date(2026, 3, 1), date(2026, 3, 11)), 1000, 50_000)
    ground.each_day(new, Span(date(2026, 3, 12), date(2026, 4, 1)), 2000, 700)

    def exchange(session: Session) -> None:
        now = session.clock.now()
        staff = Staff(organisation_id=ground.own, login="grace", name="Grace", created_at=now)
        session.add(staff)
        session.flush()
        session.execute(update(Meter).where(Meter.id == new.id).values(room_id=old.room_id))
        session.add(
            Reading(
                meter_id=new.id,
                organisation_id=ground.own,
                read_at=exchanged_at + timedelta(minutes=5),
                energy_wh=100,
                supply=None,
            )
        )
        session.add(
            MeterExchange(
                organisation_id=ground.own,
                old_meter_id=old.id,
                new_meter_id=new.id,
                closing_energy_wh=60_400,
                closing_read_at=exchanged_at,
                typed=True,
                reason="r",
                exchanged_by=staff.id,
                exchanged_at=exchanged_at,
            )
        )

    ground.runtime.database.run(exchange)

    def asked(session: Session) -> dict[int, Usage]:
        return usage_by_meter(session, stretches=of_room(scope=ground.scope, span=MARCH, room_id=old.room_id))

    told = ground.runtime.database.run(asked)
    assert told[old.id] == Usage({"energy_wh": 10_000}, measured_days=10)
    # 400 behind the last border of the old one, 600 before the first of the new one, 20 days of 2,000
    assert told[new.id] == Usage({"energy_wh": 41_000}, measured_days=20, estimated_days=1)


def test_a_holder_has_only_the_days_on_which_their_account_paid(ground: Ground) -> None:
    metered: Metered = ground.known.other
    ground.each_day(metered.meter, MARCH, 1000)
    begun, ended = ground.at(date(2026, 3, 5)) + timedelta(hours=9), ground.at(date(2026, 3, 20)) + timedelta(hours=9)
    moved = update(AccountMeter).where(AccountMeter.meter_id == metered.meter.id)
    ground.runtime.database.run(lambda s: s.execute(moved.values(started_at=begun, ended_at=ended)))
    told = ground.runtime.database.run(
        lambda s: usage_by_meter(
            s, stretches=of_holder(scope=ground.scope, span=MARCH, holder_id=metered.account.holder_id)
        )
    )
    assert told == {metered.meter.id: Usage({"energy_wh": 15_000}, measured_days=15)}


def test_a_group_counts_its_members_and_nobody_elses_park_is_seen(ground: Ground) -> None:
    meter = ground.known.counting.meter
    ground.each_day(meter, MARCH, 1000)

    def asked(session: Session) -> list[list[int]]:
        group = make_group(session, scope=ground.scope, name="feeder", park_id=None, by=TESTER)
        put_in_group(session, scope=ground.scope, group_id=group.id, meter_ids=[meter.id], by=TESTER)
        session.flush()
        find = partial(of_group, span=MARCH, group_id=group.id)
        scopes = (ground.scope, Scope(ground.own, frozenset({-1})), Scope(ground.own + 1))
        return [[each.meter_id for each in listed(session, find(scope=scope))] for scope in scopes]

    assert ground.runtime.database.run(asked) == [[meter.id], [], []]


def test_days_that_are_not_over_are_not_missing(ground: Ground) -> None:
    meter, today = ground.known.counting.meter, datetime.now(ZONE).date()  # noqa: TID251 the real clock's
    span = Span(today - timedelta(days=3), today + timedelta(days=20))
    ground.count(meter, [(today - timedelta(days=n), 5000 - n * 1000) for n in (3, 2, 1, 0)])
    told = ground.runtime.database.run(
        lambda s: usage_by_meter(
            s, stretches=of_meters(scope=ground.scope, span=span, meter_ids=[meter.id, ground.known.relay.meter.id])
        )
    )
    assert told[meter.id] == Usage({"energy_wh": 3000}, measured_days=3)
    assert told[ground.known.relay.meter.id] == Usage(missing_days=3)


def test_supply_counts_by_local_days_and_as_it_stood_before(ground: Ground) -> None:
    meter, span = ground.known.relay.meter, Span(date(2026, 3, 2), date(2026, 3, 4))
    start = ground.at(span.first)
    changes = [
        (start - timedelta(days=9), SupplyState.CLOSED),
        (start + timedelta(hours=6), SupplyState.OPEN),
        (start + timedelta(hours=9), SupplyState.CLOSED),
        (start + timedelta(days=2), SupplyState.OPEN),
    ]
    rows = [SupplyChange(meter_id=meter.id, organisation_id=ground.own, at=at, supply=state) for at, state in changes]
    ground.runtime.database.run(lambda session: session.add_all(rows))
    found = [meter.id, ground.known.blind.meter.id]
    told = ground.runtime.database.run(
        lambda s: switching_by_meter(s, stretches=of_meters(scope=ground.scope, span=span, meter_ids=found))
    )
    assert told[meter.id] == Switching(on_s=45 * 3600, off_s=3 * 3600, times_off=1)
    assert told[ground.known.blind.meter.id] == Switching(unknown_s=48 * 3600)


def test_a_month_that_is_added_up_says_the_same_as_its_days(ground: Ground) -> None:
    meters = [each.meter for each in (ground.known.counting, ground.known.blind, ground.known.relay)]
    for place, meter in enumerate(meters[:2]):
        ground.each_day(meter, MARCH, 1000 + 500 * place)
        ground.each_day(meter, Span(date(2026, 2, 3), date(2026, 2, 28)), 700, start_wh=place)
    by_days = ground.all()
    days = [MARCH.first + timedelta(days=n) for n in range(-26, 32)]
    frozen = [(meter.id, day) for meter in meters for day in days]
    ground.runtime.database.run(lambda s: roll_months(s, frozen=frozen))
    rolled = select(func.count()).select_from(MonthUsage)
    assert ground.runtime.database.run(lambda s: s.scalar(rolled)) == 6
    assert ground.all() == by_days

    def forgotten(session: Session) -> None:
        session.execute(update(MonthUsage).values(energy_wh=1))

    ground.runtime.database.run(forgotten)
    told = ground.all()
    assert (told.usage.energy_wh, told.on_span.usage.energy_wh) == (2, 2), "months are what was asked"
    parts = ground.all(Span(date(2026, 3, 1), date(2026, 3, 31)))
    assert parts.usage.energy_wh == 30 * 2500, "days, where it is no whole month"
