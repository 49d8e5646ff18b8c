"""Workbooks as staff send them."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

from xlsxwriter import Workbook

from backend.importing.layout import SHEETS, SheetKind

Rows = Sequence[Mapping[str, Any]]


def workbook(holders: Rows = (), rooms: Rows = (), meters: Rows = (), accounts: Rows = (), **change: Any) -> bytes:
    """Return a workbook of rows by column key. change: `touch`, a function that is given each sheet and its kind."""
    written = BytesIO()
    book = Workbook(written, {"in_memory": True, "default_date_format": "yyyy-mm-dd"})
    for kind, rows in zip(SheetKind, (holders, rooms, meters, accounts), strict=True):
        if not rows:
            continue
        zh, columns = SHEETS[kind]
        sheet = book.add_worksheet(zh)
        for place, column in enumerate(columns):
            sheet.write(0, place, f"{column.zh}*" if column.required else column.zh)
            for number, row in enumerate(rows, start=1):
                if column.key in row:
                    sheet.write(number, place, row[column.key])
        if "touch" in change:
            change["touch"](sheet, kind)
    book.close()
    return written.getvalue()
