"""A list as a file: exactly what was found, safe to open in a spreadsheet."""

import csv
from collections.abc import Iterable, Sequence
from decimal import Decimal
from io import BytesIO, StringIO

import xlsxwriter

from backend.admin.kit.language import t
from backend.admin.lists.plain import Plain

BOM = "\ufeff"  # without it Excel takes the file for GBK
FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\t", "\r", "\n")
WIDEST = 48
NUMBER = "#,##0.00"


def as_csv(titles: Sequence[str], rows: Iterable[Sequence[Plain]]) -> bytes:
    """Return a CSV file; what a spreadsheet would take for a formula gets an apostrophe before it."""
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow([_harmless(title) for title in titles])
    for row in rows:
        writer.writerow([_harmless(value) for value in row])
    return (BOM + text.getvalue()).encode()


def as_xlsx(name: str, titles: Sequence[str], rows: Iterable[Sequence[Plain]]) -> bytes:
    """Return an Excel file whose texts are never formulas, links or numbers."""
    made = BytesIO()
    safe = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(made, {"constant_memory": True, "in_memory": False, **safe})
    sheet = book.add_worksheet(t(name)[:31])
    bold, decimal = book.add_format({"bold": True}), book.add_format({"num_format": NUMBER})
    sheet.freeze_panes(1, 0)
    for column, title in enumerate(titles):
        sheet.set_column(column, column, min(max(len(title) * 2, 12), WIDEST))
        sheet.write_string(0, column, title, bold)
    for line, row in enumerate(rows, start=1):
        for column, value in enumerate(row):
            if isinstance(value, Decimal):
                sheet.write_number(line, column, value, decimal)
            elif isinstance(value, int):
                sheet.write_number(line, column, value)
            elif value is not None:
                sheet.write_string(line, column, value)
    book.close()
    return made.getvalue()


def _harmless(value: Plain) -> str:
    if not isinstance(value, str):
        return "" if value is None else str(value)
    return f"'{value}" if value.startswith(FORMULA) else value
