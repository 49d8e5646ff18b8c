"""Floors in order, and credit codes whose check sign fits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.estate.credit_code import ALPHABET, check_sign, is_credit_code, normalised_code
from backend.estate.floors import floor_rank
from backend.estate.holder_errors import PhoneUnfitError
from backend.estate.holders import plain_phone
from backend.kernel.masking import masked_facts, masked_name, masked_phone

REAL = ("91110000802100433B", "91440300708461136T", "914403001922038216", "91110108551385082Q")
FIRST = st.text(ALPHABET, min_size=17, max_size=17)


@pytest.mark.parametrize("code", REAL)
def test_codes_of_known_companies_fit(code: str) -> None:
    assert is_credit_code(code)


@given(FIRST, st.integers(0, 16), st.sampled_from(ALPHABET))
def test_one_mistyped_sign_is_always_noticed(first: str, place: int, other: str) -> None:
    code = first + check_sign(first)
    assert is_credit_code(code)
    typed = code[:place] + other + code[place + 1 :]
    assert is_credit_code(typed) == (typed == code)


@given(FIRST, st.integers(0, 15))
def test_two_signs_that_changed_places_are_noticed(first: str, place: int) -> None:
    code = first + check_sign(first)
    typed = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert is_credit_code(typed) == (typed == code)


@pytest.mark.parametrize(
    "typed", ["", "9111000080210043", "91110000802100433b", "９1110000802100433B", "91110000802100433O"]
)
def test_what_is_no_code_is_none(typed: str) -> None:
    assert not is_credit_code(typed)


def test_a_typed_code_is_read_without_spaces_hyphens_and_case() -> None:
    assert normalised_code(" 9111 0000-80210 0433b ") == REAL[0]


def test_floors_stand_as_the_building_does() -> None:
    assert sorted(["10", "2层", "B1", "负2层", "1F", "屋顶"], key=floor_rank) == [
        "负2层",
        "B1",
        "屋顶",
        "1F",
        "2层",
        "10",
    ]


@pytest.mark.parametrize(
    ("typed", "plain"),
    [("138 1234 5678", "13812345678"), ("+86-13812345678", "13812345678"), ("(0571) 8888-9999", "057188889999")],
)
def test_telephone_numbers_are_kept_plain(typed: str, plain: str) -> None:
    assert plain_phone(typed) == plain


@pytest.mark.parametrize("typed", ["", "123", "call me", "1" * 21, "138;DROP"])
def test_what_is_no_telephone_number_is_refused(typed: str) -> None:
    with pytest.raises(PhoneUnfitError):
        plain_phone(typed)


def test_personal_fields_are_masked_wherever_facts_are_kept() -> None:
    assert (masked_phone("13812345678"), masked_phone("12345"), masked_phone(None)) == ("138****5678", "***", "")
    assert (masked_name("张三丰"), masked_name("")) == ("张**", "")
    facts = {"phone": "13812345678", "contact_name": "张三丰", "amount_fen": 100, "openid": None, "bank_account": "62"}
    assert masked_facts(facts) == {
        "phone": "138****5678",
        "contact_name": "***",
        "amount_fen": 100,
        "openid": None,
        "bank_account": "***",
    }
