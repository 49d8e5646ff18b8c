"""What a meter used, day by day, in the park's own time: energy, and by the same rules water."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from backend.accounts.models import AccountMeter
from backend.estate.models import Park
from backend.kernel.db import Session
from backend.metering.exchange_models import MeterExchange, Succession
from backend.metering.field.reopening import reopen
from backend.metering.history.models import Reading
from backend.metering.models import Meter
from backend.staff.models import Staff
from tests.flows.conftest import World
from tests.flows.people_world import Phone, bound, refusal
from tests.park import Metered

CHINA, WATER = ZoneInfo("Asia/Shanghai"), "reference_water"


@pytest.fixture
def phone(world: World) -> Phone:
    """Somebody of bob's, who has paid for all of his meters for long."""
    began(world, world.runtime.clock.now() - timedelta(days=800))
    return bound(world, "dora")


def began(world: World, at: datetime) -> None:
    """Let all accounts have begun to pay for their meters at this instant."""
    with world.runtime.database.transaction() as session:
        session.execute(update(AccountMeter).values(started_at=at))


def today(world: World, zone: ZoneInfo = CHINA) -> date:
    """Return the day it is in the park."""
    return world.runtime.clock.now().astimezone(zone).date()


@pytest.fixture(params=["wh", "l"])
def unit(request: pytest.FixtureRequest, world: World) -> str:
    """What the meters count, which changes nothing else."""
    told: str = request.param
    if told == "l":
        of_water(world)
    return told


def of_water(world: World) -> None:
    """Let all meters be of water."""
    with world.runtime.database.transaction() as session:
        session.execute(update(Meter).values(profile=WATER))


def read(
    world: World,
    day: date,
    clock: str,
    counted: int | None,
    *,
    zone: ZoneInfo = CHINA,
    metered: Metered | None = None,
) -> None:
    """Store a reading of this local day and time: litres of a water meter, Wh of another."""
    meter = (metered or world.park.counting).meter
    at = datetime.combine(day, datetime.strptime(clock, "%H:%M").time(), zone)  # noqa: DTZ007 the zone comes with it
    with world.runtime.database.transaction() as session:
        row = Reading(meter_id=meter.id, read_at=at.astimezone(UTC), organisation_id=meter.organisation_id)
        of_its_water = session.get_one(Meter, meter.id).profile == WATER
        setattr(row, "volume_l" if of_its_water else "energy_wh", counted)
        session.add(row)


def usage(phone: Phone, days: int = 4, metered: Metered | None = None) -> dict[str, Any]:
    """Return what the page is shown."""
    meter = (metered or phone.world.park.counting).meter
    told: dict[str, Any] = phone.get(f"/meters/{meter.reference}/usage?days={days}")
    return told


def used(told: dict[str, Any]) -> list[int | None]:
    return [day["used"] for day in told["days"]]


@pytest.mark.usefixtures("unit")
def test_what_was_used_before_the_account_began_is_nobody_elses_to_see(world: World, phone: Phone) -> None:
    last = today(world) - timedelta(days=1)
    for day, clock, energy in (
        (last - timedelta(days=1), "09:00", 1000),
        (last, "09:00", 2000),
        (last, "12:00", 2500),
        (last, "18:00", 2700),
        (today(world), "00:00", 2900),
    ):
        read(world, day, clock, energy)
    began(world, datetime.combine(last, datetime.min.time(), CHINA) + timedelta(hours=11))
    told = usage(phone, 3)
    assert [day["date"] for day in told["days"]] == [str(last), str(today(world))]
    assert (used(told)[0], told["total"]) == (200, 400)


@pytest.mark.usefixtures("unit")
def test_each_day_is_the_difference_between_its_local_borders(world: World, phone: Phone) -> None:
    last = today(world) - timedelta(days=1)
    for day, clock, energy in (
        (last - timedelta(days=1), "23:50", 1000),
        (last, "00:10", 1010),
        (last, "12:00", 1500),
        (last, "23:55", 3000),
        (today(world), "00:00", 3100),
    ):
        read(world, day, clock, energy)
    told = usage(phone, 3)
    assert [day["date"] for day in told["days"]] == [str(last - timedelta(days=1)), str(last), str(today(world))]
    assert used(told) == [0, 2000, 100]
    assert told["total"] == 2100


