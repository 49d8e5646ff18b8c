"""What nearly every page needs, from one place."""

from backend.admin.kit.blueprint import BASE, blueprint
from backend.admin.kit.flashes import flash
from backend.admin.kit.guarding import (
    acting,
    chosen_park,
    current,
    for_anybody,
    for_staff,
    looked_at,
    office,
    scope,
    visitor,
)
from backend.admin.kit.language import language, t
from backend.admin.kit.leading import back, go, ours
from backend.admin.kit.proof import is_proved, prove_first
from backend.admin.kit.showing import show

__all__ = [
    "BASE",
    "acting",
    "back",
    "blueprint",
    "chosen_park",
    "current",
    "flash",
    "for_anybody",
    "for_staff",
    "go",
    "is_proved",
    "language",
    "looked_at",
    "office",
    "ours",
    "prove_first",
    "scope",
    "show",
    "t",
    "visitor",
]
