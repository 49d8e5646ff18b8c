"""Words for states, kinds and actions in both languages; the Chinese are those of docs/glossary.md."""

import tomllib
from enum import StrEnum
from functools import cache
from pathlib import Path

from backend.admin.kit.language import language

LABELS = Path(__file__).parents[1] / "labels.toml"
ACTIONS = ("StaffAction", "EstateAction", "MeteringAction", "PeopleAction")


def label(word: StrEnum | None) -> str:
    """Return what a word of an enumeration is called; nothing for None."""
    return "" if word is None else named(type(word).__name__, word.value)


def named(enum: str, word: str) -> str:
    """Return what a word is called, by the name of its enumeration; one that is not known is shown as it is."""
    zh, en = labels().get(enum, {}).get(word, (word, word.replace("_", " ")))
    return en if language() == "en" else zh


def action(word: str) -> str:
    """Return what an action of the audit trail is called."""
    known = next((enum for enum in ACTIONS if word in labels().get(enum, {})), "")
    return named(known, word)


@cache
def labels() -> dict[str, dict[str, tuple[str, str]]]:
    """Return Chinese and English of every word, by enumeration."""
    told = tomllib.loads(LABELS.read_text())
    return {enum: {word: (pair[0], pair[1]) for word, pair in words.items()} for enum, words in told.items()}
