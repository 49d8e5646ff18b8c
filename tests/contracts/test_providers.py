"""What every way to pay promises: a new file in backend/payments/providers is tested once it has a stage."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from backend.payments.provider import (
    PaymentState,
    Purchase,
    RefusedError,
    RejectedError,
    RejectReason,
    UnansweredError,
)
from backend.runtime import PROVIDERS
from tests.contracts.provider_stages import STAGES, Stage

NUMBERS = count(1)


@pytest.fixture(scope="module", params=sorted(PROVIDERS))
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The stage of one way to pay; one that has none fails here."""
    folder: Path = tmp_path_factory.mktemp(request.param)
    with STAGES[request.param](folder) as ready:
        yield ready


def purchase(stage: Stage, amount_fen: int = 1250) -> Purchase:
    """Return a purchase nobody announced yet."""
    return Purchase(
        order_no=f"CONTRACT{next(NUMBERS):08}",
        amount_fen=amount_fen,
        description="电费充值",
        openid=stage.openid,
        expires_at=datetime.now(UTC) + timedelta(minutes=30),  # noqa: TID251 the provider's clock is the real one
    )


def announced(stage: Stage) -> Purchase:
    """Return a purchase the provider knows."""
    wanted = purchase(stage)
    stage.provider.prepay(wanted)
    return wanted


def test_every_way_to_pay_has_a_stage() -> None:
    assert sorted(STAGES) == sorted(PROVIDERS)


def test_the_same_purchase_can_be_announced_again(stage: Stage) -> None:
    wanted = purchase(stage)
    assert stage.provider.prepay(wanted)
    assert stage.provider.prepay(wanted)


def test_a_callback_and_a_query_tell_the_same_payment(stage: Stage) -> None:
    wanted = announced(stage)
    assert stage.provider.query(wanted.order_no).state is PaymentState.OPEN
    headers, body = stage.pay(wanted.order_no)
    told = stage.provider.parse_notification(headers, body)
    answer = stage.provider.query(wanted.order_no)
    assert answer.state is PaymentState.PAID
    assert told is not None
    assert answer.payment == told
    assert (told.order_no, told.amount_fen, told.currency) == (wanted.order_no, 1250, "CNY")
    assert told.paid_at.tzinfo is not None


def test_an_order_nobody_announced_is_missing(stage: Stage) -> None:
    assert stage.provider.query("CONTRACTNOBODY").state is PaymentState.MISSING


def test_a_closed_order_stays_closed_and_can_be_closed_again(stage: Stage) -> None:
    wanted = announced(stage)
    assert stage.provider.close(wanted.order_no) is PaymentState.CLOSED
    assert stage.provider.close(wanted.order_no) is PaymentState.CLOSED
    assert stage.provider.query(wanted.order_no).state is PaymentState.CLOSED
    with pytest.raises(RefusedError):
        stage.provider.prepay(wanted)


def test_closing_a_paid_order_says_that_it_is_paid(stage: Stage) -> None:
    wanted = announced(stage)
    stage.pay(wanted.order_no)
    assert stage.provider.close(wanted.order_no) is PaymentState.PAID


@pytest.mark.parametrize(
    ("flaw", "reason"),
    [
        ("forge", RejectReason.NOT_AUTHENTIC),
        ("garbled", RejectReason.NOT_AUTHENTIC),
        ("old", RejectReason.STALE),
    ],
)
def test_what_is_not_authentic_or_too_old_is_not_believed(stage: Stage, flaw: str, reason: RejectReason) -> None:
    wanted = announced(stage)
    headers, body = stage.spoil(wanted.order_no, flaw)
    with pytest.raises(RejectedError) as rejected:
        stage.provider.parse_notification(headers, body)
    assert rejected.value.reason is reason
    assert rejected.value.order_no == (wanted.order_no if reason is RejectReason.STALE else None)


@pytest.mark.parametrize("how", ["fail", "probe"])
def test_an_answer_that_cannot_be_believed_says_nothing(stage: Stage, how: str) -> None:
    wanted = announced(stage)
    stage.upset(how)
    with pytest.raises(UnansweredError):
        stage.provider.query(wanted.order_no)
    assert stage.provider.query(wanted.order_no).state is PaymentState.OPEN
