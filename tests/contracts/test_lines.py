"""What every kind of line promises, over real sockets: a new file in meter_bridge/lines is tested by being there."""

import asyncio
from contextlib import suppress

import pytest

from meter_bridge.clock import SystemClock
from meter_bridge.line import (
    GarbledAnswerError,
    LineCutError,
    LineDownError,
    LineError,
    LineKind,
    LinePlace,
    LineTimeoutError,
    MeterExceptionError,
    tcp_wire,
)
from meter_bridge.plugins import TwinPluginsError, by_code, plugins_in
from tests.contracts.bridge_bench import KINDS, LATE, OTHER, QUIET, UNIT, on_a_line

CODE = "reference_cas"
ADDRESS, COUNT = 0x1000, 16
RELAY = 0x1110
kinds = pytest.mark.parametrize("kind", sorted(KINDS))


@kinds
def test_a_line_reads_and_writes(kind: str) -> None:
    async def story() -> None:
        async with on_a_line(kind, CODE) as (park, line, _):
            words = await line.read(UNIT, ADDRESS, COUNT)
            assert (len(words), words[2]) == (COUNT, UNIT)
            assert (await line.read(OTHER, ADDRESS, 3))[2] == OTHER
            await line.write(UNIT, RELAY, [1])
            assert not park.meter(UNIT).closed
            assert park.meter(OTHER).closed

    asyncio.run(story())


@kinds
def test_a_write_needs_a_line_that_is_ready(kind: str) -> None:
    """So that nothing is waited for between the look at the deadline and the write."""

    async def story() -> None:
        async with on_a_line(kind, CODE) as (park, line, _):
            with pytest.raises(LineDownError):
                await line.write(UNIT, RELAY, [1])
            assert park.meter(UNIT).closed

    asyncio.run(story())


@kinds
def test_a_gateway_that_is_not_there_took_nothing(kind: str) -> None:
    async def story() -> None:
        line = KINDS[kind].open(LinePlace("127.0.0.1", 1, 0.2, 0.0), tcp_wire, SystemClock())
        with pytest.raises(LineDownError) as raised:
            await line.read(UNIT, ADDRESS, COUNT)
        assert raised.value.may_have_arrived is False

    asyncio.run(story())


@kinds
@pytest.mark.parametrize(
    ("fault", "error", "done"),
    [
        ("drop_request", LineTimeoutError, False),
        ("drop_reply", LineTimeoutError, True),
        ("delay_reply", LineTimeoutError, True),
        ("delay_request", LineTimeoutError, False),
        ("power_loss", LineTimeoutError, True),
        ("garble", GarbledAnswerError, True),
        ("wrong_unit", GarbledAnswerError, True),
        ("stale_reply", GarbledAnswerError, True),
        ("gateway_down", LineCutError, False),
    ],
)
def test_a_bad_write_is_sent_once_and_may_have_arrived(
    kind: str, fault: str, error: type[LineError], done: bool
) -> None:
    async def story() -> None:
        async with on_a_line(kind, CODE) as (park, line, _):
            await line.read(UNIT, ADDRESS, COUNT)
            park.fault(fault, on="write", seconds=0.2)
            with pytest.raises(error) as raised:
                await line.write(UNIT, RELAY, [1])
            assert raised.value.may_have_arrived is not False
            assert park.meter(UNIT).closed is not done

    asyncio.run(story())


@kinds
def test_an_exception_is_the_meters_word_and_keeps_the_connection(kind: str) -> None:
    async def story() -> None:
        async with on_a_line(kind, CODE) as (_, line, _driver):
            for address, code in ((0x4000, 2), (0x0FFF, 2)):
                with pytest.raises(MeterExceptionError) as raised:
                    await line.read(UNIT, address, 1)
                assert raised.value.code == code
                assert raised.value.refused
            assert await line.read(UNIT, ADDRESS, COUNT)

    asyncio.run(story())


@kinds
@pytest.mark.parametrize("code", [4, 5, 6, 10, 11])
def test_other_exceptions_leave_a_write_open(kind: str, code: int) -> None:
    async def story() -> None:
        async with on_a_line(kind, CODE) as (park, line, _):
            await line.ready()
            park.fault("exception", on="write", code=code)
            with pytest.raises(MeterExceptionError) as raised:
                await line.write(UNIT, RELAY, [1])
            assert not raised.value.refused

    asyncio.run(story())


