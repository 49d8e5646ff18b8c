"""From a wish to a paid order, over the real SDK, the real callback and the real database."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import requests
from sqlalchemy import func, select, update
from structlog.testing import capture_logs

from backend import checkout
from backend.accounts.ledger import balance, balances_by_kind
from backend.accounts.models import Account, LedgerKind, LedgerTransfer
from backend.jobs import drains, payments
from backend.kernel.errors import ProviderUnreachableError
from backend.metering.command_models import MeterCommand
from backend.payments.models import Disposition, Notification, Receipt, ReceiptFate
from backend.vending.errors import (
    AmountOutOfRangeError,
    EarlierOrderPaidError,
    OrderNotPayableError,
    TapReusedError,
    TooManyOpenOrdersError,
)
from backend.vending.models import CreditOrder, OrderState
from meter_bridge.protocol import CommandState
from tests.flows.callbacks import signed_callback
from tests.flows.conftest import World
from tests.park import Metered


def buy(world: World, amount_fen: int = 5000, *, tap: str = "t1", metered: Metered | None = None) -> checkout.Checkout:
    """Let bob place an order for his counting meter."""
    return checkout.start(
        world.runtime,
        user_id=world.park.bob.id,
        meter_reference=(metered or world.park.counting).meter.reference,
        amount_fen=amount_fen,
        tap=tap,
        request_id="r1",
    )


def held(world: World) -> dict[LedgerKind, int]:
    """Return what each kind of ledger account holds, without the empty ones."""
    with world.runtime.database.transaction() as session:
        kinds = balances_by_kind(session, organisation_id=world.park.organisation.id)
    assert sum(kinds.values()) == 0
    return {kind: fen for kind, fen in kinds.items() if fen}


def count(world: World, model: type) -> int:
    """Count rows."""
    with world.runtime.database.transaction() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def fates(world: World) -> list[Disposition]:
    """Return what became of every receipt."""
    with world.runtime.database.transaction() as session:
        return list(session.scalars(select(ReceiptFate.disposition).order_by(ReceiptFate.id)))


def paid(world: World, order_no: str) -> CreditOrder:
    """Pay in the sandbox and wait until the callback was taken."""
    world.pay(order_no)
    world.wait_for(lambda: world.order(order_no).state is not OrderState.PLACED, "the callback")
    return world.order(order_no)


def callback_for(world: World, order_no: str, amount_fen: int, **changes: Any) -> tuple[dict[str, str], bytes]:
    """Return a callback as WeChat Pay would sign it: headers and body."""
    return signed_callback(world.sandbox, world.park.merchant, order_no=order_no, amount_fen=amount_fen, **changes)


def test_a_payment_becomes_a_paid_order_and_a_queued_command_in_one_step(world: World) -> None:
    placed = buy(world)
    assert placed.pay is not None
    assert placed.pay["package"].startswith("prepay_id=")
    order = paid(world, placed.order_no)
    assert order.state is OrderState.PAID
    with world.runtime.database.transaction() as session:
        command = session.get_one(MeterCommand, order.command_id)
    assert (command.amount, command.state, command.request_id) == (5000, CommandState.QUEUED, "r1")
    assert held(world) == {LedgerKind.CLEARING: -5000, LedgerKind.IN_TRANSIT: 5000}


def test_a_platform_wallet_is_credited_at_once(world: World) -> None:
    placed = buy(world, metered=world.park.relay)
    order = paid(world, placed.order_no)
    assert order.state is OrderState.CREDITED
    with world.runtime.database.transaction() as session:
        account = session.get_one(Account, order.account_id)
        rebuilt = balance(
            session,
            organisation_id=account.organisation_id,
            kind=LedgerKind.WALLET,
            subject_id=account.id,
        )
    assert (account.wallet_fen, rebuilt) == (5000, 5000)


def test_300_orders_told_four_times_by_8_threads_have_exactly_300_effects(world: World) -> None:
    with world.runtime.database.transaction() as session:
        merchant = world.park.merchant
        now = session.clock.now()
        numbers = [session.entropy.order_no(now) for _ in range(300)]
        for number in numbers:
            session.add(
                CreditOrder(
                    organisation_id=merchant.organisation_id,
                    order_no=number,
                    account_id=world.park.counting.account.id,
                    meter_id=world.park.counting.meter.id,
                    placed_by=world.park.bob.id,
                    merchant_account_id=merchant.id,
                    tap=number,
                    amount_fen=100,
                    request_id="r",
                    placed_at=now,
                    expires_at=now + timedelta(hours=1),
                )
            )
    callbacks = [callback_for(world, number, 100) for number in numbers] * 4

    def send(callback: tuple[dict[str, str], bytes]) -> int:
        headers, body = callback
        url = f"{world.url}/callbacks/wechat_pay/{world.park.merchant.callback_key}"
        return requests.post(url, data=body, headers=headers, timeout=30).status_code

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, callbacks))
    assert set(answers) == {204}
    assert (count(world, Receipt), count(world, MeterCommand), count(world, LedgerTransfer)) == (300, 300, 300)
    assert held(world) == {LedgerKind.CLEARING: -30_000, LedgerKind.IN_TRANSIT: 30_000}


def test_forged_garbled_and_unknown_callbacks_change_nothing(world: World) -> None:
    placed = buy(world)
    headers, body = callback_for(world, placed.order_no, 5000)
    url = f"{world.url}/callbacks/wechat_pay/{world.park.merchant.callback_key}"
    forged = {**headers, "Wechatpay-Signature": headers["Wechatpay-Signature"][:-8] + "AAAAAAA="}
    probe = {**headers, "Wechatpay-Signature": "WECHATPAY/SIGNTEST/" + headers["Wechatpay-Signature"]}
    other_key = {**headers, "Wechatpay-Serial": "PUB_KEY_ID_other"}
    odd_serial = {**headers, "Wechatpay-Serial": "zz"}
    cases: list[tuple[str, dict[str, str], bytes]] = [
        (url, forged, body),
        (url, headers, body[:-3] + b"}}}"),
        (url, headers, b"\xff\xfe"),
        (url, headers, b""),
        (url, probe, body),
        (url, other_key, body),
        (url, odd_serial, body),
        (url, {}, body),
    ]
    for target, told, raw in cases:
        answer = requests.post(target, data=raw, headers=told, timeout=10)
        assert answer.status_code == 401, (told, answer.text)
        assert answer.headers["Content-Type"] == "application/problem+json"
    nobody = requests.post(f"{world.url}/callbacks/wechat_pay/{'0' * 64}", data=body, headers=headers, timeout=10)
    assert nobody.status_code == 404
    assert world.order(placed.order_no).state is OrderState.PLACED
    assert (count(world, Receipt), count(world, Notification), held(world)) == (0, 0, {})


def test_a_callback_older_than_five_minutes_is_refused_and_the_provider_is_asked_instead(world: World) -> None:
    placed = buy(world)
    world.pay(placed.order_no, mode="silent")
    headers, body = callback_for(world, placed.order_no, 5000, age_seconds=301)
    url = f"{world.url}/callbacks/wechat_pay/{world.park.merchant.callback_key}"
    assert requests.post(url, data=body, headers=headers, timeout=10).status_code == 401
    assert count(world, Receipt) == 0
    assert payments.ask(world.runtime) == 1
    assert world.order(placed.order_no).state is OrderState.PAID


def test_nothing_of_a_person_reaches_the_logs_whatever_comes_to_the_callback(world: World) -> None:
    canary = "oCANARY13800138000"
    placed = buy(world)
    headers, body = callback_for(world, placed.order_no, 5000, appid=canary)
    url = f"{world.url}/callbacks/wechat_pay/{world.park.merchant.callback_key}"
    with capture_logs() as lines:
        for told, raw in ((headers, body), ({**headers, "X-Secret": canary}, canary.encode()), ({}, canary.encode())):
            requests.post(url, data=raw, headers=told, timeout=10)
        requests.post(f"{url}?openid={canary}", data=body, headers=headers, timeout=10)
        drains.events(world.runtime)
    assert {"callback", "callback rejected", "alarm"} <= {line["event"] for line in lines}
    assert canary not in str(lines)
    assert world.park.bob.openid not in str(lines)


def test_an_order_closed_at_the_provider_alone_is_closed_here_and_a_new_one_can_be_placed(world: World) -> None:
    placed = buy(world)
    world.runtime.provider(world.park.merchant).close(placed.order_no)
    with pytest.raises(OrderNotPayableError):
        buy(world, tap="t2")
    assert world.order(placed.order_no).state is OrderState.CLOSED
    assert buy(world, tap="t3").pay is not None


@pytest.mark.parametrize(
    ("changes", "disposition"),
    [
        ({"order_no": "20260101UNKNOWN"}, Disposition.UNKNOWN_ORDER),
        ({"amount_fen": 4999}, Disposition.WRONG_AMOUNT),
        ({"appid": "wxother"}, Disposition.WRONG_MERCHANT),
        ({"mchid": "1900009999"}, Disposition.WRONG_MERCHANT),
        ({"currency": "USD"}, Disposition.WRONG_AMOUNT),
    ],
)
def test_authentic_money_that_does_not_fit_is_kept_answered_and_set_aside(
    world: World, changes: dict[str, Any], disposition: Disposition
) -> None:
    placed = buy(world)
    told: dict[str, Any] = {"order_no": placed.order_no, "amount_fen": 5000, **changes}
    headers, body = callback_for(world, **told)
    url = f"{world.url}/callbacks/wechat_pay/{world.park.merchant.callback_key}"
    for _ in range(2):
        assert requests.post(url, data=body, headers=headers, timeout=10).status_code == 204
    assert fates(world) == [disposition]
    amount = told["amount_fen"]
    assert held(world) == {LedgerKind.CLEARING: -amount, LedgerKind.UNAPPLIED: amount}
    over = disposition is Disposition.WRONG_AMOUNT  # the provider takes no more money for it
    assert world.order(placed.order_no).state is (OrderState.CLOSED if over else OrderState.PLACED)
    assert count(world, MeterCommand) == 0


def test_a_second_payment_of_one_order_is_set_aside(world: World) -> None:
    placed = buy(world)
    world.pay(placed.order_no, mode="twice")
    world.wait_for(lambda: len(fates(world)) == 2, "both callbacks")
    assert sorted(fates(world)) == [Disposition.APPLIED, Disposition.SECOND_PAYMENT]
    assert held(world) == {
        LedgerKind.CLEARING: -10_000,
        LedgerKind.IN_TRANSIT: 5000,
        LedgerKind.UNAPPLIED: 5000,
    }


def test_a_payment_after_closing_is_set_aside(world: World) -> None:
    placed = buy(world)
    with world.runtime.database.transaction() as session:
        session.execute(update(CreditOrder).values(state=OrderState.CLOSED, closed_at=session.clock.now()))
    world.pay(placed.order_no)
    world.wait_for(lambda: fates(world), "the callback")
    assert fates(world) == [Disposition.LATE_PAYMENT]


def test_without_a_callback_the_provider_is_asked(world: World) -> None:
    placed = buy(world)
    world.pay(placed.order_no, mode="silent")
    assert payments.ask(world.runtime) == 0
    with world.runtime.database.transaction() as session:
        session.execute(update(CreditOrder).values(next_query_at=session.clock.now()))
    assert payments.ask(world.runtime) == 1
    assert world.order(placed.order_no).state is OrderState.PAID
    assert payments.ask(world.runtime) == 0


def test_money_refunded_by_hand_before_we_heard_of_it_is_not_credited(world: World) -> None:
    placed = buy(world)
    world.pay(placed.order_no, mode="silent")
    refund(world, placed.order_no, 5000)
    with world.runtime.database.transaction() as session:
        session.execute(update(CreditOrder).values(next_query_at=session.clock.now()))
    payments.ask(world.runtime)
    assert fates(world) == [Disposition.REFUNDED_ELSEWHERE]
    assert held(world) == {LedgerKind.CLEARING: -5000, LedgerKind.UNAPPLIED: 5000}
    assert world.order(placed.order_no).state is OrderState.CLOSED


def test_an_order_whose_money_did_not_fit_is_not_asked_about_for_ever(world: World) -> None:
    placed = buy(world)
    world.pay(placed.order_no, mode="wrong_amount")
    world.wait_for(lambda: fates(world), "the callback")
    with world.runtime.database.transaction() as session:
        long_ago = session.clock.now() - timedelta(hours=27)
        session.execute(update(CreditOrder).values(placed_at=long_ago, next_query_at=long_ago))
    payments.ask(world.runtime)
    assert world.order(placed.order_no).state is OrderState.CLOSED
    assert fates(world) == [Disposition.WRONG_AMOUNT]


def test_an_order_paid_with_a_wrong_amount_does_not_stand_in_the_way_of_another(world: World) -> None:
    placed = buy(world)
    world.pay(placed.order_no, mode="wrong_amount")
    world.wait_for(lambda: fates(world), "the callback")
    assert buy(world, 7000, tap="t2").pay is not None
    assert world.order(placed.order_no).state is OrderState.CLOSED


def refund(world: World, order_no: str, amount_fen: int) -> None:
    """Refund an order as a person does in the provider's console."""
    sdk = world.runtime.provider(world.park.merchant)._sdk  # type: ignore[attr-defined]
    amount = {"refund": amount_fen, "total": 5000, "currency": "CNY"}
    status, text = sdk.refund(out_refund_no=f"R{order_no}", amount=amount, out_trade_no=order_no)
    assert status == 200, text


