"""Calls of DTUs: who they are, which of them counts, and what must not be sent while they come and go."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meter_bridge import rtu
from meter_bridge.clock import SystemClock
from meter_bridge.line import LineCutError, LineDownError, LinePlace, LineTimeoutError
from meter_bridge.lines import dial_in
from meter_bridge.lines.dial_in import FLAPPING_ENDS, DialInLine
from meter_bridge.orders import same_count
from meter_bridge.packets import begins, packet, without
from meter_bridge.protocol import Evidence
from meter_bridge.switchboard import Switchboard
from tests.contracts.bridge_bench import free_port

REGISTRATION = r"\x01ID?7"
HELLO = b"\x01IDx7"
BEAT = b"\xfe\xfd"
ASKED = rtu.read_request(1, 0, 1)
ANSWER = rtu.framed(bytes([1, 3, 2, 0, 42]))
Dtu = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def called() -> AsyncIterator[tuple[Switchboard, DialInLine, int]]:
    board, port = Switchboard("127.0.0.1"), free_port()
    place = LinePlace("", port, 0.5, 0.02, registration=REGISTRATION, heartbeat=BEAT)
    line = dial_in.open_line(place, board, SystemClock())
    assert isinstance(line, DialInLine)
    await board.expect(port, REGISTRATION)
    try:
        yield board, line, port
    finally:
        await line.close()
        await board.close()


async def dtu(port: int, says: bytes = HELLO) -> Dtu:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(says)
    await asyncio.sleep(0.02)
    return reader, writer


async def answering(end: Dtu, *chunks: bytes) -> None:
    assert await end[0].readexactly(len(ASKED)) == ASKED
    for chunk in chunks:
        end[1].write(chunk)
        await asyncio.sleep(0.01)


def test_a_registration_in_pieces_is_heard_and_heartbeats_are_no_answers() -> None:
    async def story() -> None:
        async with called() as (board, line, port):
            end = await dtu(port, HELLO[:2])
            end[1].write(HELLO[2:] + BEAT)
            task = asyncio.create_task(answering(end, BEAT, BEAT[:1], BEAT[1:] + ANSWER[:3], ANSWER[3:], BEAT))
            assert await line.read(1, 0, 1) == [42]
            await task
            session = line.session
            await asyncio.gather(answering(end, ANSWER), line.read(1, 0, 1))
            assert line.session == session
            assert not board.strangers

    asyncio.run(story())


@pytest.mark.parametrize("packet_", [b"\x01IDx8", b"GET / HTTP/1.1\r\n", b"\x00" * 200])
def test_a_stranger_is_refused_and_counted(packet_: bytes) -> None:
    async def story() -> None:
        async with called() as (board, _, port):
            for _ in range(2):
                reader, _writer = await dtu(port, packet_)
                assert await reader.read() == b""
            assert list(board.strangers.values()) == [2]

    asyncio.run(story())


def test_many_strangers_do_not_fill_the_memory() -> None:
    board = Switchboard("127.0.0.1")
    for number in range(1_000):
        board.refused(1, number.to_bytes(2, "big"))
    assert len(board.strangers) == 100


def test_the_newest_call_is_the_one_and_the_old_is_ended() -> None:
    async def story() -> None:
        async with called() as (_, line, port):
            old = await dtu(port)
            await asyncio.gather(answering(old, ANSWER), line.read(1, 0, 1))
            session = line.session
            new = await dtu(port)
            assert await old[0].read() == b""
            await asyncio.gather(answering(new, ANSWER), line.read(1, 0, 1))
            assert line.session == session + 1

    asyncio.run(story())


def test_a_call_in_the_middle_of_an_exchange_leaves_it_open() -> None:
    async def story() -> None:
        async with called() as (_, line, port):
            await dtu(port)
            await line.ready()
            asking = asyncio.create_task(line.write(1, 0, [1]))
            await asyncio.sleep(0.01)
            await dtu(port)
            with pytest.raises(LineCutError) as raised:
                await asking
            assert raised.value.may_have_arrived

    asyncio.run(story())


def test_nobody_calls() -> None:
    async def story() -> None:
        async with called() as (_, line, _port):
            with pytest.raises(LineDownError):
                await line.read(1, 0, 1)

    asyncio.run(story())


def test_a_caller_that_does_not_answer_is_hung_up_on() -> None:
    async def story() -> None:
        async with called() as (_, line, port):
            end = await dtu(port)
            with pytest.raises(LineTimeoutError):
                await line.read(1, 0, 1)
            assert await end[0].read() == ASKED

    asyncio.run(story())


def test_calls_that_come_and_go_make_a_line_unsteady() -> None:
    async def story() -> None:
        async with called() as (_, line, port):
            for calls in range(1, FLAPPING_ENDS + 1):
                _, writer = await dtu(port)
                await line.ready()
                writer.close()
                await asyncio.sleep(0.03)
                assert line.steady is (calls < FLAPPING_ENDS)

    asyncio.run(story())


def test_our_own_hanging_up_does_not_make_a_line_unsteady() -> None:
    async def story() -> None:
        async with called() as (_, line, port):
            for _ in range(FLAPPING_ENDS + 1):
                await dtu(port)
                await line.ready()
                line.hang_up()
            assert line.steady

    asyncio.run(story())


def test_a_line_without_a_registration_takes_nobody() -> None:
    async def story() -> None:
        line = dial_in.open_line(LinePlace("", 0, 0.1, 0.0), Switchboard("127.0.0.1"), SystemClock())
        with pytest.raises(LineDownError):
            await line.ready()

    asyncio.run(story())


@pytest.mark.parametrize(
    ("written", "came", "fits"),
    [("AB", b"AB", True), ("AB", b"A", True), ("AB", b"B", False), (r"\x00?", b"\x00\xff", True), (r"\\", b"\\", True)],
)
def test_a_packet_is_written_as_text(written: str, came: bytes, fits: bool) -> None:
    assert begins(came, packet(written)) is fits


@given(st.binary(min_size=1, max_size=4), st.integers(0, 3), st.binary(max_size=20))
def test_heartbeats_before_an_answer_leave_the_answer(beat: bytes, times: int, answer: bytes) -> None:
    left = without(beat, beat * times + answer)
    assert answer.endswith(left)
    if not answer.startswith(beat):
        assert left == answer


def test_another_meter_or_another_count_is_not_what_was_read() -> None:
    one = Evidence(read_at=datetime(2026, 3, 1, tzinfo=UTC), serial="1", purchase_count=3, balance=5)
    assert same_count(one, one.model_copy(update={"balance": 4}))
    assert not same_count(one, one.model_copy(update={"serial": "2"}))
    assert not same_count(one, one.model_copy(update={"purchase_count": 4}))
