"""The parameters of every profile found, on every kind of line found, over real sockets."""

import asyncio
from collections.abc import Awaitable

import pytest

from meter_bridge.clock import SystemClock
from meter_bridge.driver import Driver, driver_kinds
from meter_bridge.judging import Verdict, judge_order
from meter_bridge.line import Line, LineError
from meter_bridge.parameter_codec import coding_of, pieces
from meter_bridge.parameter_places import NumberPlace, Parameters, Place, PlanPlace, PricesPlace, SchedulesPlace
from meter_bridge.policy import seen_of
from meter_bridge.profile import Profile
from meter_bridge.protocol import (
    CommandKind,
    DatePlan,
    DaySchedules,
    Evidence,
    MeterPlace,
    ParameterCode,
    ParameterSetting,
    ParameterValue,
    Prices,
    TariffPeriod,
    WriteResult,
)
from meter_bridge.simulator.meter import Meter
from meter_bridge.simulator.parameter_memory import ParameterMemory
from meter_bridge.simulator.park import ParkMeter
from tests.contracts.bridge_bench import LATE, OTHER, PAIRS, PROFILES, UNIT, able, on_a_line
from tests.contracts.test_profiles import FAULTS

WRITE = CommandKind.WRITE_PARAMETER
SETTABLE = able(WRITE)
EVERYWHERE = pytest.mark.parametrize(("kind", "code"), [pair for pair in PAIRS if pair[1] in SETTABLE])
SETTINGS = [(code, parameter) for code in SETTABLE for parameter in PROFILES[code].parameters.places]