def test_nothing_is_shown_where_nothing_is_known(world: World, phone: Phone, unit: str) -> None:
    assert usage(phone) == {
        "unit": unit,
        "days": [{"date": str(today(world) - timedelta(days=3 - n)), "used": None} for n in range(4)],
        "total": None,
    }
    read(world, today(world) - timedelta(days=2), "12:00", None)
    assert used(usage(phone)) == [None] * 4


@pytest.mark.usefixtures("unit")
def test_what_was_used_while_nobody_read_falls_to_no_day_but_to_the_total(world: World, phone: Phone) -> None:
    first, third = today(world) - timedelta(days=3), today(world) - timedelta(days=1)
    read(world, first, "08:00", 100)
    read(world, first, "20:00", 200)
    read(world, third, "09:00", 900)
    read(world, third, "23:00", 950)
    told = usage(phone)
    assert (used(told), told["total"]) == ([100, None, 50, None], 850)


@pytest.mark.usefixtures("unit")
def test_a_register_that_runs_backwards_tells_nothing(world: World, phone: Phone) -> None:
    day = today(world) - timedelta(days=1)
    read(world, day, "08:00", 500)
    read(world, day, "09:00", 20)
    told = usage(phone, 2)
    assert (used(told), told["total"]) == ([None, None], None)


def test_the_days_are_those_of_the_park(world: World, phone: Phone) -> None:
    zone = ZoneInfo("America/Los_Angeles")
    with world.runtime.database.transaction() as session:
        session.execute(update(Park).values(time_zone=str(zone)))
    day = today(world, zone) - timedelta(days=1)
    read(world, day, "00:30", 100, zone=zone)
    read(world, day, "23:30", 400, zone=zone)
    told = usage(phone, 2)
    assert (told["days"][0], told["total"]) == ({"date": str(day), "used": 300}, 300)


def test_thirty_days_are_usual_and_a_year_is_possible(world: World, phone: Phone) -> None:
    reference = world.park.counting.meter.reference
    assert len(phone.get(f"/meters/{reference}/usage")["days"]) == 30
    assert len(usage(phone, 366)["days"]) == 366


@pytest.mark.parametrize("days", ["0", "-1", "367", "1000", "x", "1.5", ""])
def test_days_that_make_no_sense_are_refused_in_the_readers_language(world: World, phone: Phone, days: str) -> None:
    path = f"/meters/{world.park.counting.meter.reference}/usage?days={days}"
    answer = phone.call("GET", path)
    assert refusal(answer) == (422, "invalid_content")
    assert "days" in answer.json()["fields"][0]["field"]
    phone.language = "en"
    assert phone.call("GET", path).json()["detail"] == "Please correct the fields that are named."


def test_anothers_meter_is_not_found(world: World, phone: Phone) -> None:
    other = world.park.other
    read(world, today(world), "00:00", 1, metered=other)
    for reference in (other.meter.reference, "X" * 26, "x", "%00"):
        assert refusal(phone.call("GET", f"/meters/{reference}/usage?days=2")) == (404, "not_found")
    assert len(usage(bound(world, "eve", other), 2, other)["days"]) == 2


def test_a_meter_tells_its_use_along_where_it_is_asked(world: World, phone: Phone) -> None:
    read(world, today(world), "00:00", 5_000)
    meter = world.park.counting.meter.reference
    told = phone.get(f"/meters/{meter}?days=4")
    assert told["usage"] == usage(phone, 4)
    assert {**told, "usage": None} == phone.get(f"/meters/{meter}")
    assert phone.call("GET", f"/meters/{meter}?days=367").status_code == 422


def _succeeded(
    world: World,
    old: Meter,
    at: datetime,
    closing_wh: int,
    *,
    same_account: bool = True,
    as_model: str | None = None,
) -> Meter:
    """Let another row go on where a meter closed."""

    def done(session: Session) -> Meter:
        row = session.get_one(Meter, old.id)
        link = session.scalars(select(AccountMeter).filter_by(meter_id=old.id, ended_at=None)).one()
        profile = world.runtime.profiles[as_model or row.profile]
        new = reopen(session, old=row, profile=profile, ct_ratio=1 if profile.code == WATER else 2, pt_ratio=1)
        link.ended_at = at
        account = link.account_id if same_account else world.park.other.account.id
        session.add(AccountMeter(**own(old), account_id=account, meter_id=new.id, started_at=at))
        staff = session.scalars(select(Staff)).first() or Staff(**own(old), login="grace", name="Grace", created_at=at)
        session.add(staff)
        session.flush()
        told = {"succession": Succession.RATIO, "closing_energy_wh": closing_wh, "closing_read_at": at}
        by = {"typed": True, "reason": "r", "exchanged_by": staff.id, "exchanged_at": at}
        session.add(MeterExchange(**own(old), old_meter_id=old.id, new_meter_id=new.id, **told, **by))
        return new

    return world.runtime.database.run(done)


