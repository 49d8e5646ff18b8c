"""Callbacks made by hand with the provider's own key, for cases no provider would send on purpose."""

import time
from datetime import UTC, datetime

from backend.payments.models import MerchantAccount
from sandbox.server import RunningSandbox
from sandbox.signing import compact, encrypt, signature_headers


def signed_callback(
    sandbox: RunningSandbox,
    merchant: MerchantAccount,
    *,
    order_no: str,
    amount_fen: int,
    transaction_no: str | None = None,
    appid: str | None = None,
    mchid: str | None = None,
    currency: str = "CNY",
    age_seconds: int = 0,
) -> tuple[dict[str, str], bytes]:
    """Return the headers and body of an authentic callback that says just this."""
    keys = sandbox.keys
    stamp = int(time.time()) - age_seconds  # noqa: TID251 the signer's own clock
    plaintext = {
        "appid": appid or merchant.appid,
        "mchid": mchid or merchant.mchid,
        "out_trade_no": order_no,
        "transaction_id": transaction_no or f"4200{order_no[-20:]}",
        "trade_type": "JSAPI",
        "trade_state": "SUCCESS",
        "success_time": datetime.fromtimestamp(stamp, UTC).isoformat(timespec="seconds"),
        "amount": {"total": amount_fen, "payer_total": amount_fen, "currency": currency, "payer_currency": "CNY"},
    }
    body = compact(
        {
            "id": f"EV-{order_no}",
            "event_type": "TRANSACTION.SUCCESS",
            "resource_type": "encrypt-resource",
            "resource": {
                "original_type": "transaction",
                "algorithm": "AEAD_AES_256_GCM",
                "ciphertext": encrypt(keys.apiv3_key, "abcdefghijkl", "transaction", compact(plaintext)),
                "associated_data": "transaction",
                "nonce": "abcdefghijkl",
            },
        }
    )
    headers = signature_headers(keys.platform, keys.public_key_id, stamp, "n" * 32, body)
    return {"Content-Type": "application/json", **headers}, body.encode()
