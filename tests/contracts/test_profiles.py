"""Every profile found, on every kind of line found, over real sockets: a new file is tested by being there."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any

import pytest

from meter_bridge.clock import SystemClock
from meter_bridge.conditions import ALARMS, PHASES, TOTALS
from meter_bridge.driver import Driver
from meter_bridge.judging import Credit, Verdict, judge_order, judge_top_up
from meter_bridge.line import LineError
from meter_bridge.policy import seen_of
from meter_bridge.profile import Quantity
from meter_bridge.profile_model import EVIDENCE
from meter_bridge.protocol import CommandKind, Condition, Evidence, SupplyState, WriteResult
from meter_bridge.read_plan import evidence_spans
from meter_bridge.tariff_schedule import PERIODS
from tests.contracts.bridge_bench import (
    COUNTED,
    KEEPING,
    LATE,
    OTHER,
    PAIRS,
    PROFILES,
    START,
    SWITCHED,
    UNIT,
    WITH_MONEY,
    able,
    driver_of,
    on_a_line,
)

FAULTS = [
    "drop_request", "drop_reply", "delay_request", "delay_reply", "duplicate_request", "duplicate_reply", "garble",
    "wrong_unit", "stale_reply", "false_echo", "power_loss", "gateway_down",
]  # fmt: skip


def everywhere(codes: list[str]) -> pytest.MarkDecorator:
    """On every kind of line that carries what the profile speaks."""
    return pytest.mark.parametrize(("kind", "code"), [pair for pair in PAIRS if pair[1] in codes])


async def seen_after(driver: Driver, command: CommandKind) -> Evidence:
    evidence = await driver.evidence()
    return evidence.model_copy(update=await driver.proof(command))


async def written(write: Awaitable[None]) -> WriteResult:
    try:
        await write
    except LineError as error:
        return seen_of(error)
    return seen_of(None)


def an_amount(code: str) -> int:
    money = PROFILES[code].money
    return money.step * min(500, money.max_amount // money.step)


@everywhere(sorted(PROFILES))
def test_a_meter_tells_all_that_its_profile_says(kind: str, code: str) -> None:
    async def story() -> None:
        async with on_a_line(kind, code) as (_, _line, driver):
            evidence = await driver.evidence()
            told = {quantity for quantity in Quantity if getattr(evidence, quantity.value, None) is not None}
            assert told == {
                quantity
                for quantity in PROFILES[code].registers
                if quantity in EVIDENCE and quantity.value in Evidence.model_fields
            }
            if Quantity.SERIAL in told:
                assert evidence.serial == f"{UNIT:012}"

    asyncio.run(story())


@everywhere(sorted(PROFILES))
def test_a_meter_tells_what_it_measures_and_warns_of(kind: str, code: str) -> None:
    """Each value for as many phases as the profile has registers; alarms that rang, and no others."""

    async def story() -> None:
        registers = PROFILES[code].registers
        wanted = {name: sum(each in registers for each in phases) for name, phases in PHASES.items()}
        async with on_a_line(kind, code) as (park, _line, driver):
            park.meter(UNIT).power_w = 1200
            rings = [alarm for quantity, alarm in ALARMS.items() if quantity in registers][:1]
            park.meter(UNIT).alarms.update(rings)
            told = await driver.condition()
            assert {name: len(getattr(told, name) or []) for name in PHASES} == wanted
            assert [(each in registers, getattr(told, each.value) is not None) for each in TOTALS] == [
                (each in registers, each in registers) for each in TOTALS
            ]
            assert told.alarms == (rings or None)
            if told.power_w is not None and told.phase_power_w is not None:
                assert told.power_w == sum(told.phase_power_w) == 1200

    asyncio.run(story())


@everywhere(sorted(PROFILES))
def test_the_periods_of_a_meter_add_up(kind: str, code: str) -> None:
    async def story() -> None:
        periods = [each for each in PERIODS if each in PROFILES[code].registers]
        async with on_a_line(kind, code) as (park, _line, driver):
            for used in range(24):  # an hour of the day each
                park.meter(UNIT).periods.add((used + 1) * 36_000_000_000, used)
                park.meter(UNIT)._used_wms += (used + 1) * 36_000_000_000
            evidence = await driver.evidence()
            if periods:
                told = [getattr(evidence, each.value) for each in periods]
                assert sum(told) == evidence.energy_wh == 3_000_000
                assert len(set(told)) == len(told)

    asyncio.run(story())


@everywhere(sorted(PROFILES))
def test_ratios_are_applied_once_and_only_where_they_belong(kind: str, code: str) -> None:
    """A driver that knows of transformers beside one that does not, before one meter."""
    both, current, voltage = {"energy_wh", *PERIODS}, {"current_ma"}, {"voltage_mv"}
    both |= {"power_w", "phase_power_w", "reactive_var", "phase_reactive_var"}

    async def story() -> None:
        async with on_a_line(kind, code, ct_ratio=40, pt_ratio=10) as (park, line, driver):
            meter = park.meter(UNIT)
            meter.power_w, meter._used_wms = 4_800, 9_000_000 * 3_600_000
            meter.periods.add(9_000_000 * 3_600_000, 12)
            plain = driver_of(line, code)
            beside: list[tuple[Evidence | Condition, Any]] = [
                (await plain.evidence(), await driver.evidence()),
                (await plain.condition(), await driver.condition()),
            ]
            for less, more in beside:
                for name, measured in less.model_dump(exclude={"read_at"}, exclude_none=True).items():
                    times = 400 if name in both else 40 if name in current else 10 if name in voltage else 1
                    told, many = getattr(more, name), isinstance(measured, list)
                    for one, other in zip(measured, told, strict=True) if many else [(measured, told)]:
                        if name.endswith("_wh") or name == "balance":  # it counts in between
                            assert abs(one * times - other) <= 10 * times, name
                        else:
                            assert other == one * times, name
            evidence, condition = beside[0][1], beside[1][1]
            if evidence.energy_wh is not None:
                assert 8_990_000 <= evidence.energy_wh <= 9_010_000
            if condition.power_w is not None:
                assert condition.power_w == 4_800

    asyncio.run(story())


@everywhere(sorted(code for code, profile in PROFILES.items() if profile.circuits))
def test_each_circuit_of_a_box_answers_for_itself(kind: str, code: str) -> None:
    profile = PROFILES[code]
    beyond = profile.circuits.most + 1 if profile.circuits else 1

    async def story() -> None:
        async with on_a_line(kind, code, circuit=2) as (park, line, second):
            await line.ready()
            await second.order(CommandKind.OPEN_BREAKER)
            units = [UNIT, profile.unit_of(UNIT, 2) or UNIT]
            assert [park.meter(unit).closed for unit in units] == [True, False]
            assert (await second.evidence()).supply is SupplyState.OPEN

    asyncio.run(story())
    assert (profile.unit_of(UNIT, 1), profile.unit_of(UNIT, beyond)) == (UNIT, None)


@everywhere(WITH_MONEY)
@pytest.mark.parametrize("fault", [None, *FAULTS])
def test_a_write_is_never_doubled_and_never_falsely_proved(kind: str, code: str, fault: str | None) -> None:
    """One write and one read-back; what they prove must be true of the meter."""

    async def story() -> None:
        async with on_a_line(kind, code) as (park, _line, driver):
            amount = an_amount(code)
            before = await driver.evidence()
            number = None if before.purchase_count is None else before.purchase_count + 1
            if fault:
                park.fault(fault, on="write", seconds=LATE)
            write = await written(driver.top_up(amount, number))
            after = await driver.evidence()
            await asyncio.sleep(LATE if fault == "delay_request" else 0)
            verdict = judge_top_up(PROFILES[code].limits, Credit(amount, number), before, after, write)
            gained = park.meter(UNIT).balance - START
            doubled_by_gateway = fault == "duplicate_request" and number is None
            assert gained in ((2 * amount,) if doubled_by_gateway else (0, amount))
            if verdict is Verdict.APPLIED:
                assert gained == amount
            if verdict is Verdict.NOT_APPLIED:
                assert gained == 0 or fault == "delay_request"
            if fault is None:
                assert verdict is Verdict.APPLIED

    asyncio.run(story())


@everywhere(COUNTED)
def test_a_number_is_taken_once(kind: str, code: str) -> None:
    async def story() -> None:
        async with on_a_line(kind, code) as (park, line, driver):
            await line.ready()
            await driver.top_up(an_amount(code), 1)
            for wrong in (1, 0, 3):
                with pytest.raises(LineError) as raised:
                    await driver.top_up(an_amount(code), wrong)
                assert seen_of(raised.value) is WriteResult.REFUSED
            await driver.top_up(an_amount(code), 2)
            assert park.meter(UNIT).purchase_count == 2

    asyncio.run(story())


@pytest.mark.parametrize("code", COUNTED)
def test_what_proves_a_counted_purchase_comes_in_one_frame(code: str) -> None:
    """Else they could be of two instants. DL/T 645 has one value a frame: its driver reads the count twice."""
    if PROFILES[code].driver == "modbus":
        assert len(evidence_spans(PROFILES[code])) == 1


@everywhere(SWITCHED)
def test_a_breaker_opens_and_closes(kind: str, code: str) -> None:
    async def story() -> None:
        async with on_a_line(kind, code) as (park, line, driver):
            await line.ready()
            for command, closed in ((CommandKind.OPEN_BREAKER, False), (CommandKind.CLOSE_BREAKER, True)):
                await driver.order(command)
                assert judge_order(command, await driver.evidence()) is Verdict.APPLIED
                assert park.meter(UNIT).closed is closed

    asyncio.run(story())


@everywhere(KEEPING)
def test_what_is_kept_supplied_is_not_opened_until_that_ends(kind: str, code: str) -> None:
    async def story() -> None:
        async with on_a_line(kind, code) as (park, line, driver):
            meter = park.meter(UNIT)
            meter.wallet.balance = -meter.overdraft - 1
            for command, closed in ((CommandKind.KEEP_SUPPLIED, True), (CommandKind.END_KEEP_SUPPLIED, False)):
                await line.ready()
                await driver.order(command)
                assert judge_order(command, await driver.evidence()) is Verdict.APPLIED
                assert meter.closed is closed
                if closed:
                    with pytest.raises(LineError):
                        await driver.order(CommandKind.OPEN_BREAKER)

    asyncio.run(story())


@everywhere(able(CommandKind.AUTOMATIC))
def test_a_forced_breaker_goes_back_to_the_meters_own_rules(kind: str, code: str) -> None:
    async def story() -> None:
        async with on_a_line(kind, code) as (park, line, driver):
            await line.ready()
            await driver.order(CommandKind.OPEN_BREAKER)
            assert judge_order(CommandKind.AUTOMATIC, await driver.evidence()) is Verdict.NOT_APPLIED
            await line.ready()
            await driver.order(CommandKind.AUTOMATIC)
            assert judge_order(CommandKind.AUTOMATIC, await driver.evidence()) is Verdict.APPLIED
            assert park.meter(UNIT).closed

    asyncio.run(story())


@everywhere(able(CommandKind.SYNC_CLOCK))
def test_a_clock_is_set_however_wrong_it_was(kind: str, code: str) -> None:
    async def story() -> None:
        async with on_a_line(kind, code) as (park, line, driver):
            command = CommandKind.SYNC_CLOCK
            for unit in (UNIT, OTHER):
                park.meter(unit).set_time(SystemClock().now() - timedelta(days=400))
            assert judge_order(command, await seen_after(driver, command)) is Verdict.NOT_APPLIED
            await line.ready()
            await driver.order(command)
            assert judge_order(command, await seen_after(driver, command)) is Verdict.APPLIED
            assert SystemClock().now() - park.meter(OTHER).told_time > timedelta(days=399)

    asyncio.run(story())


@everywhere(able(CommandKind.BROADCAST_CLOCK))
def test_a_broadcast_sets_every_clock_that_is_minutes_wrong_and_none_that_is_hours_wrong(kind: str, code: str) -> None:
    async def story() -> None:
        async with on_a_line(kind, code) as (park, line, driver):
            command, now = CommandKind.BROADCAST_CLOCK, SystemClock().now()
            park.meter(UNIT).set_time(now - timedelta(minutes=4))
            park.meter(OTHER).set_time(now - timedelta(hours=4))
            assert judge_order(command, await seen_after(driver, command)) is Verdict.NOT_APPLIED
            await line.ready()
            await driver.order(command)
            assert judge_order(command, await seen_after(driver, command)) is Verdict.APPLIED
            assert SystemClock().now() - park.meter(OTHER).told_time > timedelta(hours=3)

    asyncio.run(story())


@everywhere(able(CommandKind.CLEAR_COUNTERS))
def test_counters_are_cleared_and_read_back(kind: str, code: str) -> None:
    async def story() -> None:
        async with on_a_line(kind, code) as (park, line, driver):
            park.meter(UNIT).counter, command = 7, CommandKind.CLEAR_COUNTERS
            assert (await driver.evidence()).counter is None
            assert judge_order(command, await seen_after(driver, command)) is Verdict.NOT_APPLIED
            await line.ready()
            await driver.order(command)
            assert judge_order(command, await seen_after(driver, command)) is Verdict.APPLIED

    asyncio.run(story())


@pytest.mark.parametrize("code", sorted(PROFILES))
def test_a_profile_names_its_sources(code: str) -> None:
    profile = PROFILES[code]
    assert profile.document
    assert all(register.source for register in profile.registers.values())
    assert all(frame.source for frame in profile.writes.values())
    assert len(profile.sha256) == 64