def test_an_unpaid_order_is_closed_at_the_provider_after_26_hours(world: World) -> None:
    placed = buy(world)
    with world.runtime.database.transaction() as session:
        long_ago = session.clock.now() - timedelta(hours=27)
        session.execute(update(CreditOrder).values(placed_at=long_ago, next_query_at=long_ago))
    payments.ask(world.runtime)
    assert world.order(placed.order_no).state is OrderState.CLOSED
    orders = {o["out_trade_no"]: o for o in world.sandbox.control("orders")}
    assert orders[placed.order_no]["state"] == "CLOSED"


def test_an_order_found_paid_while_it_is_given_up_is_credited_not_closed(world: World) -> None:
    placed = buy(world)
    world.pay(placed.order_no, mode="silent")
    with pytest.raises(EarlierOrderPaidError):
        buy(world, 7000, tap="t2")
    assert world.order(placed.order_no).state is OrderState.PAID
    assert count(world, CreditOrder) == 1


def test_another_amount_closes_the_unpaid_order_before_it(world: World) -> None:
    first = buy(world)
    second = buy(world, 7000, tap="t2")
    assert first.order_no != second.order_no
    assert world.order(first.order_no).state is OrderState.CLOSED


def test_one_tap_told_twice_and_the_same_wish_again_are_one_order(world: World) -> None:
    with ThreadPoolExecutor(4) as pool:
        numbers = {c.order_no for c in pool.map(lambda tap: buy(world, tap=tap), ["t1", "t1", "t2", "t3"])}
    assert len(numbers) == 1
    assert count(world, CreditOrder) == 1
    with pytest.raises(TapReusedError):
        buy(world, 9900, tap=world.order(numbers.pop()).tap)


