"""The parts of a workbook as they are stored: where a sheet stands, how far it reaches, which cells hold formulas.

Looked at before the reader opens them: it makes room for the whole rectangle between the first and the last cell, and
ends the process when there is none.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from posixpath import join, normpath
from xml.parsers import expat
from zipfile import BadZipFile, ZipFile

from backend.importing.errors import NotAWorkbookError, WorkbookTooLargeError, WorkbookTooWideError

MOST_ROWS = 20_000
MOST_COLUMNS = 100
FOLDER, ROOT, RELATIONS = "xl", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
CELL = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})")
FILLED = frozenset({"v", "is", "f"})  # a cell without any of them only has a format, and is not read
Attributes = Mapping[str, str]


def parts_of_sheets(parts: ZipFile) -> dict[str, str]:
    """Return where each sheet is stored, by its name. Raises NotAWorkbookError."""
    if len(set(parts.namelist())) < len(parts.namelist()):  # another reader might take the other of two
        raise NotAWorkbookError
    links = {told["Id"]: told["Target"] for _, told in _elements(parts, RELATIONS, "Target")}
    found = {}
    for tag, told in _elements(parts, ROOT, "name"):
        link = next((value for key, value in told.items() if key.rpartition(":")[2] == "id"), None)
        if tag == "sheet" and link in links:
            found[told["name"]] = normpath(join("/", FOLDER, links[link])).lstrip("/")
    return found


def formulas_of(parts: ZipFile, path: str) -> Iterator[str]:
    """Yield the cells with formulas of a sheet, once all of it was seen to be of a size people fill.

    Raises WorkbookTooLargeError, WorkbookTooWideError, NotAWorkbookError.
    """
    seen = _Reach()
    _walk(parts, path, seen.begun)
    yield from seen.formulas


class _Reach:
    """Follows the cells of a sheet; one without an address stands right of the one before."""

    def __init__(self) -> None:
        self.row = self.column = 0
        self.formulas: list[str] = []

    def begun(self, tag: str, told: Attributes) -> None:
        """Take note of an element. Raises WorkbookTooLargeError, WorkbookTooWideError, NotAWorkbookError."""
        if tag == "row":
            row = told.get("r", "")
            self.row, self.column = int(row) if row.isdecimal() else self.row + 1, 0
        elif tag == "c":
            self._move(told.get("r"))
        elif tag in FILLED:
            self._refuse_far()
            if tag == "f":
                self.formulas.append(f"{letters(self.column)}{self.row}")

    def _move(self, address: str | None) -> None:
        if address is None:
            self.column += 1
            return
        read = CELL.fullmatch(address)
        if read is None:
            raise NotAWorkbookError
        self.row, self.column = int(read[2]), _place(read[1])

    def _refuse_far(self) -> None:
        if self.row > MOST_ROWS + 1:  # the header besides
            raise WorkbookTooLargeError(most=MOST_ROWS)
        if self.column > MOST_COLUMNS:
            raise WorkbookTooWideError(cell=f"{letters(self.column)}{self.row}", most=letters(MOST_COLUMNS))


def letters(column: int) -> str:
    """Return the name of a column, counted from 1."""
    name = ""
    while column:
        column, left = divmod(column - 1, 26)
        name = chr(ord("A") + left) + name
    return name


def _place(name: str) -> int:
    place = 0
    for letter in name:
        place = place * 26 + ord(letter) - ord("A") + 1
    return place


def _elements(parts: ZipFile, path: str, needed: str) -> list[tuple[str, Attributes]]:
    found: list[tuple[str, Attributes]] = []
    _walk(parts, path, lambda tag, told: found.append((tag, told)) if needed in told else None)
    return found


def _walk(parts: ZipFile, path: str, begun: Callable[[str, Attributes], object]) -> None:
    """Tell the beginning of each element, without its prefix. Raises NotAWorkbookError, and what `begun` raises."""
    reader = expat.ParserCreate()
    reader.StartElementHandler = lambda name, told: begun(name.rpartition(":")[2], told)
    reader.StartDoctypeDeclHandler = _refuse_types
    try:
        with parts.open(path) as part:
            reader.ParseFile(part)
    except (KeyError, BadZipFile, expat.ExpatError) as error:
        raise NotAWorkbookError from error


def _refuse_types(*_: object) -> None:
    """No program that writes workbooks declares entities."""
    raise NotAWorkbookError
