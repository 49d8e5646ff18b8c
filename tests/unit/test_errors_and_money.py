"""Small promises of the kernel."""

from datetime import UTC, datetime

import pytest

from backend.kernel.entropy import Entropy, fingerprint
from backend.kernel.errors import NotFoundError, language_of
from backend.kernel.logs import mask
from backend.kernel.money import yuan


@pytest.mark.parametrize(("fen", "text"), [(0, "0.00"), (5, "0.05"), (-120, "-1.20"), (123_456_789, "1,234,567.89")])
def test_fen_are_written_as_yuan(fen: int, text: str) -> None:
    assert yuan(fen) == text


@pytest.mark.parametrize(
    ("header", "language"), [(None, "zh"), ("", "zh"), ("en-GB,zh;q=0.5", "en"), ("zh-CN,en", "zh"), ("fr", "zh")]
)
def test_the_first_language_asked_for_decides_and_chinese_is_the_default(header: str | None, language: str) -> None:
    assert language_of(header) == language


def test_an_error_speaks_both_languages() -> None:
    assert NotFoundError().sentence("zh") != NotFoundError().sentence("en")


def test_order_numbers_fit_the_provider_and_carry_the_local_date() -> None:
    late = datetime(2026, 12, 31, 16, 30, tzinfo=UTC)
    number = Entropy().order_no(late)
    assert number.startswith("20270101")
    assert len(number) == 24
    assert number.isalnum()


def test_the_same_bytes_make_the_same_identifiers() -> None:
    assert Entropy(lambda n: b"\x07" * n).reference() == "7" * 26
    assert fingerprint("a") == fingerprint("a") != fingerprint("b")


def test_secrets_and_personal_fields_never_reach_a_log_line() -> None:
    line = mask(None, "info", {"event": "x", "openid": "o1", "access_token": "t", "phone": "13800000000", "code": "ok"})
    assert line == {"event": "x", "openid": "***", "access_token": "***", "phone": "***", "code": "ok"}