@kinds
@pytest.mark.parametrize("unit", [UNIT, OTHER])
@pytest.mark.parametrize("count", [COUNT, COUNT - 3])
@pytest.mark.parametrize("fault", ["delay_reply", "delay_request"])
def test_a_late_answer_is_never_taken_as_an_answer(kind: str, unit: int, count: int, fault: str) -> None:
    """It comes after the time-out but within the quiet time, when nobody listens any more."""

    async def story() -> None:
        async with on_a_line(kind, CODE) as (park, line, _):
            park.meter(UNIT).wallet.purchase_count = 1
            park.fault(fault, on="read", seconds=LATE)
            with pytest.raises(LineTimeoutError):
                await line.read(UNIT, ADDRESS, COUNT)
            park.meter(UNIT).wallet.purchase_count = 2
            park.meter(OTHER).wallet.purchase_count = 2
            words = await line.read(unit, ADDRESS, count)
            assert (len(words), words[2], words[3]) == (count, unit, 2)

    asyncio.run(story())


@kinds
@pytest.mark.parametrize("on", ["read", "write"])
def test_a_doubled_answer_is_never_taken_as_the_next_one(kind: str, on: str) -> None:
    async def story() -> None:
        async with on_a_line(kind, CODE) as (park, line, _):
            await line.ready()
            park.fault("duplicate_reply", on=on)
            with suppress(GarbledAnswerError):  # both came at once: neither is believed
                await (line.read(UNIT, ADDRESS, COUNT) if on == "read" else line.write(UNIT, RELAY, [1]))
            park.meter(UNIT).wallet.purchase_count = 2
            park.meter(OTHER).wallet.purchase_count = 3
            await asyncio.sleep(0.01)
            assert (await line.read(OTHER, ADDRESS, COUNT))[3] == 3
            assert (await line.read(UNIT, ADDRESS, COUNT))[3] == 2

    asyncio.run(story())


@kinds
def test_bytes_nobody_asked_for_end_the_connection(kind: str) -> None:
    """More may follow, and the next of them could be taken for an answer."""

    async def story() -> None:
        async with on_a_line(kind, CODE) as (park, line, _):
            words = await line.read(UNIT, ADDRESS, COUNT)
            bus = park.site.buses[kind]
            before = asyncio.get_running_loop().time()
            for writer in park._servers[kind]._open:
                writer.write(bus._last_answer)
            await asyncio.sleep(0.01)
            assert await line.read(UNIT, ADDRESS, COUNT) == words
            assert asyncio.get_running_loop().time() - before >= QUIET / 2

    asyncio.run(story())


@kinds
def test_after_silence_the_line_is_quiet(kind: str) -> None:
    async def story() -> None:
        async with on_a_line(kind, CODE) as (park, line, _):
            park.fault("drop_request")
            with pytest.raises(LineTimeoutError):
                await line.read(UNIT, ADDRESS, COUNT)
            before = asyncio.get_running_loop().time()
            await line.read(UNIT, ADDRESS, COUNT)
            assert asyncio.get_running_loop().time() - before >= QUIET

    asyncio.run(story())


@kinds
def test_a_cancelled_exchange_breaks_the_connection(kind: str) -> None:
    async def story() -> None:
        async with on_a_line(kind, CODE) as (park, line, _):
            await line.ready()
            park.fault("delay_reply", seconds=0.02)
            task = asyncio.create_task(line.read(UNIT, ADDRESS, COUNT))
            await asyncio.sleep(0.005)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            park.meter(OTHER).wallet.purchase_count = 3
            assert (await line.read(OTHER, ADDRESS, COUNT))[3] == 3

    asyncio.run(story())


def test_every_line_found_has_its_own_code() -> None:
    found = list(plugins_in("meter_bridge.lines", LineKind))
    assert {kind.code for kind in found} >= {"modbus_tcp", "rtu_over_tcp"}
    with pytest.raises(TwinPluginsError):
        by_code([*found, found[0]])
