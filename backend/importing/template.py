"""Write workbooks: the empty one to be filled, and one that was checked, with its errors beside the cells."""

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from xlsxwriter import Workbook

from backend.importing.checking import Fate, Row
from backend.importing.layout import SHEETS, SheetKind
from backend.importing.planning import Sheets

SAFE = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
WIDTH = 18
COLOURS = {Fate.NEW: "#e6f4ea", Fate.CHANGED: "#fff4d6", Fate.WRONG: "#fde2e1"}


def template() -> bytes:
    """Return the workbook to be filled: headers with a star where a cell is needed, an example as a comment."""
    written, book = _opened()
    for zh, columns in SHEETS.values():
        sheet = book.add_worksheet(zh)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(columns) - 1, WIDTH, book.add_format({"num_format": "@"}))
        for place, column in enumerate(columns):
            sheet.write_string(0, place, f"{column.zh}*" if column.required else column.zh)
            if column.example:
                sheet.write_comment(0, place, f"{column.en}: {column.example}")
    book.close()
    return written.getvalue()


def marked(sheets: Sheets) -> bytes:
    """Return what was typed with each error as a comment on its cell, and colours for new, changed and wrong rows."""
    written, book = _opened()
    formats = {fate: book.add_format({"bg_color": colour}) for fate, colour in COLOURS.items()}
    for kind, rows in sheets.items():
        if rows:
            _write_rows(book, kind, rows, formats)
    book.close()
    return written.getvalue()


def _opened() -> tuple[BytesIO, Any]:
    written = BytesIO()
    return written, Workbook(written, SAFE)


def _write_rows(book: Any, kind: SheetKind, rows: list[Row], formats: Mapping[Fate, Any]) -> None:
    zh, columns = SHEETS[kind]
    sheet = book.add_worksheet(zh)
    for place, column in enumerate(columns):
        sheet.write_string(0, place, column.zh)
    for row in rows:
        for place, column in enumerate(columns):
            sheet.write_string(row.number - 1, place, row.shown(column), formats.get(row.fate))
            if error := row.errors.get(column.key):
                sheet.write_comment(row.number - 1, place, f"{error.zh}\n{error.en}")
