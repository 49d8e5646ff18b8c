"""Typed fields of template messages: cut to what WeChat takes, or refused before anything is sent."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.notices.fields import FieldError, typed
from sandbox.refusals import ApiRefusal
from sandbox.template_fields import check_fields


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("thing1", "A座 301", "A座 301"),
        ("thing12", "锦程科技园国际创新中心东区一号楼A座三层301室", "…国际创新中心东区一号楼A座三层301室"),
        ("thing1", " two\nlines ", "two lines"),
        ("character_string2", "D000301", "D000301"),
        ("amount3", 123456, "1234.56元"),
        ("amount3", 0, "0.00元"),
        ("amount3", -5, "-0.05元"),
        ("time4", "2026-11-22T21:05:04+08:00", "2026年11月22日 21:05"),
        ("phrase5", "余额不足提醒", "余额不足提"),
    ],
)
def test_a_value_is_said_as_its_field_takes_it(key: str, value: Any, said: str) -> None:
    assert typed(key, value) == said
    check_fields({key: {"value": said}})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("thing1", ""),
        ("thing1", None),
        ("thing", "x"),
        ("first1", "x"),
        ("character_string2", "表一"),
        ("character_string2", "x" * 33),
        ("amount3", "12"),
        ("amount3", 10**12),
        ("time4", "soon"),
        ("phrase5", "abc"),
    ],
)
def test_what_a_field_cannot_take_is_refused(key: str, value: Any) -> None:
    with pytest.raises(FieldError):
        typed(key, value)


@given(st.sampled_from(["thing1", "character_string1", "phrase1"]), st.text(max_size=60))
def test_whatever_is_let_through_wechat_takes(key: str, value: str) -> None:
    try:
        said = typed(key, value)
    except FieldError:
        return
    try:
        check_fields({key: {"value": said}})
    except ApiRefusal as refused:
        raise AssertionError(said) from refused
