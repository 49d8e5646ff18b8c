"""DL/T 645-2007: frames there and back, whatever comes over the wire, and what the driver makes of a no."""

import asyncio
from datetime import datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from meter_bridge import dlt645
from meter_bridge.answers import Fit, Fits
from meter_bridge.clock import SystemClock
from meter_bridge.dlt645 import Dlt645Error, Frame
from meter_bridge.dlt645_clock import set_clocks
from meter_bridge.dlt645_values import data_of, number_in, size_of
from meter_bridge.drivers.dlt645 import Dlt645Driver
from meter_bridge.line import LineError, LinePlace, MeterExceptionError, OpaqueLineError, line_kinds, tcp_wire
from meter_bridge.profile import load_profiles
from meter_bridge.protocol import CommandKind, MeterPlace
from meter_bridge.registers import Shape
from tests.contracts.bridge_bench import UNIT, on_a_line

CODE = "dlt645_2007"
ADDRESSES = st.text("0123456789", min_size=12, max_size=12)
FRAMES = st.builds(Frame, ADDRESSES, st.integers(0, 255), st.binary(max_size=200))


def test_a_frame_of_the_standard_is_read() -> None:
    """The example every manual prints: read the total energy of meter 000000000001."""
    raw = bytes.fromhex("fefefefe 68 010000000000 68 11 04 33333333 b2 16")
    assert dlt645.decoded(raw) == Frame("000000000001", 0x11, bytes(4))
    assert dlt645.encoded(Frame("000000000001", 0x11, bytes(4))) == raw
    assert dlt645.size_of(raw) == len(raw)


@given(FRAMES)
def test_a_frame_comes_back_as_it_went(frame: Frame) -> None:
    raw = dlt645.encoded(frame)
    assert dlt645.decoded(raw) == frame
    assert dlt645.size_of(raw) == len(raw)


@given(FRAMES, st.integers(0, 10_000), st.integers(1, 255))
def test_no_changed_byte_goes_unnoticed(frame: Frame, place: int, flip: int) -> None:
    """One byte at a time: a sum of bytes cannot see more."""
    raw = bytearray(dlt645.encoded(frame))
    at = 4 + place % (len(raw) - 4)
    raw[at] ^= flip
    try:
        assert dlt645.decoded(bytes(raw)) != frame
    except Dlt645Error:
        return


@given(st.binary(max_size=300))
@example(b"\xfe\xfe\xfe\xfe")
@example(b"\xfe\x68")
def test_whatever_comes_is_a_frame_or_an_error(raw: bytes) -> None:
    asked = dlt645.encoded(Frame("000000000001", dlt645.READ, bytes(4)))
    assert dlt645.fit(asked, raw) in Fit
    try:
        frame = dlt645.decoded(raw)
    except Dlt645Error:
        return
    assert dlt645.decoded(dlt645.encoded(frame)) == frame


@given(ADDRESSES, st.binary(min_size=4, max_size=4), st.binary(max_size=8))
def test_an_answer_is_wanted_until_it_is_whole(address: str, identifier: bytes, value: bytes) -> None:
    asked = dlt645.encoded(Frame(address, dlt645.READ, identifier))
    good = dlt645.encoded(Frame(address, dlt645.READ | dlt645.ANSWER, identifier + value))
    fits = [dlt645.fit(asked, good[:n]) for n in range(len(good) + 1)]
    assert fits == [Fit.MORE] * len(good) + [Fit.WHOLE]
    assert dlt645.fit(asked, good + b"\x00") is Fit.WRONG


@pytest.mark.parametrize(
    "other",
    [
        Frame("000000000002", 0x91, bytes(8)),
        Frame("000000000001", 0x94, bytes(8)),
        Frame("000000000001", 0x11, bytes(4)),
        Frame("000000000001", 0x91, b"\x01" + bytes(7)),
    ],
)
def test_the_answer_to_something_else_is_wrong(other: Frame) -> None:
    asked = dlt645.encoded(Frame("000000000001", dlt645.READ, bytes(4)))
    assert dlt645.fit(asked, dlt645.encoded(other)) is Fit.WRONG
    assert dlt645.fit(asked, dlt645.encoded(Frame("000000000001", 0xD1, b"\x02"))) is Fit.WHOLE


@given(st.integers(1, 8).flatmap(lambda size: st.tuples(st.just(size), st.integers(0, 10 ** (2 * size) - 1))))
def test_bcd_comes_back_as_it_went(given_: tuple[int, int]) -> None:
    size, value = given_
    assert dlt645.number_from(dlt645.number_to(value, size)) == value