@pytest.mark.parametrize("amount", [0, -1, 99, 1_000_001])
def test_an_amount_out_of_range_is_refused_in_both_languages(world: World, amount: int) -> None:
    with pytest.raises(AmountOutOfRangeError) as refused:
        buy(world, amount)
    assert "1.00" in refused.value.sentence("zh")
    assert "10,000.00" in refused.value.sentence("en")


@pytest.mark.parametrize("amount", [99, 1_000_001])
def test_an_order_that_is_refused_leaves_the_unpaid_one_before_it_alone(world: World, amount: int) -> None:
    first = buy(world)
    with pytest.raises(AmountOutOfRangeError):
        buy(world, amount, tap="t2")
    assert world.order(first.order_no).state is OrderState.PLACED


@pytest.mark.parametrize(
    "path", ["/api/mp/v1/login", "/bridge/v1/enrol", "/callbacks/wechat_pay/%00", "/callbacks/wechat_pay/x"]
)
def test_odd_paths_and_bodies_nested_without_end_are_refused_not_failed_over(world: World, path: str) -> None:
    for body in (b"[" * 100_000, b'{"a":' * 50_000, b"\x00"):
        answer = requests.post(world.url + path, data=body, headers={"Content-Type": "application/json"}, timeout=10)
        assert 400 <= answer.status_code < 500, (path, answer.status_code)


