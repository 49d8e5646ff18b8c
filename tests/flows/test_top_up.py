"""From a payment to credit in a meter and back, on real parts, whatever is lost on the way."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from backend.accounts.ledger import balances_by_kind
from backend.accounts.models import LedgerKind
from backend.kernel.outbox import Event
from backend.metering.models import Line, Meter, MeterStatus
from backend.vending.crediting import send_again
from backend.vending.models import OrderState
from meter_bridge.protocol import CommandState, SupplyState
from tests.flows.chain import START_FEN, Chain, running_chain
from tests.flows.conftest import World


@pytest.fixture
def time_scale() -> float:
    """Leases and waits are twenty times shorter than the rules say."""
    return 20.0


@pytest.fixture
def chain(world: World, tmp_path: Path) -> Iterator[Chain]:
    """The running chain with one bridge."""
    with running_chain(world, tmp_path) as running:
        yield running


@pytest.fixture
def quiet_chain(world: World, tmp_path: Path) -> Iterator[Chain]:
    """The running chain with no bridge yet."""
    with running_chain(world, tmp_path, bridge=False) as running:
        yield running


def held(chain: Chain) -> dict[LedgerKind, int]:
    """Return what each kind of ledger account holds, without the empty ones."""
    with chain.world.runtime.database.transaction() as session:
        kinds = balances_by_kind(session, organisation_id=chain.world.park.organisation.id)
    return {kind: fen for kind, fen in kinds.items() if fen}


def purchases(chain: Chain, unit: int = 1) -> tuple[int, int]:
    """Return a meter's own count of purchases and their sum."""
    meter = chain.meters.meter(unit)
    return meter.wallet.purchase_count, meter.wallet.cumulative


def test_a_payment_becomes_credit_in_the_meter_and_each_step_is_told(chain: Chain) -> None:
    order = chain.credited(chain.buy(5000))
    command = chain.command(order.order_no)
    assert (command.state, command.purchase_no, command.amount) == (CommandState.CONFIRMED, 1, 5000)
    assert purchases(chain) == (1, 5000)
    assert held(chain) == {LedgerKind.CLEARING: -5000, LedgerKind.IN_METER: 5000}
    assert order.paid_at is not None
    assert command.sent_at is not None
    assert command.settled_at is not None
    assert order.placed_at <= command.queued_at <= command.sent_at <= command.settled_at
    with chain.world.runtime.database.transaction() as session:
        topics = set(session.scalars(select(Event.topic)))
        status = session.scalars(select(MeterStatus).filter_by(meter_id=order.meter_id)).one()
    assert {"order_paid", "command_confirmed", "order_credited"} <= topics
    assert status.balance is not None
    assert START_FEN + 5000 - 5 <= status.balance <= START_FEN + 5000
    assert status.supply is SupplyState.CLOSED


def test_the_request_id_of_the_tap_travels_to_the_meter_and_back(chain: Chain) -> None:
    order = chain.credited(chain.buy(tap="traced"))
    command = chain.command(order.order_no)
    assert command.request_id == "request-traced"
    assert command.signed is not None
    assert "request-traced" in command.signed["payload"]


@pytest.mark.parametrize(
    "kind", ["drop_request", "drop_reply", "duplicate_request", "garble", "wrong_unit", "delay_reply"]
)
def test_whatever_happens_to_the_write_the_meter_is_credited_exactly_once(chain: Chain, kind: str) -> None:
    chain.meters.fault(kind, unit=1, on="write", seconds=0.3)
    chain.credited(chain.buy())
    assert purchases(chain) == (1, 5000)
    assert held(chain) == {LedgerKind.CLEARING: -5000, LedgerKind.IN_METER: 5000}


def test_power_lost_between_write_and_reply_is_read_back_not_written_again(chain: Chain) -> None:
    chain.meters.fault("power_loss", unit=1, on="write", seconds=0.5)
    chain.credited(chain.buy())
    assert purchases(chain) == (1, 5000)


def test_a_meter_that_adds_blindly_is_written_once_and_doubt_waits_for_a_person(chain: Chain) -> None:
    chain.meters.fault("drop_request", unit=2, on="write")
    order_no = chain.buy(metered=chain.world.park.blind)
    chain.wait_for(lambda: chain.command(order_no).state is CommandState.HELD, "the command held")
    assert chain.state(order_no) is OrderState.PAID
    assert purchases(chain, 2)[1] == 0
    assert held(chain) == {LedgerKind.CLEARING: -5000, LedgerKind.IN_TRANSIT: 5000}
    with chain.world.runtime.database.transaction() as session:
        assert "command_held" in set(session.scalars(select(Event.topic)))


