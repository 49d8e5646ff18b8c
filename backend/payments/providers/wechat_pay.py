"""WeChat Pay v3, JSAPI for the mini-program, public-key mode, over the wechatpayv3 SDK.

Sources: WeChat Pay merchant documentation, "JSAPI/mini-program payment", "payment notification", "signature
verification", "signature probes".
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar
from uuid import uuid4

import requests
from wechatpayv3 import WeChatPay as Sdk
from wechatpayv3 import WeChatPayType
from wechatpayv3.core import Core
from wechatpayv3.type import RequestType
from wechatpayv3.utils import rsa_sign

from backend.payments.provider import (
    Answer,
    Merchant,
    Outside,
    Payment,
    PaymentState,
    Purchase,
    RefusedError,
    RejectedError,
    RejectReason,
    UnansweredError,
)

OLDEST_CALLBACK = 300
APIV3_KEY_LENGTH = 32
PROBE = "WECHATPAY/SIGNTEST/"
SCHEMA = "WECHATPAY2-SHA256-RSA2048"
OK = range(200, 300)
UNKNOWN_ORDER = frozenset({"ORDER_NOT_EXIST", "ORDERNOTEXIST", "RESOURCE_NOT_EXISTS"})
STATES = {
    "SUCCESS": PaymentState.PAID,
    "REFUND": PaymentState.PAID,
    "NOTPAY": PaymentState.OPEN,
    "USERPAYING": PaymentState.OPEN,
    "CLOSED": PaymentState.CLOSED,
    "REVOKED": PaymentState.CLOSED,
    "PAYERROR": PaymentState.CLOSED,
}


class WireCore(Core):  # type: ignore[misc] # the SDK has no types
    """The SDK's core over one kept connection, with a time-out, that never fetches certificates by itself.

    The SDK opens a connection for each call, waits for ever, and lets a forged serial number start a download.
    """

    outside: Outside
    wire: requests.Session

    def request(  # noqa: PLR0917 the SDK calls it so
        self,
        path: str,
        method: RequestType = RequestType.GET,
        data: Any = None,
        skip_verify: bool = False,  # noqa: FBT001, FBT002
        sign_data: Any = None,
        files: Any = None,
        cipher_data: bool = False,  # noqa: FBT001, FBT002
        headers: dict[str, str] | None = None,
    ) -> tuple[int, str]:
        """Send one signed request and verify the answer. Raises UnansweredError for what cannot be believed."""
        if files or cipher_data:
            raise NotImplementedError("files and encrypted fields are not used here")
        body = None if data is None else json.dumps(data)
        sent = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Wechatpay-Serial": self._public_key_id,
            "Authorization": self._authorization(method.value, path, sign_data or body or ""),
            **(headers or {}),
        }
        try:
            answer = self.wire.request(
                method.value, self.outside.origin + path, data=body, headers=sent, timeout=self.outside.timeout
            )
        except requests.RequestException as error:
            raise UnansweredError(type(error).__name__) from error
        if answer.status_code in OK and not skip_verify:
            self._believe(answer)
        return answer.status_code, answer.text

    def _authorization(self, method: str, path: str, signed: str) -> str:
        """Sign a request by the clock from outside; the SDK's own asks the machine's."""
        stamp, nonce = str(int(self.outside.clock.now().timestamp())), uuid4().hex.upper()
        text = f"{method}\n{path}\n{stamp}\n{nonce}\n{signed}\n"
        fields = {
            "mchid": self._mchid,
            "nonce_str": nonce,
            "signature": rsa_sign(self._private_key, text),
            "timestamp": stamp,
            "serial_no": self._cert_serial_no,
        }
        return f"{SCHEMA} " + ",".join(f'{name}="{value}"' for name, value in fields.items())

    def _believe(self, answer: requests.Response) -> None:
        try:
            believed = self._verify_signature(answer.headers, answer.text)
        except Exception as error:
            raise UnansweredError("unverifiable signature") from error
        if not believed:
            raise UnansweredError("wrong signature")

    def _update_certificates(self) -> None:
        """Stay with the configured public key: an unknown serial number is simply not ours."""


class WechatPay:
    """One merchant account at WeChat Pay, direct mode."""

    code: ClassVar[str] = "wechat_pay"
    required_keys: ClassVar[frozenset[str]] = frozenset(
        {"cert_serial_no", "private_key", "apiv3_key", "public_key_id", "public_key"}
    )

    def __init__(self, merchant: Merchant, outside: Outside) -> None:
        self._merchant, self._clock = merchant, outside.clock
        keys = merchant.keys
        if len(keys["apiv3_key"]) != APIV3_KEY_LENGTH:
            raise ValueError(f"apiv3_key must have {APIV3_KEY_LENGTH} characters")
        self._sdk = _sdk(
            wechatpay_type=WeChatPayType.MINIPROG,
            mchid=merchant.mchid,
            private_key=keys["private_key"],
            cert_serial_no=keys["cert_serial_no"],
            apiv3_key=keys["apiv3_key"],
            appid=merchant.appid,
            notify_url=merchant.notify_url,
            public_key=keys["public_key"],
            public_key_id=keys["public_key_id"],
        )
        core = self._sdk._core
        core.__class__ = WireCore
        core.outside, core.wire = outside, requests.Session()
        core.wire.mount("https://", outside.adapter)
        core.wire.mount("http://", outside.adapter)

    def prepay(self, purchase: Purchase) -> dict[str, Any]:
        """Announce an order and return the arguments of wx.requestPayment."""
        status, text = self._sdk.pay(
            description=purchase.description,
            out_trade_no=purchase.order_no,
            amount={"total": purchase.amount_fen, "currency": "CNY"},
            payer={"openid": purchase.openid},
            time_expire=purchase.expires_at.isoformat(timespec="seconds"),
        )
        package = f"prepay_id={_accepted(status, text)['prepay_id']}"
        stamp, nonce = str(int(self._clock.now().timestamp())), purchase.order_no
        return {
            "timeStamp": stamp,
            "nonceStr": nonce,
            "package": package,
            "signType": "RSA",
            "paySign": self._sdk.sign([self._merchant.appid, stamp, nonce, package]),
        }

    def parse_notification(self, headers: Mapping[str, str], body: bytes) -> Payment | None:
        """Return the payment a callback tells of, None for other news. Raises RejectedError unless authentic."""
        told = {name.lower(): value for name, value in headers.items()}
        if told.get("wechatpay-signature", "").startswith(PROBE):
            raise RejectedError(RejectReason.PROBE)
        try:
            opened = self._sdk.callback(told, body)
        except Exception as error:
            raise RejectedError(RejectReason.NOT_AUTHENTIC) from error
        if not opened:
            raise RejectedError(RejectReason.NOT_AUTHENTIC)
        news = opened.get("resource") or {}
        self._refuse_stale(told["wechatpay-timestamp"], news)
        if opened.get("event_type") != "TRANSACTION.SUCCESS" or news.get("trade_state") != "SUCCESS":
            return None
        try:
            return _payment(news)
        except (KeyError, TypeError, ValueError) as error:
            raise RejectedError(RejectReason.MALFORMED) from error

    def query(self, order_no: str) -> Answer:
        """Ask what became of an order."""
        status, text = self._sdk.query(out_trade_no=order_no)
        if status not in OK:
            if _code(text) in UNKNOWN_ORDER:
                return Answer(PaymentState.MISSING, None, text.encode())
            raise UnansweredError(_code(text))
        try:
            news = json.loads(text)
            state = STATES[news["trade_state"]]
            payment = _payment(news) if state is PaymentState.PAID else None
        except (KeyError, TypeError, ValueError) as error:
            raise UnansweredError("answer not understood") from error
        return Answer(state, payment, text.encode())

    def close(self, order_no: str) -> PaymentState:
        """Close an order; PAID when it was paid before, MISSING when it was never announced."""
        status, text = self._sdk.close(out_trade_no=order_no)
        if status in OK:
            return PaymentState.CLOSED
        code = _code(text)
        if code == "ORDERPAID":
            return PaymentState.PAID
        if code == "ORDER_CLOSED":
            return PaymentState.CLOSED
        if code in UNKNOWN_ORDER:
            return PaymentState.MISSING
        raise UnansweredError(code)

    def _refuse_stale(self, stamp: str, news: Mapping[str, Any]) -> None:
        age = abs(self._clock.now().timestamp() - int(stamp))
        if age > OLDEST_CALLBACK:
            raise RejectedError(RejectReason.STALE, order_no=news.get("out_trade_no"))


PROVIDER = WechatPay


def _sdk(**settings: Any) -> Any:
    """Build the SDK, which loads the keys. Raises ValueError for what it cannot load."""
    try:
        return Sdk(**settings)
    except Exception as error:
        raise ValueError(str(error)) from error


def _payment(news: Mapping[str, Any]) -> Payment:
    amount = news["amount"]
    total = amount["total"]
    if not isinstance(total, int) or total <= 0:
        raise ValueError("amount is not a positive whole number of fen")
    return Payment(
        transaction_no=str(news["transaction_id"]),
        order_no=str(news["out_trade_no"]),
        amount_fen=total,
        currency=str(amount.get("currency", "CNY")),
        appid=str(news["appid"]),
        mchid=str(news["mchid"]),
        paid_at=datetime.fromisoformat(news["success_time"]),
        refunded=news["trade_state"] == "REFUND",
    )


def _accepted(status: int, text: str) -> dict[str, Any]:
    if status in OK:
        accepted: dict[str, Any] = json.loads(text)
        return accepted
    code = _code(text)
    if status >= 500 or code in ("SYSTEM_ERROR", "FREQUENCY_LIMITED", ""):  # noqa: PLR2004 HTTP's own number
        raise UnansweredError(code)
    raise RefusedError(code)


def _code(text: str) -> str:
    try:
        return str(json.loads(text)["code"])
    except (KeyError, TypeError, ValueError):
        return ""
