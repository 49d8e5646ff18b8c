"""The typed fields of template messages: each value fits its type, or is refused before anything is sent.

Source: WeChat documentation, subscribe messages, "limits of parameter values"; category templates share them.
"""

import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

KEY = re.compile(r"([a-z_]+?)\d+")
THING, CHARACTERS, PHRASE = 20, 32, 5
CHARACTER_STRING = re.compile(rf"[\x20-\x7e]{{1,{CHARACTERS}}}")
PHRASES = re.compile(rf"[\u4e00-\u9fff]{{1,{PHRASE}}}")
LARGEST_FEN = 10**12 - 1  # ten digits of yuan


class FieldError(Exception):
    """A value that its field cannot take; the message would be refused as a whole."""


def typed(key: str, value: Any) -> str:
    """Return a value as the field of this key takes it: what is too long is cut, what cannot be said is refused."""
    named = KEY.fullmatch(key)
    kind = KINDS.get(named[1]) if named else None
    if kind is None or value is None:
        raise FieldError(f"{key} cannot show {value!r}")
    try:
        return kind(value)
    except (TypeError, ValueError) as error:
        raise FieldError(f"{key} cannot show {value!r}") from error


def _thing(value: Any) -> str:
    """Any text of one line, 20 characters; the end of a place says more than its beginning, so that stays."""
    line = " ".join(str(value).split())
    if not line:
        raise ValueError("empty")
    return line if len(line) <= THING else "…" + line[1 - THING :]


def _characters(value: Any) -> str:
    return _fitting(CHARACTER_STRING, str(value))


def _phrase(value: Any) -> str:
    return _fitting(PHRASES, str(value)[:PHRASE])


def _amount(value: Any) -> str:
    if not isinstance(value, int) or abs(value) > LARGEST_FEN:
        raise ValueError("no amount of fen")
    return f"{Decimal(value).scaleb(-2):.2f}元"


def _time(value: Any) -> str:
    return datetime.fromisoformat(str(value)).strftime("%Y年%m月%d日 %H:%M")


def _fitting(form: re.Pattern[str], text: str) -> str:
    if not form.fullmatch(text):
        raise ValueError("wrong form")
    return text


KINDS: dict[str, Callable[[Any], str]] = {
    "thing": _thing,
    "character_string": _characters,
    "phrase": _phrase,
    "amount": _amount,
    "time": _time,
    "date": _time,
}
