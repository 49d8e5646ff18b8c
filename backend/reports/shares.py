"""Shares of a whole that add up exactly. Pure."""

from collections.abc import Mapping
from typing import TypeVar

Key = TypeVar("Key")
WHOLE = 10_000  # hundredths of a per cent


def shares_of(parts: Mapping[Key, int], *, whole: int = WHOLE) -> dict[Key, int]:
    """Divide a whole by what each part is, by largest remainder: the shares add up to it exactly.

    Parts are not below zero; where all are zero, so are the shares. Of equal remainders the first part gets more.
    """
    total = sum(parts.values())
    if total == 0:
        return dict.fromkeys(parts, 0)
    told = {key: divmod(part * whole, total) for key, part in parts.items()}
    left = whole - sum(share for share, _ in told.values())
    order = {key: place for place, key in enumerate(told)}
    most = sorted(told, key=lambda key: (-told[key][1], order[key]))[:left]
    return {key: share + (key in most) for key, (share, _) in told.items()}
