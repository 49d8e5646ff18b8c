"""Ask providers about unpaid orders that no callback came for, and close those asked about long enough."""

from structlog.contextvars import bound_contextvars

from backend.checkout import close_at_provider
from backend.kernel.db import Session
from backend.kernel.errors import ProviderUnreachableError
from backend.kernel.logs import log
from backend.lifecycle.paying import take_payment
from backend.payments.models import MerchantAccount
from backend.payments.provider import Answer, Payment, PaymentState, UnansweredError
from backend.runtime import Runtime
from backend.vending.asking import close_order, is_any_due, is_over, take_due
from backend.vending.models import CreditOrder

BATCH = 20


def ask(runtime: Runtime) -> int:
    """Ask about every order that is due; returns how many were asked about."""

    def due(session: Session) -> list[tuple[CreditOrder, MerchantAccount, bool]]:
        return [
            (o, session.get_one(MerchantAccount, o.merchant_account_id), is_over(session, placed_at=o.placed_at))
            for o in take_due(session, most=BATCH)
        ]

    if not runtime.database.read(is_any_due):
        return 0
    orders = runtime.database.run(due)
    for order, merchant, over in orders:
        with bound_contextvars(request_id=order.request_id):
            _ask_about(runtime, order, merchant, over=over)
    return len(orders)


def _ask_about(runtime: Runtime, order: CreditOrder, merchant: MerchantAccount, *, over: bool) -> None:
    try:
        answer = runtime.provider(merchant).query(order.order_no)
        log().info("asked about an order", order_no=order.order_no, state=answer.state.value)
        if answer.payment is not None:
            _take(runtime, order, merchant, answer.payment, answer.body)
        if over and answer.state is PaymentState.OPEN:
            close_at_provider(runtime, order=order, merchant=merchant, request_id=order.request_id)
        elif over or _is_dead(runtime, order, answer):
            runtime.database.run(
                lambda session: close_order(session, organisation_id=order.organisation_id, order_no=order.order_no)
            )
    except (UnansweredError, ProviderUnreachableError) as error:
        log().warning("no answer about an order", order_no=order.order_no, error=str(error))


def _is_dead(runtime: Runtime, order: CreditOrder, answer: Answer) -> bool:
    """Whether no money can come any more: closed there, or never announced and too late to be."""
    late = order.expires_at <= runtime.clock.now()
    return answer.state is PaymentState.CLOSED or (answer.state is PaymentState.MISSING and late)


def _take(runtime: Runtime, order: CreditOrder, merchant: MerchantAccount, payment: Payment, body: bytes) -> None:
    runtime.database.run(
        lambda session: take_payment(
            session,
            merchant=merchant,
            payment=payment,
            body=body,
            source="query",
            request_id=order.request_id,
        )
    )
    runtime.bell.ring("commands")
    runtime.queue.start("events")
