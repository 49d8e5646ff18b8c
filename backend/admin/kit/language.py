"""Chinese is what the pages are written in; English stands beside it in english.toml."""

import tomllib
from functools import cache
from pathlib import Path

from flask import request

from backend.admin.kit import cookies
from backend.kernel.errors import Language, language_of

ENGLISH = Path(__file__).parents[1] / "english.toml"


def language() -> Language:
    """Return the reader's language: as they chose, else as their browser asks."""
    chosen = cookies.told(cookies.LANGUAGE)
    return "en" if (chosen or language_of(request.headers.get("Accept-Language"))) == "en" else "zh"


def t(zh: str, **facts: object) -> str:
    """Say a Chinese sentence in the reader's language; facts stand in it as {name}."""
    sentence = english().get(zh, zh) if language() == "en" else zh
    return sentence.format(**facts) if facts else sentence


@cache
def english() -> dict[str, str]:
    """Return the English of every sentence."""
    known: dict[str, str] = tomllib.loads(ENGLISH.read_text())
    return known
