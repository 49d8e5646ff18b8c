"""What a provider told, for reading: as it came, but for who paid, which nobody needs to see in full."""

import json
import re
from typing import Any

from backend.kernel.masking import HIDDEN, masked_phone
from backend.payments.models import Notification

PAYER = re.compile(r"open_?id|union_?id|buyer_(?:logon_)?id|buyer_user_id", re.IGNORECASE)
PHONE = re.compile(r"phone|mobile", re.IGNORECASE)
NUMBER = re.compile(r"(?<![0-9A-Za-z])(?:\+?86)?1[3-9]\d{9}(?![0-9A-Za-z])")
PAIR = re.compile(
    rf"(?P<name>\w*(?:{PAYER.pattern}|{PHONE.pattern})\w*)(?P<is>\W{{1,5}})(?P<value>[\w@.*-]+)", re.IGNORECASE
)
LAST = 6  # signs that tell two payers apart


def readable(told: Notification) -> str:
    """Return a stored body: JSON with its lines, anything else as it came; payers and telephones masked."""
    text = told.body.decode(errors="replace")
    try:
        return json.dumps(_masked("", json.loads(text)), ensure_ascii=False, indent=2)
    except ValueError:
        return PAIR.sub(lambda pair: f"{pair['name']}{pair['is']}{_hidden(pair['name'], pair['value'])}", text)


def _masked(name: str, value: Any) -> Any:
    """Return a value of a JSON answer without who it is about, at any depth."""
    if isinstance(value, dict):
        return {key: _masked(key, each) for key, each in value.items()}
    if isinstance(value, list):
        return [_masked(name, each) for each in value]
    return (
        _hidden(name, str(value)) if value is not None and (PAYER.search(name) or PHONE.search(name)) else _told(value)
    )


def _told(value: Any) -> Any:
    return NUMBER.sub(lambda found: masked_phone(found[0]), value) if isinstance(value, str) else value


def _hidden(name: str, value: str) -> str:
    if PHONE.search(name):
        return masked_phone(value)
    return f"{HIDDEN}{value[-LAST:]}" if len(value) > LAST * 2 else HIDDEN
