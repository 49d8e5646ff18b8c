"""Chinese is what the pages are written in; English stands beside it in english.toml.

Pages speak of electricity; what they say of a water meter instead stands, in both languages, in water.toml: a valve
opens where a breaker closes. Only here and in labels.py that is decided.
"""

import tomllib
from functools import cache
from pathlib import Path

from flask import request

from backend.admin.kit import cookies
from backend.kernel.errors import Language, language_of
from backend.metering.lines.silence import Medium

ENGLISH = Path(__file__).parents[1] / "english.toml"
WATER = Path(__file__).parents[1] / "water.toml"


def language() -> Language:
    """Return the reader's language: as they chose, else as their browser asks."""
    chosen = cookies.told(cookies.LANGUAGE)
    return "en" if (chosen or language_of(request.headers.get("Accept-Language"))) == "en" else "zh"


def t(zh: str, medium: Medium = Medium.ELECTRICITY, /, **facts: object) -> str:
    """Say a Chinese sentence in the reader's language, of a meter of this medium; facts stand in it as {name}."""
    said = (zh, english().get(zh, zh))
    if medium is Medium.WATER:
        said = water()["sentences"].get(zh, said)
    sentence = said[language() == "en"]
    return sentence.format(**facts) if facts else sentence


@cache
def english() -> dict[str, str]:
    """Return the English of every sentence."""
    known: dict[str, str] = tomllib.loads(ENGLISH.read_text())
    return known


@cache
def water() -> dict[str, dict[str, tuple[str, str]]]:
    """Return what is said of water meters, Chinese and English: words by enumeration, and `sentences`."""
    told = tomllib.loads(WATER.read_text())
    return {part: {word: (pair[0], pair[1]) for word, pair in words.items()} for part, words in told.items()}
