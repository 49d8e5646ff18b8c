"""Rows whose cells were read: values where they fit, errors beside the cells where they do not."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from backend.importing.cells import CellError, as_typed
from backend.importing.layout import SHEETS, Column, SheetKind
from backend.importing.reading import RawRow


class Fate(StrEnum):
    """What an import would do with a row."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    WRONG = "wrong"


@dataclass(slots=True)
class Row:
    """One row: values by column, errors by column, what would become of it, and what would differ."""

    sheet: SheetKind
    number: int
    typed: dict[str, object]
    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, CellError] = field(default_factory=dict)
    changes: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    known_id: int | None = None

    @property
    def fate(self) -> Fate:
        """What an import would do with it."""
        if self.errors:
            return Fate.WRONG
        if self.known_id is None:
            return Fate.NEW
        return Fate.CHANGED if self.changes else Fate.UNCHANGED

    def shown(self, column: Column) -> str:
        """Return what stands in a cell, as a person reads it there."""
        return as_typed(self.typed.get(column.key, ""))

    def before(self, column: Column) -> str:
        """Return what a cell that differs would replace, as it would be typed; empty where nothing was known."""
        old = self.changes[column.key][0]
        return column.show(old) if old not in (None, "") else ""

    def refuse(self, column: str, zh: str, en: str) -> None:
        """Put an error beside a cell, unless it has one."""
        self.errors.setdefault(column, CellError(zh, en))

    def compare(self, before: dict[str, Any]) -> None:
        """Note what differs from what is known; an empty cell leaves things as they are."""
        self.changes = {
            name: (old, self.values[name])
            for name, old in before.items()
            if name in self.values and self.values[name] != old
        }


def checked(kind: SheetKind, rows: Iterable[RawRow]) -> list[Row]:
    """Return rows with each cell read by its column."""
    return [_checked(kind, raw) for raw in rows]


def refuse_repeated(rows: Iterable[Row], *columns: str) -> None:
    """Put an error beside every row whose key stands in an earlier row already."""
    first: dict[tuple[Any, ...], int] = {}
    for row in rows:
        key = tuple(row.values.get(column) for column in columns)
        if None in key:
            continue
        earlier = first.setdefault(key, row.number)
        if earlier != row.number:
            row.refuse(columns[-1], f"与第 {earlier} 行重复", f"repeats row {earlier}")


def _checked(kind: SheetKind, raw: RawRow) -> Row:
    row = Row(kind, raw.number, dict(raw.cells))
    for column in SHEETS[kind][1]:
        if column.key not in raw.cells:
            if column.required:
                row.refuse(column.key, "必填", "this is needed")
            continue
        try:
            row.values[column.key] = column.read(raw.cells[column.key])
        except CellError as error:
            row.errors[column.key] = error
    return row