@pytest.mark.parametrize("kind", ["drop_reply", "power_loss"])
def test_a_blind_meter_whose_balance_proves_the_write_is_confirmed(chain: Chain, kind: str) -> None:
    chain.meters.fault(kind, unit=2, on="write", seconds=0.3)
    chain.credited(chain.buy(metered=chain.world.park.blind))
    assert purchases(chain, 2)[1] == 5000


def test_power_comes_back_by_itself_when_a_platform_wallet_is_filled(chain: Chain) -> None:
    relay = chain.world.park.relay

    def supply() -> SupplyState | None:
        with chain.world.runtime.database.transaction() as session:
            return session.scalar(select(MeterStatus.supply).filter_by(meter_id=relay.meter.id))

    chain.meters.meter(3).switch.ordered_open = True
    chain.wait_for(lambda: supply() is SupplyState.OPEN, "the open breaker seen")
    chain.credited(chain.buy(metered=relay))
    chain.wait_for(lambda: supply() is SupplyState.CLOSED, "the breaker closed again")


def test_money_waits_for_a_meter_that_is_silent_and_goes_at_first_contact(chain: Chain) -> None:
    chain.meters.fault("drop_request", unit=1, times=0)
    order_no = chain.buy()
    chain.wait_for(lambda: chain.command(order_no).attempts > 0, "an attempt in vain")
    assert chain.state(order_no) is OrderState.PAID
    chain.meters.site.faults.clear()
    chain.credited(order_no)
    assert purchases(chain) == (1, 5000)


def test_a_write_by_somebody_else_freezes_the_meter_and_money_waits(chain: Chain) -> None:
    chain.credited(chain.buy(tap="a"))
    meter = chain.meters.meter(1)
    meter.wallet.purchase_count += 1
    order_no = chain.buy(tap="b")
    chain.wait_for(lambda: chain.command(order_no).state is CommandState.HELD, "the command held")
    with chain.world.runtime.database.transaction() as session:
        assert session.get_one(Meter, chain.world.park.counting.meter.id).frozen_reason is not None


def test_a_bridge_struck_down_at_any_moment_loses_and_doubles_nothing(chain: Chain) -> None:
    numbers = []
    for round_ in range(4):
        numbers.append(chain.buy(1000 + round_, tap=f"t{round_}"))
        chain.world.runtime.clock.sleep(0.05 * round_)
        chain.bridges[-1].strike()
        chain.start_bridge()
    for order_no in numbers:
        chain.credited(order_no)
    assert purchases(chain) == (4, sum(1000 + r for r in range(4)))


def fence(chain: Chain) -> int:
    """Return how often the line was taken."""
    with chain.world.runtime.database.transaction() as session:
        return session.scalars(select(Line.fence)).one()


def test_two_bridges_and_callbacks_told_again_behave_as_one_and_one_takes_over_from_the_other(chain: Chain) -> None:
    chain.wait_for(lambda: fence(chain) == 1, "the first bridge holding the line")
    chain.start_bridge("two")
    numbers = [chain.buy(1000 + i, tap=f"t{i}") for i in range(4)]
    for order_no in numbers:
        chain.world.pay(order_no, mode="again", copies=4)
    chain.bridges[0].strike()
    numbers.append(chain.buy(1004, tap="t4"))
    for order_no in numbers:
        chain.credited(order_no)
    assert purchases(chain) == (5, sum(1000 + i for i in range(5)))
    assert fence(chain) >= 2


def test_a_refused_amount_leaves_the_money_refundable_and_can_be_sent_again(quiet_chain: Chain) -> None:
    chain = quiet_chain
    chain.meters.fault("exception", unit=1, on="write", times=3, code=3)
    chain.start_bridge()
    order_no = chain.buy()
    chain.wait_for(
        lambda: chain.state(order_no) and chain.command(order_no).state is CommandState.REFUSED, "the meter's refusal"
    )
    assert held(chain) == {LedgerKind.CLEARING: -5000, LedgerKind.REFUNDABLE: 5000}
    with chain.world.runtime.database.transaction() as session:
        order = session.merge(chain.world.order(order_no))
        send_again(session, order=order, request_id="again")
    chain.credited(order_no)
    assert purchases(chain) == (1, 5000)
