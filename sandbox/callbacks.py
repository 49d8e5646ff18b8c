"""Callbacks: what is told, how an attempt is sealed, and when the next one is due."""

from dataclasses import replace

from sandbox.clock import rfc3339
from sandbox.records import Callback
from sandbox.signing import compact, encrypt, signature_headers, spoil
from sandbox.switches import read_switches
from sandbox.world import World

MINUTE, HOUR = 60, 3600
RESENDS = (15, 15, 30, 3 * MINUTE, 10 * MINUTE, 20 * MINUTE, *[30 * MINUTE] * 3, HOUR, *[3 * HOUR] * 3, *[6 * HOUR] * 2)
ANSWER_WITHIN = 5.0
OLD = 600
SUMMARIES = {
    "TRANSACTION.SUCCESS": "支付成功",
    "REFUND.SUCCESS": "退款成功",
    "REFUND.ABNORMAL": "退款异常",
    "REFUND.CLOSED": "退款关闭",
}


def announce(world: World, callback: Callback, *, delay: float = 0, copies: int = 1) -> list[str]:
    """Queue a callback and its copies, and ring the courier; nothing when callbacks are off."""
    if read_switches(world).callbacks_off or not callback.notify_url:
        return []
    with world.books.store.transaction():
        due = world.clock() + delay
        run = world.text(6)
        queued = [
            replace(callback, key=f"{callback.event_id}.{run}.{copy}", due=due, resend=callback.resend and copy == 0)
            for copy in range(copies)
        ]
        for each in queued:
            world.books.callbacks.put(each)
    world.ring()
    return [each.key for each in queued]


def new_event_id(world: World) -> str:
    """Draw the id of an event; it stays the same however often the event is told."""
    return f"EV-{world.digits(20)}"


def seal(world: World, callback: Callback, flaw: str) -> tuple[dict[str, str], bytes]:
    """Encrypt and sign one attempt, freshly; a flaw spoils it in its own way."""
    keys, original = world.keys, callback.event_type.split(".")[0].lower()
    nonce = world.text(12)
    resource = {
        "original_type": original,
        "algorithm": "AEAD_AES_256_GCM",
        "ciphertext": encrypt(keys.apiv3_key, nonce, original, callback.plaintext),
        "associated_data": original,
        "nonce": nonce,
    }
    body = compact(
        {
            "id": callback.event_id,
            "create_time": rfc3339(callback.created_at),
            "resource_type": "encrypt-resource",
            "event_type": callback.event_type,
            "summary": SUMMARIES[callback.event_type],
            "resource": resource,
        }
    )
    key = keys.forger if flaw == "forge" else keys.platform
    timestamp = int(world.clock()) - (OLD if flaw == "old" else 0)
    headers = signature_headers(key, keys.public_key_id, timestamp, world.text(32), body)
    if flaw == "probe":
        headers = spoil(headers)
    if flaw == "garbled":
        body = body[: len(body) // 2] + "#" + body[len(body) // 2 + 1 :]
    return {"Content-Type": "application/json", "Accept": "*/*", "User-Agent": "Mozilla/4.0", **headers}, body.encode()


def after_attempt(world: World, callback: Callback, *, accepted: bool) -> Callback:
    """Return a callback as it stands after an attempt: done, due again, or given up."""
    attempts = callback.attempts + 1
    again = not accepted and callback.resend and attempts <= len(RESENDS)
    due = world.clock() + RESENDS[attempts - 1] / world.time_scale if again else None
    return replace(callback, attempts=attempts, due=due, flaw="")
