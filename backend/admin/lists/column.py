"""What a list is made of: columns, sieves, and the statement that finds its rows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select

from backend.kernel.db import Session
from backend.kernel.scope import Scope
from backend.staff.roles import Permission

Kind = Literal[
    "text", "number", "money", "energy", "area", "time", "day", "word", "words", "action", "change", "parameter"
]
AT_THE_END = ("number", "money", "energy", "area")
Choices = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Column:
    """One value of each row; key is its label in the statement, title is in Chinese.

    enum: the enumeration of a word; medium: the label of what the meter measures of which it tells. link: an address
    below the back office with {labels} of the row. personal: how it is masked for who may not see it. total: its sum
    stands below. shown: without being asked for.
    """

    key: str
    title: str
    kind: Kind = "text"
    enum: str = ""
    medium: str = ""
    link: str = ""
    total: bool = False
    shown: bool = True
    sortable: bool = True
    personal: Literal["", "phone", "name"] = ""
    colours: Mapping[str, str] = field(default_factory=dict)

    @property
    def at_the_end(self) -> bool:
        """Whether it is a number, which stands at the right."""
        return self.kind in AT_THE_END


@dataclass(frozen=True, slots=True)
class Sieve:
    """One thing by which rows are found; fits returns a condition, or None for what makes no sense.

    usual: what is sought when the address says nothing; there must be a choice for everything then.
    """

    key: str
    title: str
    fits: Callable[[str], ColumnElement[bool] | None]
    kind: Literal["text", "choice", "day"] = "text"
    choices: Callable[[Session, Scope], Choices] | None = None
    usual: str = ""


@dataclass(frozen=True, slots=True)
class Act:
    """What may be done to everything that was found: a page that is given the filter. only: a filter it asks for."""

    address: str
    title: str
    icon: str
    permission: Permission
    only: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of the back office: its statement returns labelled columns, among them `id`."""

    name: str
    title: str
    permission: Permission
    columns: tuple[Column, ...]
    sieves: tuple[Sieve, ...]
    statement: Callable[[Session, Scope], Select[*tuple[Any, ...]]]
    order: tuple[str, ...]  # labels; "-" before one turns it round
    empty: str
    by_park: bool = True
    create: tuple[str, str, Permission] | None = None  # address, title and permission of what makes a new one
    create_by_whole: bool = False  # only by who has that permission in the whole organisation
    acts: tuple[Act, ...] = ()
