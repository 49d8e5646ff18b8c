"""What a form asks for, and how what was typed is read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

from backend.importing.cells import CellError, day

Kind = Literal["text", "tel", "day", "choice", "checks", "file"]
Choices = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that is asked for; title, hint and group are in Chinese, for the template to say.

    read: from what was typed to a value, or CellError. nothing: the value of an empty one. value: what stands there
    first. group: fields of one group stand together under its name.
    """

    key: str
    title: str
    kind: Kind = "text"
    read: Callable[[Any], Any] = str
    required: bool = True
    nothing: Any = ""
    value: str = ""
    hint: str = ""
    choices: Choices = ()
    suggestions: Sequence[str] = ()
    group: str = ""
    longest: int = 100
    accept: str = ".xlsx"


def day_field(key: str, title: str, *, value: str = "", required: bool = True, hint: str = "") -> Field:
    """Return a field for a day."""
    return Field(key, title, "day", day, required=required, nothing=None, value=value, hint=hint)


def word_field(
    key: str,
    title: str,
    enum: type[StrEnum],
    choices: Choices,
    *,
    value: str = "",
    required: bool = True,
) -> Field:
    """Return a field for a word of an enumeration."""
    read, nothing = one_of(enum), None
    return Field(key, title, "choice", read, required=required, nothing=nothing, value=value, choices=choices)


def one_of(enum: type[StrEnum]) -> Callable[[str], StrEnum]:
    """Return a reader of words of an enumeration."""

    def read(told: str) -> StrEnum:
        if told not in set(enum):
            raise CellError("请选择", "please choose")
        return enum(told)

    return read


def chosen_from(choices: Choices) -> Callable[[str], str]:
    """Return a reader of what stands in a list of choices."""

    def read(told: str) -> str:
        if told not in dict(choices):
            raise CellError("请选择", "please choose")
        return told

    return read


def number_of(told: str) -> int:
    """Read the number of a row that was chosen."""
    if not (told.isascii() and told.isdecimal() and len(told) <= 18):  # noqa: PLR2004 digits that fit the column
        raise CellError("请选择", "please choose")
    return int(told)


def numbers_of(told: str) -> list[int]:
    """Read the numbers of rows that were ticked."""
    return [number_of(each) for each in told.split(",") if each]
