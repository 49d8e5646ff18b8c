"""Read a workbook: bounded in size, without merged cells and formulas, its headers those of the template."""

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from zipfile import BadZipFile, ZipFile

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from backend.importing.errors import (
    FormulasError,
    HeaderWrongError,
    MergedCellsError,
    NotAWorkbookError,
    SheetMissingError,
    WorkbookTooLargeError,
)
from backend.importing.layout import SHEETS, Column, SheetKind
from backend.importing.sheet_parts import MOST_ROWS, formulas_of, letters, parts_of_sheets

MOST_BYTES = 64 * 1024 * 1024  # unpacked, all parts together
SHOWN = 5


@dataclass(frozen=True, slots=True)
class RawRow:
    """A row as it was typed, by column; number is the one a person sees. Empty cells are left out."""

    number: int
    cells: Mapping[str, object]


def read_workbook(content: bytes) -> dict[SheetKind, list[RawRow]]:
    """Return the rows of the sheets that are ours. Raises the refusals of `importing.errors`."""
    _refuse_large(content)
    try:
        workbook = CalamineWorkbook.from_filelike(BytesIO(content))
    except (CalamineError, OSError, ValueError) as error:
        raise NotAWorkbookError from error
    names = {name.strip(): name for name in workbook.sheet_names}
    ours = {kind: names[zh] for kind, (zh, _) in SHEETS.items() if zh in names}
    if not ours:
        raise SheetMissingError(known="、".join(zh for zh, _ in SHEETS.values()))
    _refuse_unfit(content, ours)
    try:
        return {kind: _rows(workbook.get_sheet_by_name(name), kind) for kind, name in ours.items()}
    except CalamineError as error:
        raise NotAWorkbookError from error


def _refuse_large(content: bytes) -> None:
    try:
        with ZipFile(BytesIO(content)) as parts:
            unpacked = sum(part.file_size for part in parts.infolist())
    except BadZipFile as error:
        raise NotAWorkbookError from error
    if unpacked > MOST_BYTES:
        raise WorkbookTooLargeError(most=MOST_ROWS)


def _refuse_unfit(content: bytes, ours: Mapping[SheetKind, str]) -> None:
    """Look at sheets before they are read: formulas are shown as their last value only, and far cells cost memory."""
    with ZipFile(BytesIO(content)) as parts:
        paths = parts_of_sheets(parts)
        for kind, name in ours.items():
            if name not in paths:
                raise NotAWorkbookError
            if found := list(islice(formulas_of(parts, paths[name]), SHOWN)):
                raise FormulasError(sheet=SHEETS[kind][0], cells="、".join(found))


def _rows(sheet: CalamineSheet, kind: SheetKind) -> list[RawRow]:
    zh, columns = SHEETS[kind]
    if sheet.end is not None and sheet.end[0] > MOST_ROWS:  # counted from 0, the header
        raise WorkbookTooLargeError(most=MOST_ROWS)
    if merged := sheet.merged_cell_ranges:
        (top, left), _ = merged[0]
        raise MergedCellsError(sheet=zh, cells=f"{letters(left + 1)}{top + 1}")
    table = sheet.to_python(skip_empty_area=False)
    _refuse_header([str(cell).strip() for cell in table[0]] if table else [], zh, columns)
    rows = [
        RawRow(number, {c.key: cell for c, cell in zip(columns, row, strict=False) if str(cell).strip()})
        for number, row in enumerate(table[1:], start=2)
    ]
    return [row for row in rows if row.cells]


def _refuse_header(found: list[str], zh: str, columns: tuple[Column, ...]) -> None:
    for place, column in enumerate(columns):
        if place >= len(found) and not column.required:
            continue  # a template of an earlier release ends here
        told = found[place].removesuffix("*") if place < len(found) else ""
        if told not in (column.zh, column.en):
            wanted = "、".join(each.zh for each in columns)
            raise HeaderWrongError(sheet=zh, wanted=wanted, place=place + 1, found=told)
