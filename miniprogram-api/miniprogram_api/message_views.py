"""A message, as it is said to whoever reads it: stored as facts, worded in their language."""

from typing import Any

from backend.kernel.money import yuan
from backend.kernel.problem import reader
from backend.notices.models import InboxMessage, NoticeKind
from miniprogram_api.schemas.messages import MessageView

TITLES = {
    NoticeKind.CREDITED: ("充值到账", "Top-up credited"),
    NoticeKind.LOW_CREDIT: ("余额不足提醒", "Low credit"),
}
TEXTS = {
    NoticeKind.CREDITED: (
        "{room}（表号 {meter_number}）充值 {amount} 元已到账。",
        "¥{amount} has been credited to {room} (meter {meter_number}).",
    ),
    NoticeKind.LOW_CREDIT: (
        "{room}（表号 {meter_number}）余额 {credit} 元，已不高于 {threshold} 元，请及时充值。",
        "The credit of {room} (meter {meter_number}) is ¥{credit}, not above ¥{threshold}. Please top up in time.",
    ),
}
MORE = ("到账后余额 {credit} 元。", " Credit afterwards: ¥{credit}.")


def view_of(message: InboxMessage) -> MessageView:
    """Return a message in the reader's language."""
    language, facts = 0 if reader() == "zh" else 1, message.facts
    text = TEXTS[message.kind][language]
    if message.kind is NoticeKind.CREDITED and facts.get("credit_fen") is not None:
        text += MORE[language]
    return MessageView(
        id=message.id,
        kind=message.kind,
        title=TITLES[message.kind][language],
        text=text.format(**_words(facts)),
        at=message.posted_at,
        read=message.read_at is not None,
        order_no=facts.get("order_no"),
        meter=facts.get("meter"),
    )


def _words(facts: dict[str, Any]) -> dict[str, str]:
    amounts = {name.removesuffix("_fen"): yuan(fen) for name, fen in facts.items() if name.endswith("_fen") and fen}
    zero = {"credit": yuan(0), "threshold": yuan(0), "amount": yuan(0)}
    return zero | amounts | {"room": str(facts.get("room")), "meter_number": str(facts.get("meter_number"))}
