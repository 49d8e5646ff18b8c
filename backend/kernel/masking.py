"""Personal data made unreadable where it is not needed: lists, logs, the audit trail."""

import re
from collections.abc import Mapping
from typing import Any

PERSONAL = re.compile(r"phone|contact|applicant|e_?mail|address|openid|unionid|bank_account", re.IGNORECASE)
HIDDEN = "***"
SHORT_PHONE = 7


def masked_phone(phone: str | None) -> str:
    """Return 138****5678 of 13812345678; of a number too short to keep anything, only stars."""
    if not phone:
        return ""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) > SHORT_PHONE else HIDDEN


def masked_name(name: str | None) -> str:
    """Return 张** of 张三丰: the first character, and two stars whatever follows."""
    return f"{name[0]}**" if name else ""


def masked_facts(facts: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return facts with the values of personal fields made unreadable, phones so that they can still be told apart."""
    if facts is None:
        return None
    return {name: _masked(name, value) for name, value in facts.items()}


def _masked(name: str, value: Any) -> Any:
    if value is None or isinstance(value, bool) or not PERSONAL.search(name):
        return value
    return masked_phone(str(value)) if "phone" in name.lower() else HIDDEN
