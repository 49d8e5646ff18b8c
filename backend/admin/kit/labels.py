"""Words for states, kinds and actions in both languages; the Chinese are those of docs/glossary.md."""

import tomllib
from collections.abc import Callable
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from backend.admin.kit.language import language, water
from backend.admin.kit.writing import square_metres, yuan_sign
from backend.metering.lines.silence import Medium

LABELS = Path(__file__).parents[1] / "labels.toml"
ACTIONS = ("StaffAction", "EstateAction", "MeteringAction", "PeopleAction", "AccountAction")
# The words a field of the audit trail can hold, by the enumerations they may come from.
WORDS = {
    "kind": ("RoomKind", "HolderKind", "CommandKind", "ApprovalKind"),
    "billing": ("Billing",),
    "phase": ("RoomPhase",),
    "role": ("StaffRole", "Role"),
    "state": ("CommandState",),
    "proof": ("RegistrationProof",),
    "credit_unit": ("CreditUnit",),
}
# Fields that are more than one word, by who writes them.
WRITERS: dict[str, Callable[[Any], str]] = {}
# Fields that hold the number of a row, by who knows what that row is called.
ROWS: dict[str, Callable[[int], str]] = {}


def label(word: StrEnum | None, medium: Medium = Medium.ELECTRICITY) -> str:
    """Return what a word of an enumeration is called; nothing for None. medium: of the meter it tells of."""
    return "" if word is None else named(type(word).__name__, word.value, medium)


def named(enum: str, word: str, medium: str = Medium.ELECTRICITY) -> str:
    """Return what a word is called, by the name of its enumeration; one that is not known is shown as it is."""
    said = labels().get(enum, {}).get(word, (word, word.replace("_", " ")))
    if medium == Medium.WATER:
        said = water().get(enum, {}).get(word, said)
    return said[language() == "en"]


def action(word: str) -> str:
    """Return what an action of the audit trail is called."""
    known = next((enum for enum in ACTIONS if word in labels().get(enum, {})), "")
    return named(known, word)


def field_name(name: str) -> str:
    """Return what a field of an entry of the audit trail is called."""
    return named("AuditField", name)


def field_value(name: str, value: Any) -> str:
    """Return a value of such a field as people read it; nothing for None."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return named("AuditField", "yes" if value else "no")
    if isinstance(value, int):
        return _number(name, value)
    if isinstance(value, dict):
        return (
            WRITERS[name](value)
            if name in WRITERS
            else ", ".join(f"{named('AuditField', key)} {field_value(key, each)}" for key, each in value.items())
        )
    if isinstance(value, list):
        return ", ".join(field_value(name, each) for each in value)
    known = next((enum for enum in WORDS.get(name, ()) if value in labels().get(enum, {})), "")
    return named(known, value) if known else str(value)


def _number(name: str, value: int) -> str:
    if name in ROWS:
        return ROWS[name](value)
    if name.endswith(("_dm2", "_fen")):
        return square_metres(value) if name.endswith("_dm2") else yuan_sign(value)
    return str(value)


@cache
def labels() -> dict[str, dict[str, tuple[str, str]]]:
    """Return Chinese and English of every word, by enumeration."""
    told = tomllib.loads(LABELS.read_text())
    return {enum: {word: (pair[0], pair[1]) for word, pair in words.items()} for enum, words in told.items()}
