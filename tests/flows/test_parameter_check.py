"""Each meter is asked once a day what it holds, in the night of its park, and never when it cannot answer."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from backend.kernel.db import Session
from backend.metering.causes import CommandCause
from backend.metering.command_models import MeterCommand
from backend.metering.lines.pace import Pace
from backend.metering.models import Line, Meter, MeterState
from backend.metering.parameter_models import ParameterCheck
from backend.metering.parameters.checking import ask_for_parameters
from backend.metering.parameters.states import ParameterState
from backend.runtime import Runtime
from meter_bridge.protocol import CommandKind, CommandState
from tests.flows.parameter_world import FIRST, ParameterWorld, parameter_world

CHINA = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def world(runtime: Runtime) -> ParameterWorld:
    made = parameter_world(runtime)
    for meter in (made.meter, made.bridges.park.other.meter):
        made.heard(meter)
    made.run(lambda s: s.execute(update(Line).values(gateway_answers=True)))
    return made


def _check(world: ParameterWorld, most: int = 100) -> int:
    """Run the check once."""
    profiles = world.bridges.runtime.profiles
    return int(world.run(lambda s: ask_for_parameters(s, profiles=profiles, most=most)))


def _checks(world: ParameterWorld) -> dict[int, ParameterCheck]:
    return {one.meter_id: one for one in world.run(lambda s: s.scalars(select(ParameterCheck)).all())}


def _make_due(world: ParameterWorld) -> None:
    world.run(lambda s: s.execute(update(ParameterCheck).values(due_at=datetime(2026, 1, 1, tzinfo=UTC))))


def test_every_meter_with_parameters_is_asked_at_first_and_then_once_each_night_at_its_own_minute(
    world: ParameterWorld,
) -> None:
    meters = {world.meter.id, world.bridges.park.other.meter.id}
    assert _check(world) == 2
    assert _check(world) == 0
    asked = world.run(lambda s: s.scalars(select(MeterCommand)).all())
    assert {(c.meter_id, c.kind, c.cause) for c in asked} == {
        (meter, CommandKind.READ_PARAMETERS, CommandCause.CHECK) for meter in meters
    }
    now = world.bridges.runtime.clock.now()
    due = {each.due_at.astimezone(CHINA) for each in _checks(world).values()}
    assert len(due) == 2
    assert all(1 <= at.hour < 5 and now < at <= now + timedelta(hours=30) for at in due)
    _make_due(world)
    assert _check(world) == 2


def test_only_so_many_are_asked_at_once(world: ParameterWorld) -> None:
    assert [_check(world, most=1) for _ in range(3)] == [1, 1, 0]


@pytest.mark.parametrize(
    "silenced",
    [
        lambda w: w.heard(w.meter, timedelta(hours=2)),
        lambda w: w.run(lambda s: s.execute(update(Line).values(gateway_answers=False))),
        lambda w: w.bridges.let_leases_end(),
    ],
    ids=["meter", "gateway", "bridge"],
)
@pytest.mark.parametrize("minutes", [2, 60], ids=["never asked", "asked before"])
def test_what_cannot_answer_is_asked_an_hour_later_and_who_was_never_asked_soon(
    world: ParameterWorld, silenced: Any, minutes: int
) -> None:
    asked = minutes == 60
    if asked:
        _check(world)
        _make_due(world)
    silenced(world)
    _check(world)
    check, now = _checks(world)[world.meter.id], world.bridges.runtime.clock.now()
    assert (check.asked_at is None) is not asked
    assert timedelta(minutes=minutes - 1) < check.due_at - now <= timedelta(minutes=minutes)


def test_a_line_that_saves_its_bytes_is_not_asked_for_this(world: ParameterWorld) -> None:
    slow = Pace(often_times=3, slot_times=1, slot_seconds=900)._asdict()
    world.run(lambda s: s.execute(update(Line).values(statistics=slow)))
    assert _check(world) == 0
    assert {each.asked_at for each in _checks(world).values()} == {None}


def test_a_meter_that_was_taken_down_is_asked_no_more(world: ParameterWorld) -> None:
    _check(world)
    _make_due(world)

    def retired(session: Session) -> None:
        session.execute(update(Meter).where(Meter.id == world.meter.id).values(state=MeterState.RETIRED))

    world.run(retired)
    assert _check(world) == 1
    assert set(_checks(world)) == {world.bridges.park.other.meter.id}


def test_what_somebody_changed_in_the_meter_is_found_in_the_night_and_healed(world: ParameterWorld) -> None:
    world.propose({FIRST: 2_000})
    world.write(0, low_credit_threshold_1=2_000)
    _check(world)
    asked = [work for work in world.bridge.claim() if work.meter == world.meter.reference]
    assert world.tell(asked[0], 60, low_credit_threshold_1=9_900) is CommandState.CONFIRMED
    assert (world.sight(FIRST).state, world.bridges.topics()[-2:]) == (
        ParameterState.DRIFT,
        ["command_confirmed", "parameter_drift"],
    )
    _make_due(world)
    _check(world)
    asked = [work for work in world.bridge.claim() if work.meter == world.meter.reference]
    world.tell(asked[0], 120, low_credit_threshold_1=2_000)
    assert (world.sight(FIRST).state, world.bridges.topics()[-1]) == (ParameterState.SAME, "parameter_drift_over")
