"""Sealed secrets open only for their owner, under their key, unchanged."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kernel.sealing import Seal, UnsealError

SEAL = Seal(b"k" * 32)


@given(st.binary(max_size=200), st.text(max_size=20))
def test_what_was_sealed_comes_back(secret: bytes, owner: str) -> None:
    assert SEAL.unseal(SEAL.seal(secret, owner=owner), owner=owner) == secret


@pytest.mark.parametrize("position", [0, 1, 5, 13, 20, -1])
def test_a_changed_byte_is_noticed(position: int) -> None:
    sealed = bytearray(SEAL.seal(b"secret secret", owner="a"))
    sealed[position] ^= 1
    with pytest.raises(UnsealError):
        SEAL.unseal(bytes(sealed), owner="a")


def test_another_owner_or_key_opens_nothing() -> None:
    sealed = SEAL.seal(b"secret", owner="a")
    with pytest.raises(UnsealError):
        SEAL.unseal(sealed, owner="b")
    with pytest.raises(UnsealError):
        Seal(b"x" * 32).unseal(sealed, owner="a")