def test_too_many_unpaid_orders_are_refused(world: World) -> None:
    with world.runtime.database.transaction() as session:
        for order in range(3):
            now = session.clock.now()
            session.add(
                CreditOrder(
                    organisation_id=world.park.organisation.id,
                    order_no=f"2026000{order}",
                    account_id=world.park.blind.account.id,
                    meter_id=world.park.blind.meter.id,
                    placed_by=world.park.bob.id,
                    merchant_account_id=world.park.merchant.id,
                    tap=f"x{order}",
                    amount_fen=100 + order,
                    request_id="r",
                    placed_at=now,
                    expires_at=now + timedelta(hours=1),
                )
            )
    with pytest.raises(TooManyOpenOrdersError):
        buy(world)


def test_a_provider_that_does_not_answer_leaves_an_order_that_the_same_tap_takes_up_again(world: World) -> None:
    world.sandbox.control(
        "switches", {"fail_next": 1, "fail_path": "/v3/pay", "fail_code": "SYSTEM_ERROR", "fail_status": 500}
    )
    with pytest.raises(ProviderUnreachableError):
        buy(world)
    again = buy(world)
    assert again.pay is not None
    assert count(world, CreditOrder) == 1


def test_a_receipt_whose_applying_fails_is_kept_and_applied_later(world: World) -> None:
    placed = buy(world)
    meter = world.park.counting.meter.id
    with world.runtime.database.transaction() as session:
        session.execute(update(type(world.park.counting.meter)).filter_by(id=meter).values(state="retired"))
    world.pay(placed.order_no)
    world.wait_for(lambda: fates(world), "the callback")
    assert fates(world) == [Disposition.PENDING]
    assert held(world) == {LedgerKind.CLEARING: -5000, LedgerKind.UNAPPLIED: 5000}
    with world.runtime.database.transaction() as session:
        session.execute(update(type(world.park.counting.meter)).filter_by(id=meter).values(state="active"))
        session.execute(update(ReceiptFate).values(next_attempt_at=session.clock.now()))
    drains.receipts(world.runtime)
    assert fates(world) == [Disposition.APPLIED]
    assert held(world) == {LedgerKind.CLEARING: -5000, LedgerKind.IN_TRANSIT: 5000}
    assert world.order(placed.order_no).state is OrderState.PAID
