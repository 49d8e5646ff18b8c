"""Invite codes as people type them."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kernel.entropy import ALPHABET
from backend.people.binding import allows
from backend.people.inviting import normalised
from backend.people.models import Role

CODES = st.text(ALPHABET, min_size=10, max_size=10)


@given(code=CODES, misread=st.randoms(use_true_random=False))
def test_a_code_survives_every_way_of_typing_it(code: str, misread: Random) -> None:
    swaps = {"0": "0Oo", "1": "1IiLl"}
    typed = "".join(
        misread.choice(swaps.get(sign, sign + sign.lower())) + misread.choice(["", " ", "-"]) for sign in code
    )
    assert normalised(typed) == code


def test_a_code_typed_in_full_width_is_the_same() -> None:
    assert normalised("ＡＢＣ０１－２３４５ｆ") == "ABC012345F"


@given(st.text())
def test_anything_typed_becomes_something_and_stays_so(typed: str) -> None:
    assert normalised(normalised(typed)) == normalised(typed)


@pytest.mark.parametrize("role", Role)
def test_every_role_may_what_a_viewer_may(role: Role) -> None:
    assert allows(role, Role.VIEWER)
    assert allows(Role.OWNER, role)
