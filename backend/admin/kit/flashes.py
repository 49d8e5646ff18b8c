"""What a page says once, after the page before did something."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Literal

from flask import Response, g

from backend.admin.kit import cookies

Mood = Literal["done", "wrong"]
LASTS = 60


@dataclass(frozen=True, slots=True)
class Flash:
    """One sentence, and whether it is good news."""

    mood: str
    sentence: str


def flash(sentence: str, mood: Mood = "done") -> None:
    """Have the next page say a sentence, which is in the reader's language already."""
    g.flash = (mood, sentence)


def heard() -> Flash | None:
    """Return what this page is to say; it is said once."""
    kept = cookies.told(cookies.FLASH)
    if not kept:
        return None
    g.flash_heard = True
    try:
        mood, sentence = json.loads(urlsafe_b64decode(kept))
        return Flash(str(mood), str(sentence))
    except ValueError:  # not written by us
        return None


def carry(answer: Response) -> None:
    """Send along what is to be said next, and forget what was said."""
    if "flash" in g:
        packed = urlsafe_b64encode(json.dumps(g.flash).encode()).decode()
        cookies.keep(answer, cookies.FLASH, packed, seconds=LASTS)
    elif "flash_heard" in g:
        cookies.drop(answer, cookies.FLASH)
