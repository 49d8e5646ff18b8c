"""What the timeline says, from rows alone."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from backend.accounts.models import Billing
from backend.metering.command_models import MeterCommand
from backend.metering.models import MeterStatus
from backend.vending.models import CreditOrder, OrderState
from meter_bridge.protocol import CommandState, SupplyState
from miniprogram_api.timeline import Progress, can_pay, message_of, steps_of

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    """Return an instant relative to now."""
    return NOW + timedelta(seconds=seconds)


def progress(
    state: OrderState,
    command: CommandState | None = None,
    *,
    billing: Billing = Billing.METER,
    status: MeterStatus | None = None,
    after: dict[str, Any] | None = None,
    frozen: bool = False,
    paid: float = -10,
) -> Progress:
    """Return an order of a minute ago in this state."""
    paid_at = at(paid) if state in (OrderState.PAID, OrderState.CREDITED) else None
    order = CreditOrder(state=state, placed_at=at(-60), expires_at=at(60), paid_at=paid_at)
    order.credited_at = at(-5) if state is OrderState.CREDITED else None
    order.closed_at = at(-5) if state is OrderState.CLOSED else None
    sent = at(-8) if command not in (None, CommandState.QUEUED) else None
    row = MeterCommand(state=command, sent_at=sent, after=after) if command else None
    return Progress(order, row, status, billing, frozen, NOW, timedelta(seconds=120))


def way(told: Progress) -> str:
    """Return the steps in short: upper case is done."""
    return " ".join(step.step.value.upper() if step.done else step.step.value for step in steps_of(told))


@pytest.mark.parametrize(
    ("told", "steps", "message"),
    [
        (progress(OrderState.PLACED), "PLACED paid sent confirmed supply_on", "waiting_for_payment"),
        (progress(OrderState.CLOSED), "PLACED CLOSED", "closed"),
        (progress(OrderState.PAID), "PLACED PAID sent confirmed supply_on", "on_the_way"),
        (progress(OrderState.PAID, CommandState.QUEUED), "PLACED PAID sent confirmed supply_on", "on_the_way"),
        (progress(OrderState.PAID, CommandState.LEASED), "PLACED PAID sent confirmed supply_on", "on_the_way"),
        (progress(OrderState.PAID, CommandState.SENDING), "PLACED PAID SENT confirmed supply_on", "on_the_way"),
        (progress(OrderState.PAID, CommandState.UNKNOWN), "PLACED PAID SENT confirmed supply_on", "checking"),
        (progress(OrderState.PAID, CommandState.UNKNOWN, paid=-121), "PLACED PAID SENT confirmed supply_on", "late"),
        (progress(OrderState.PAID, CommandState.QUEUED, paid=-121), "PLACED PAID sent confirmed supply_on", "late"),
        (progress(OrderState.PAID, CommandState.HELD, paid=-121), "PLACED PAID SENT confirmed supply_on", "held"),
        (progress(OrderState.PAID, CommandState.QUEUED, frozen=True), "PLACED PAID sent confirmed supply_on", "held"),
        (progress(OrderState.PAID, CommandState.REFUSED), "PLACED PAID SENT confirmed supply_on", "refused"),
        (progress(OrderState.CREDITED, CommandState.CONFIRMED), "PLACED PAID SENT CONFIRMED supply_on", "credited"),
        (progress(OrderState.CREDITED, billing=Billing.PLATFORM), "PLACED PAID CONFIRMED supply_on", "credited"),
    ],
)
def test_each_state_has_its_way_and_its_word(told: Progress, steps: str, message: str) -> None:
    assert (way(told), message_of(told).value) == (steps, message)


def test_an_unpaid_order_ends_by_itself() -> None:
    told = progress(OrderState.PLACED)
    assert can_pay(told)
    told.order.expires_at = NOW
    assert (can_pay(told), message_of(told).value) == (False, "expired")


@pytest.mark.parametrize(
    ("read_at", "supply", "on", "message"),
    [
        (-6, SupplyState.CLOSED, False, "credited"),  # read before the credit: says nothing of afterwards
        (-5, SupplyState.CLOSED, True, "credited"),
        (-1, SupplyState.OPEN, False, "supply_off"),
        (-1, None, False, "credited"),
    ],
)
def test_supply_is_on_only_when_the_meter_said_so_after_the_credit(
    read_at: float, supply: SupplyState | None, on: bool, message: str
) -> None:
    status = MeterStatus(read_at=at(read_at), supply=supply)
    told = progress(OrderState.CREDITED, CommandState.CONFIRMED, status=status)
    assert (steps_of(told)[-1].done, message_of(told).value) == (on, message)


def test_the_read_back_of_the_credit_is_word_enough() -> None:
    after = {"supply": "closed", "read_at": at(-6).isoformat()}
    step = steps_of(progress(OrderState.CREDITED, CommandState.CONFIRMED, after=after))[-1]
    assert (step.done, step.at) == (True, at(-5))  # told no earlier than the credit it came with


def test_a_later_poll_beats_the_read_back() -> None:
    after = {"supply": "closed", "read_at": at(-6).isoformat()}
    status = MeterStatus(read_at=at(-1), supply=SupplyState.OPEN)
    told = progress(OrderState.CREDITED, CommandState.CONFIRMED, after=after, status=status)
    assert message_of(told).value == "supply_off"


def test_a_later_poll_moves_no_time_that_the_read_back_told() -> None:
    after = {"supply": "closed", "read_at": at(-5).isoformat()}
    status = MeterStatus(read_at=at(3600), supply=SupplyState.CLOSED)
    told = progress(OrderState.CREDITED, CommandState.CONFIRMED, after=after, status=status)
    assert steps_of(told)[-1].at == at(-5)


def test_credit_that_was_used_up_later_did_arrive() -> None:
    status = MeterStatus(read_at=at(3600), supply=SupplyState.OPEN)
    told = progress(OrderState.CREDITED, CommandState.CONFIRMED, status=status)
    assert message_of(told).value == "credited"


def test_no_step_is_told_earlier_than_the_one_before() -> None:
    told = progress(OrderState.CREDITED, CommandState.CONFIRMED, paid=-60.4)  # the provider tells whole seconds
    times = [step.at for step in steps_of(told) if step.at is not None]
    assert times == sorted(times)
    assert times[:2] == [at(-60), at(-60)]
