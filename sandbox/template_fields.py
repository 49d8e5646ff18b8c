"""The typed fields of template and subscribe messages, and how long each may be."""

import re
from typing import Any

from sandbox.refusals import ApiRefusal

DATE = r"\d{4}[年/-]\d{1,2}[月/-]\d{1,2}日?"
TIME = r"\d{1,2}:\d{2}(:\d{2})?"
MOMENT = rf"({DATE}(\s*{TIME})?|{TIME})"
FIELDS = {
    "thing": r".{1,20}",
    "short_thing": r".{1,5}",
    "number": r"-?\d{1,32}(\.\d+)?",
    "letter": r"[A-Za-z]{1,32}",
    "symbol": r"[^\w\s]{1,5}",
    "character_string": r"[\x20-\x7e]{1,32}",
    "time": rf"{MOMENT}(\s*~\s*{MOMENT})?",
    "date": rf"{DATE}(\s*{TIME})?(\s*~\s*{DATE}(\s*{TIME})?)?",
    "amount": r"[¥￥$]?-?\d{1,10}(\.\d+)?元?",
    "phone_number": r"[\d+\- ]{1,17}",
    "car_number": r".{1,8}",
    "name": r"[\u4e00-\u9fff·]{1,10}|[A-Za-z .]{1,20}",
    "phrase": r"[\u4e00-\u9fff]{1,5}",
    "const": r".{1,20}",
}
KEY = re.compile(r"([a-z_]+?)(\d+)")


def check_fields(values: object) -> None:
    """Refuse with 47003, naming the key, a field whose name or value the template cannot take."""
    if not isinstance(values, dict) or not values:
        raise ApiRefusal(47003, "argument invalid! data is empty")
    for key, field in values.items():
        if not _fits(str(key), field):
            raise ApiRefusal(47003, f"argument invalid! data.{key}.value invalid")


def _fits(key: str, field: Any) -> bool:
    named = KEY.fullmatch(key)
    value = field.get("value") if isinstance(field, dict) else None
    if named is None or named[1] not in FIELDS or not isinstance(value, str | int):
        return False
    return re.fullmatch(FIELDS[named[1]], str(value)) is not None