def own(meter: Meter) -> dict[str, int]:
    return {"organisation_id": meter.organisation_id}


def _at(day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=CHINA)


def test_days_before_a_meter_was_restated_or_exchanged_are_shown_as_long_as_the_same_account_paid(
    world: World, phone: Phone
) -> None:
    old, two = world.park.counting, today(world) - timedelta(days=2)
    one = two + timedelta(days=1)
    for day, clock, wh in ((two, "00:00", 100), (two, "23:30", 500), (one, "00:30", 520), (one, "06:00", 600)):
        read(world, day, clock, wh)
    middle = Metered(_succeeded(world, old.meter, _at(one, 8), 640), old.account)
    read(world, one, "09:00", 7_000, metered=middle)
    read(world, one, "10:00", 7_100, metered=middle)
    last = Metered(_succeeded(world, middle.meter, _at(one, 12), 7_250), old.account)
    read(world, one, "13:00", 50_000, metered=last)
    read(world, today(world), "00:00", 50_400, metered=last)
    read(world, one, "23:59", 9_999_999, metered=middle)  # told under a row that was closed
    told = usage(phone, 3, last)
    # 500 to 640 of the first row, 7,000 to 7,250 of the second, 50,000 to 50,400 of the third, part of it today
    assert (used(told)[0], sum(used(told)[1:])) == (400, 140 + 250 + 0 + 0)  # type: ignore[arg-type] # all known
    assert told["total"] == 540 + 250 + 400


def test_what_was_used_unread_before_a_row_closed_is_in_the_total_of_its_days(world: World, phone: Phone) -> None:
    old, day = world.park.counting, today(world) - timedelta(days=3)
    read(world, day, "08:00", 100)
    new = Metered(_succeeded(world, old.meter, _at(today(world), 0), 900), old.account)
    told = usage(phone, 4, new)
    assert (used(told), told["total"]) == ([0, None, None, None], 800)


def test_days_for_which_another_account_paid_are_not_shown(world: World, phone: Phone) -> None:
    other, day = world.park.other, today(world) - timedelta(days=1)
    read(world, day, "00:00", 100)
    read(world, day, "23:00", 900)
    new = _succeeded(world, world.park.counting.meter, _at(today(world), 0), 950, same_account=False)
    eve = bound(world, "eve", other)
    assert used(usage(eve, 2, Metered(new, other.account))) == [None]


def test_days_before_a_water_meter_was_exchanged_end_with_its_last_reading(world: World, phone: Phone) -> None:
    of_water(world)
    old, one = world.park.counting, today(world) - timedelta(days=1)
    for day, clock, litres in ((one - timedelta(days=1), "23:30", 500), (one, "00:30", 520), (one, "06:00", 600)):
        read(world, day, clock, litres)
    new = Metered(_succeeded(world, old.meter, _at(one, 8), 0), old.account)  # no litres are kept of its closing
    for clock, litres in (("09:00", 7), ("23:00", 90)):
        read(world, one, clock, litres, metered=new)
    read(world, one, "23:59", 9_999_999)  # told under a row that was closed
    told = usage(phone, 3, new)
    assert (used(told), told["total"], told["unit"]) == ([0, 100 + 83, None], 100 + 83, "l")


def test_what_was_read_as_energy_before_a_meter_was_known_to_be_of_water_is_no_water(
    world: World, phone: Phone
) -> None:
    old, one = world.park.counting, today(world) - timedelta(days=1)
    for clock, energy_wh in (("01:00", 1_000), ("07:00", 9_000)):
        read(world, one, clock, energy_wh)
    new = Metered(_succeeded(world, old.meter, _at(one, 8), 9_000, as_model=WATER), old.account)
    for clock, litres in (("09:00", 50), ("22:00", 62)):
        read(world, one, clock, litres, metered=new)
    told = usage(phone, 2, new)
    assert (used(told), told["total"], told["unit"]) == ([12, None], 12, "l")
    assert used(usage(phone, 2, world.park.relay)) == [None, None]
