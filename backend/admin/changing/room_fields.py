"""What is asked of a room."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from backend.admin.forms.field import Field, word_field
from backend.admin.kit.labels import label
from backend.estate.models import RoomKind, RoomPhase
from backend.estate.rooms import RoomWords
from backend.importing.cells import area_dm2


def room_fields(words: RoomWords | None = None) -> tuple[Field, ...]:
    """Return the fields of a room, filled with what is known of it."""
    known = words or RoomWords("", "")
    phases = [(word.value, label(word)) for word in RoomPhase]
    phase = known.phase.value if known.phase else ""
    return (
        Field("floor", "楼层", value=known.floor, longest=20, hint="例如 3 或 B1"),
        Field("number", "房号", value=known.number, longest=50),
        area_field("area", known.area_dm2),
        kind_field("kind", known.kind),
        word_field("phase", "相位", RoomPhase, phases, value=phase, required=False),
        Field("remark", "备注", value=known.remark, required=False, longest=200),
    )


def area_field(key: str, area: int | None = None) -> Field:
    """Return the field for an area, which need not be known."""
    written = "" if area is None else f"{Decimal(area).scaleb(-2):f}"
    return Field(key, "面积（平方米）", read=area_dm2, required=False, nothing=None, value=written, longest=12)


def kind_field(key: str, kind: RoomKind) -> Field:
    """Return the field for what a room is used as."""
    return word_field(key, "用途", RoomKind, [(word.value, label(word)) for word in RoomKind], value=kind.value)


def part_fields(place: int, group: str, words: RoomWords) -> tuple[Field, ...]:
    """Return what is asked of one part of a room that is split."""
    fields = (
        Field(f"number{place}", "房号", value=words.number, longest=50),
        area_field(f"area{place}", words.area_dm2),
        kind_field(f"kind{place}", words.kind),
    )
    return tuple(replace(field, group=group) for field in fields)


def words_of(told: Mapping[str, Any]) -> RoomWords:
    """Return what was said of a room."""
    return RoomWords(told["floor"], told["number"], told["area"], told["kind"], told["phase"], told["remark"])
