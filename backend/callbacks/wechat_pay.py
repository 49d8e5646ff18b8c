"""The callback of WeChat Pay v3: verified on the raw body, taken in one transaction, answered at once.

WeChat waits 5 s; 200 or 204 means received, everything else is sent again.
"""

from flask import Blueprint, Response, current_app, g, request

from backend.kernel.errors import ProductError
from backend.kernel.logs import log
from backend.kernel.metrics import CALLBACKS_REJECTED
from backend.lifecycle.paying import take_payment
from backend.payments.merchants import merchant_of_callback
from backend.payments.models import MerchantAccount
from backend.payments.provider import RejectedError, RejectReason
from backend.runtime import Runtime, runtime
from backend.vending.asking import ask_now

PROVIDER = "wechat_pay"
LARGEST = 64 * 1024
KNOWN = "wechat_pay_merchants"
KNOWN_FOR = 5.0  # seconds that new keys of a merchant account may take to count

blueprint = Blueprint("wechat_pay_callbacks", __name__, url_prefix="/callbacks/wechat_pay")


class CallbackRejectedError(ProductError):
    """Not authentic, or too old to be believed."""

    status = 401
    code = "callback_rejected"
    zh = "通知未通过验证。"
    en = "The notification could not be verified."


@blueprint.post("/<callback_key>")
def receive(callback_key: str) -> Response:
    """Take the payment WeChat tells of, once, however often it tells."""
    here, request_id = runtime(), g.request_id
    request.max_content_length = LARGEST
    body = request.get_data()
    merchant = _merchant(here, callback_key)
    try:
        payment = here.provider(merchant).parse_notification(dict(request.headers), body)
    except RejectedError as rejected:
        _note_rejection(here, rejected)
        raise CallbackRejectedError from rejected
    if payment is None:
        return Response(status=204)
    taken = here.database.run(
        lambda session: take_payment(
            session, merchant=merchant, payment=payment, body=body, source="callback", request_id=request_id
        )
    )
    log().info("callback", provider=PROVIDER, order_no=payment.order_no, new=taken)
    if taken:
        here.bell.ring("commands")
        here.queue.start("events")
    return Response(status=204)


def _merchant(here: Runtime, callback_key: str) -> MerchantAccount:
    """Return whose callback came to this path, as it was at most 5 s ago. Raises NotFoundError."""
    known: dict[str, tuple[MerchantAccount, float]] = current_app.extensions.setdefault(KNOWN, {})
    found, until = known.get(callback_key, (None, 0.0))
    now = here.clock.monotonic()
    if found is None or now >= until:
        found = here.database.read(
            lambda session: merchant_of_callback(session, provider=PROVIDER, callback_key=callback_key)
        )
        known[callback_key] = found, now + KNOWN_FOR
    return found


def _note_rejection(here: Runtime, rejected: RejectedError) -> None:
    CALLBACKS_REJECTED.labels(PROVIDER, rejected.reason.value).inc()
    log().warning("callback rejected", provider=PROVIDER, reason=rejected.reason.value)
    if rejected.reason is RejectReason.STALE and rejected.order_no is not None:
        order_no = rejected.order_no
        here.database.run(lambda session: ask_now(session, order_no=order_no))
        here.queue.start("payments")