def values_of(place: Place) -> list[ParameterValue]:
    """Return the least and the most that a place holds, and something in between."""
    match place:
        case SchedulesPlace():
            first, last = place.periods[0], place.periods[-1]
            full = [(at * 100 + (at > 0) * 3, (first, last)[at % 2]) for at in range(place.slots)]
            return [DaySchedules([[(0, last)]]), DaySchedules([full, [(0, first), (1439, last)]])]
        case PlanPlace():
            dates = [(1 + at % 12, 1 + at // 12) for at in range(place.slots)]
            plan = [(*date, 1 + at % 2) for at, date in enumerate(sorted(dates))]
            return [DatePlan([(7, 31, place.schedules)]), DatePlan(plan)]
        case PricesPlace():
            step = place.step
            return [
                Prices({period: number * step for number, period in enumerate(place.periods)}),
                Prices(dict.fromkeys(place.periods, place.most)),
            ]
        case NumberPlace():
            return [place.most, place.least, (place.most // 2) // place.step * place.step]


def loosened(profile: Profile) -> Profile:
    """Return the profile of somebody who took the meter for larger than it is."""
    loose: dict[str, Place] = {}
    for code, place in profile.parameters.places.items():
        if isinstance(place, SchedulesPlace):
            more = [*place.periods, *(period for period in TariffPeriod if period not in place.periods)]
            loose[code.value] = place.model_copy(update={"periods": [*more, TariffPeriod.FLAT]})
        elif isinstance(place, PlanPlace):
            loose[code.value] = place.model_copy(update={"schedules": place.schedules + 1})
        else:
            loose[code.value] = place.model_copy(update={"most": place.most + place.step})
    return profile.model_copy(update={"parameters": Parameters(**loose)})


def without(profile: Profile, code: ParameterCode) -> Profile:
    """Return the profile of a meter that lacks a parameter."""
    return profile.model_copy(update={"parameters": profile.parameters.model_copy(update={code.value: None})})


def too_much(place: Place) -> ParameterValue | None:
    """Return a value the frame has room for and the meter has not; None where the frame is full."""
    match place:
        case SchedulesPlace():
            return None if len(place.periods) == len(TariffPeriod) else DaySchedules([[(0, list(TariffPeriod)[-1])]])
        case PlanPlace():
            return DatePlan([(1, 1, place.schedules + 1)])
        case PricesPlace():
            return Prices(dict.fromkeys(place.periods, place.most + place.step))
        case NumberPlace():
            return place.most + place.step


def driver_for(profile: Profile, line: Line) -> Driver:
    standing = MeterPlace(meter="0" * 26, unit=UNIT, serial=f"{UNIT:012}", profile=profile.code, poll_seconds=60)
    return driver_kinds()[profile.driver].make(line, standing, profile, SystemClock())


async def seen(driver: Driver, code: ParameterCode) -> Evidence:
    evidence = await driver.evidence()
    return evidence.model_copy(update={"parameters": await driver.parameters([code])})


async def written(write: Awaitable[None]) -> WriteResult:
    try:
        await write
    except LineError as error:
        return seen_of(error)
    return seen_of(None)


@EVERYWHERE
def test_every_parameter_is_written_and_read_back_and_leaves_the_others_and_the_other_meter_alone(
    kind: str, code: str
) -> None:
    places = PROFILES[code].parameters.places

    async def story() -> None:
        async with on_a_line(kind, code) as (park, _line, driver):
            made = dict(await driver.parameters(places))
            assert set(made) == set(places)
            assert None not in made.values()
            for parameter, place in places.items():
                for value in values_of(place):
                    setting = ParameterSetting(code=parameter, value=value)
                    PROFILES[code].parameters.check(setting)
                    before = await seen(driver, parameter)
                    already = made[parameter] == setting.value
                    wanted = Verdict.APPLIED if already else Verdict.NOT_APPLIED
                    assert judge_order(WRITE, before, setting) is wanted
                    await driver.write_parameter(setting)
                    assert judge_order(WRITE, await seen(driver, parameter), setting) is Verdict.APPLIED
                    made[parameter] = setting.value
                    assert dict(await driver.parameters(places)) == made
            assert not park.meter(OTHER).parameters.state()

    asyncio.run(story())


@EVERYWHERE
def test_what_a_meter_cannot_hold_it_refuses_and_keeps_what_it_had(kind: str, code: str) -> None:
    places = PROFILES[code].parameters.places

    async def story() -> None:
        async with on_a_line(kind, code) as (_park, line, driver):
            made, refused = dict(await driver.parameters(places)), 0
            wrong = driver_for(loosened(PROFILES[code]), line)
            for parameter, place in places.items():
                value = too_much(place)
                if value is None:
                    continue
                try:
                    result = await written(wrong.write_parameter(ParameterSetting(code=parameter, value=value)))
                except ValueError:
                    continue  # the frame has no room for it
                assert result is WriteResult.REFUSED
                refused += 1
            assert refused
            assert dict(await driver.parameters(places)) == made

    asyncio.run(story())


@EVERYWHERE
def test_a_parameter_that_drifted_is_seen(kind: str, code: str) -> None:
    parameter, place = next(iter(PROFILES[code].parameters.places.items()))
    setting = ParameterSetting(code=parameter, value=values_of(place)[0])

    async def story() -> None:
        async with on_a_line(kind, code) as (park, _line, driver):
            await driver.write_parameter(setting)
            park.meter(UNIT).parameters.forget(parameter)
            assert judge_order(WRITE, await seen(driver, parameter), setting) is Verdict.NOT_APPLIED

    asyncio.run(story())


@EVERYWHERE
def test_one_parameter_that_a_meter_refuses_to_tell_spoils_no_other(kind: str, code: str) -> None:
    places = PROFILES[code].parameters.places
    first = next(iter(places))

    async def story() -> None:
        async with on_a_line(kind, code) as (park, line, driver):
            await line.ready()
            if PROFILES[code].driver == "dlt645":
                meter = park.meter(UNIT)
                meter.parameters = ParameterMemory(without(PROFILES[code], first), {})
            else:
                park.fault("exception", on="read", code=2)
            told = await driver.parameters(places)
            assert list(told) == list(places)
            assert [parameter for parameter, value in told.items() if value is None] == [first]

    asyncio.run(story())


@pytest.mark.parametrize("code", SETTABLE)
@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_is_lost_what_is_read_back_is_true(code: str, fault: str) -> None:
    places = PROFILES[code].parameters.places
    parameter = next((each for each in places if each is ParameterCode.OVERDRAFT_LIMIT), next(iter(places)))
    setting = ParameterSetting(code=parameter, value=values_of(places[parameter])[0])

    async def story() -> None:
        async with on_a_line("rtu_over_tcp", code) as (park, _line, driver):
            park.fault(fault, on="write", seconds=LATE)
            result = await written(driver.write_parameter(setting))
            verdict = judge_order(WRITE, await seen(driver, parameter), setting)
            held = park.meter(UNIT).parameters.value(parameter) == setting.value
            assert verdict is (Verdict.APPLIED if held else Verdict.NOT_APPLIED) or fault == "delay_request"
            if result is WriteResult.ACKNOWLEDGED and fault != "false_echo":
                assert held
            await asyncio.sleep(LATE if fault == "delay_request" else 0)
            result = await written(driver.write_parameter(setting))
            assert result is WriteResult.ACKNOWLEDGED
            assert judge_order(WRITE, await seen(driver, parameter), setting) is Verdict.APPLIED

    asyncio.run(story())


@pytest.mark.parametrize(("code", "parameter"), SETTINGS)
def test_a_meter_keeps_its_parameters_without_power(code: str, parameter: ParameterCode) -> None:
    place = PROFILES[code].parameters.places[parameter]
    first, second = (Meter(ParkMeter(unit=1, profile=code, serial="1"), PROFILES[code], 0.0) for _ in range(2))
    memory = first.parameters
    value = next(each for each in values_of(place) if each != memory.value(parameter))
    for piece in pieces(coding_of(PROFILES[code].driver), place, value):
        assert memory.take(piece.address, piece.content)
    second.restore(first.state())
    assert second.parameters.value(parameter) == memory.value(parameter) == value


@pytest.mark.parametrize(("code", "parameter"), SETTINGS)
def test_a_parameter_names_its_source(code: str, parameter: ParameterCode) -> None:
    assert PROFILES[code].parameters.places[parameter].source


def test_every_parameter_there_is_can_be_set_in_some_model() -> None:
    assert {parameter for _, parameter in SETTINGS} == set(ParameterCode)
