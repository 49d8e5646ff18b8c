"""Floors as people say them, in the order of the building."""

import re

NUMBER = re.compile(r"\d+")
BELOW = re.compile(r"^\s*(?:B|-|负|地下)", re.IGNORECASE)


def floor_rank(floor: str) -> tuple[int, str]:
    """Return what to sort a floor by, the lowest first: B2, B1, then those without a number, 1, 2, 10."""
    number = NUMBER.search(floor)
    level = int(number[0]) if number else 0
    return (-level if BELOW.match(floor) else level, floor)
