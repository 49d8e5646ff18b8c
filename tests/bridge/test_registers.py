"""Values in registers, there and back."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meter_bridge.dlt645_values import number_in
from meter_bridge.profile import load_profiles
from meter_bridge.profile_model import POLLED, Hole, Poll, Quantity, Register
from meter_bridge.read_plan import Span, groups_of, spans, spans_of
from meter_bridge.registers import RegisterError, RegisterType, Shape, WordOrder

PROFILES = load_profiles()


def shape(kind: str, **keys: Any) -> Shape:
    return Shape.model_validate({"type": kind, **keys})


@pytest.mark.parametrize(
    ("made", "value", "words"),
    [
        (shape("u16"), 65_535, [0xFFFF]),
        (shape("i16"), -2, [0xFFFE]),
        (shape("u32"), 0x12345678, [0x1234, 0x5678]),
        (shape("u32", order="low_first"), 0x12345678, [0x5678, 0x1234]),
        (shape("i32"), -1, [0xFFFF, 0xFFFF]),
        (shape("u64"), 1, [0, 0, 0, 1]),
        (shape("bcd", words=2), 123_456, [0x0012, 0x3456]),
        (shape("bcd", words=2, multiply=10), 1_234_560, [0x0012, 0x3456]),
        (shape("bcd", words=2, multiply=10, signed=True), -1_234_560, [0x8012, 0x3456]),
        (shape("bcd", words=2, signed=True), 123_456, [0x0012, 0x3456]),
        (shape("bcd", words=2, order="low_first"), 123_456, [0x3456, 0x0012]),
        (shape("ascii", words=2), 42, [0x3030, 0x3432]),
        (shape("u32", multiply=10), 1_230, [0, 123]),
        (shape("u32", divide=100), 5, [0, 500]),
    ],
)
def test_a_number_lies_where_it_should(made: Shape, value: int, words: list[int]) -> None:
    if made.type is not RegisterType.ASCII:
        assert made.registers(value) == words
    assert made.number(words) == value


@pytest.mark.parametrize(
    ("made", "text", "words"),
    [
        (shape("bcd", words=3), "000012345678", [0x0000, 0x1234, 0x5678]),
        (shape("ascii", words=3), "AB-1", [0x4142, 0x2D31, 0x0000]),
        (shape("u32"), "77", [0, 77]),
    ],
)
def test_a_text_keeps_its_zeros(made: Shape, text: str, words: list[int]) -> None:
    assert made.registers(text) == words
    assert made.text(words) == text


@pytest.mark.parametrize(
    ("made", "value"),
    [
        (shape("u16"), 65_536), (shape("u16"), -1), (shape("i32"), 2**31), (shape("u32", multiply=10), 5),
        (shape("bcd", words=1), 10_000), (shape("bcd", words=1), -1), (shape("bcd", words=1, signed=True), 8_000),
        (shape("ascii", words=1), "abc"), (shape("u16"), "x"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(made: Shape, value: int | str) -> None:
    with pytest.raises(RegisterError):
        made.registers(value)


def test_what_is_no_such_value_is_refused() -> None:
    with pytest.raises(RegisterError):
        shape("bcd", words=1).number([0x00FA])
    with pytest.raises(RegisterError):
        shape("bcd", words=1).text([0x00FA])
    with pytest.raises(RegisterError):
        shape("u32").number([1])


@given(st.integers(-(2**31), 2**31 - 1), st.sampled_from(WordOrder))
def test_there_and_back(value: int, order: WordOrder) -> None:
    made = shape("i32", order=order)
    assert made.number(made.registers(value)) == value


def test_frames_read_through_small_gaps_only() -> None:
    registers = [
        Register.model_validate({"address": address, "type": "u16", "source": "here"})
        for address in (100, 0, 3, 19, 36, 220)
    ]
    assert spans(registers) == [Span(0, 20), Span(36, 1), Span(100, 1), Span(220, 1)]
    close = [registers[0].model_copy(update={"address": address}) for address in range(0, 140, 14)]
    assert spans(close) == [Span(0, 113), Span(126, 1)]


@pytest.mark.parametrize(
    ("first", "last", "frames"),
    [
        (2, 4, [Span(0, 2), Span(8, 2)]),
        (2, 2, [Span(0, 2), Span(8, 2)]),
        (7, 7, [Span(0, 2), Span(8, 2)]),
        (10, 20, [Span(0, 10)]),
    ],
)
def test_no_frame_goes_through_a_hole(first: int, last: int, frames: list[Span]) -> None:
    registers = [Register(address=address, type=RegisterType.U32, source="test") for address in (0, 8)]
    assert spans(registers, [Hole(first=first, last=last, source="test")]) == frames


@pytest.mark.parametrize("code", sorted(PROFILES))
def test_groups_share_all_that_is_read_and_only_the_serial_number_is_in_each(code: str) -> None:
    profile = PROFILES[code]
    groups = groups_of(profile)
    told = POLLED & frozenset(profile.registers)
    serial = told & {Quantity.SERIAL}
    assert groups.of(slot=True, rarely=True) == told
    assert groups.often & groups.slot == groups.often & groups.rarely == serial
    assert groups.slot & groups.rarely == serial | told & {Quantity.ENERGY_WH}  # beside the load
    assert {Quantity.ENERGY_WH, Quantity.VOLUME_L} & groups.slot
    assert Quantity.SUPPLY in groups.often
    assert len(groups.probe) == 1


def test_a_profile_says_what_is_read_at_another_pace() -> None:
    profile = PROFILES["reference_cas"]
    poll = Poll(often=frozenset([Quantity.ENERGY_WH]), rarely=frozenset([Quantity.CUMULATIVE]))
    groups = groups_of(profile.model_copy(update={"poll": poll}))
    assert Quantity.ENERGY_WH in groups.often - groups.slot
    assert Quantity.CUMULATIVE in groups.rarely - groups.often


def test_credit_and_state_are_read_in_fewer_bytes_than_all() -> None:
    profile = PROFILES["acrel_ddsy1352"]
    few, all_of_it = (spans_of(profile, wanted) for wanted in (groups_of(profile).often, POLLED))
    assert sum(span.count for span in few) < sum(span.count for span in all_of_it)


def test_a_ratio_is_applied_before_anything_is_rounded() -> None:
    assert shape("u16", divide=100).number([150], 40) == 60
    assert shape("i16", divide=10).number([0xFFF1], 3) == -5
    assert shape("u16", bit=3).number([0b1000], 40) == 1
    assert number_in(Shape(type=RegisterType.BCD, octets=2, divide=100), (0x0150).to_bytes(2, "little"), 40) == 60