@given(st.integers(-799_999, 799_999))
def test_signed_bcd_comes_back_as_it_went(value: int) -> None:
    assert dlt645.number_from(dlt645.number_to(value, 3, signed=True), signed=True) == value


@pytest.mark.parametrize(("value", "size"), [(100, 1), (-1, 2), (10_000, 2)])
def test_a_number_that_does_not_fit_is_refused(value: int, size: int) -> None:
    with pytest.raises(Dlt645Error):
        dlt645.number_to(value, size)


@pytest.mark.parametrize("address", ["1", "00000000000A", "0000000000012", "٠" * 12])
def test_an_address_has_twelve_digits(address: str) -> None:
    with pytest.raises(Dlt645Error):
        dlt645.encoded(Frame(address, dlt645.READ))


@given(st.sampled_from(list(load_profiles()[CODE].registers.values())), st.integers(0, 7_999))
def test_a_value_of_the_profile_comes_back_in_whole_steps(shape: Shape, value: int) -> None:
    value = value % 2 if shape.bit is not None else value // shape.multiply * shape.multiply
    data = data_of(shape, value)
    assert len(data) == size_of(shape)
    assert 0 <= value - number_in(shape, data) < shape.divide


def test_a_clock_is_told_from_the_second_up() -> None:
    assert dlt645.clock_data(datetime(2026, 11, 22, 16, 5, 9)).hex() == "090516221126"  # noqa: DTZ001 -- wall clock


def test_clocks_are_set_for_a_whole_line_and_nobody_answers() -> None:
    async def story() -> None:
        async with on_a_line("rtu_over_tcp", CODE) as (_, line, driver):
            await set_clocks(line, SystemClock().now())
            assert (await driver.evidence()).serial == f"{UNIT:012}"

    asyncio.run(story())


def test_a_no_says_why_and_a_wrong_password_switches_nothing() -> None:
    async def story() -> None:
        async with on_a_line("rtu_over_tcp", CODE) as (park, line, driver):
            await line.ready()
            with pytest.raises(MeterExceptionError, match="count") as raised:
                await driver.top_up(500, 5)
            assert raised.value.refused
            profile = load_profiles()[CODE]
            other = profile.model_copy(update={"access": profile.access.model_copy(update={"password": "123456"})})
            place = MeterPlace(meter="0" * 26, unit=UNIT, serial=f"{UNIT:012}", profile=CODE, poll_seconds=60)
            with pytest.raises(MeterExceptionError, match="password"):
                await Dlt645Driver(line, place, other, SystemClock()).order(CommandKind.OPEN_BREAKER)
            assert park.meter(UNIT).closed

    asyncio.run(story())


def test_debt_is_shown_apart_and_lowers_the_balance() -> None:
    async def story() -> None:
        async with on_a_line("rtu_over_tcp", CODE) as (park, _, driver):
            park.meter(UNIT).wallet.balance = -1_234
            assert (await driver.evidence()).balance == -1_234

    asyncio.run(story())


def test_a_purchase_between_two_values_makes_the_reading_worthless() -> None:
    async def story() -> None:
        async with on_a_line("rtu_over_tcp", CODE) as (park, line, driver):
            asked = 0
            ask = line.ask

            async def meddled(request: bytes, fits: Fits) -> bytes:
                nonlocal asked
                asked += 1
                if asked == 3:
                    park.meter(UNIT).wallet.add(5)
                return await ask(request, fits)

            line.ask = meddled  # type: ignore[method-assign]
            with pytest.raises(LineError, match="moved"):
                await driver.evidence()

    asyncio.run(story())


def test_a_line_that_carries_modbus_only_sends_nothing() -> None:
    async def story() -> None:
        async with on_a_line("modbus_tcp", "reference_cas") as (park, line, _):
            with pytest.raises(OpaqueLineError):
                await line.ask(b"\xfe", dlt645.fit)
            with pytest.raises(OpaqueLineError):
                await line.shout(b"\xfe")
            assert park.meter(UNIT).closed

    asyncio.run(story())


def test_a_serial_that_is_no_address_sends_nothing() -> None:
    async def story() -> None:
        line = line_kinds()["rtu_over_tcp"].open(LinePlace("127.0.0.1", 1, 0.1, 0), tcp_wire, SystemClock())
        place = MeterPlace(meter="0" * 26, unit=1, serial="AB-12", profile=CODE, poll_seconds=60)
        with pytest.raises(OpaqueLineError):
            await Dlt645Driver(line, place, load_profiles()[CODE], SystemClock()).evidence(1)

    asyncio.run(story())
