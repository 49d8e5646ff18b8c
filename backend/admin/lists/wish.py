"""What is asked of a list, as it stands in the address; what makes no sense there is left out."""

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from backend.admin.lists.column import Column, Listing

SIZES = (25, 50, 100, 200)
USUAL_SIZE = 50
DEEPEST = 100_000


@dataclass(frozen=True, slots=True)
class Wish:
    """Which rows, which columns, in which order, which page. sought: what is usual is left out."""

    listing: Listing
    sought: tuple[tuple[str, str], ...]
    sort: str
    columns: tuple[str, ...]
    page: int
    size: int
    park: str

    def value(self, key: str) -> str:
        """Return what a sieve was given, or what is usual."""
        usual = next((sieve.usual for sieve in self.listing.sieves if sieve.key == key), "")
        return dict(self.sought).get(key, usual)

    @property
    def chosen(self) -> tuple[Column, ...]:
        """The columns to show, in the list's own order."""
        return tuple(column for column in self.listing.columns if column.key in self.columns)

    @property
    def query(self) -> str:
        """All of it as an address has it, without what is usual."""
        usual = tuple(column.key for column in self.listing.columns if column.shown)
        told = [*self.sought, ("park", self.park), ("sort", self.sort)]
        told.append(("columns", ",".join(self.columns) if self.columns != usual else ""))
        told.append(("size", str(self.size) if self.size != USUAL_SIZE else ""))
        told.append(("page", str(self.page) if self.page > 1 else ""))
        return urlencode([(name, value) for name, value in told if value])

    def sorted_by(self, column: Column) -> str:
        """Return the address's query that sorts by a column, or turns it round."""
        turned = f"-{column.key}" if self.sort == column.key else column.key
        return replace(self, sort=turned, page=1).query

    def paged(self, page: int) -> str:
        """Return the address's query of another page."""
        return replace(self, page=page).query


def wish_of(listing: Listing, told: MultiDict[str, str], park: int | None) -> Wish:
    """Read an address."""
    known = {column.key: column for column in listing.columns}
    sort = told.get("sort", "")
    sortable = sort.removeprefix("-") in known and known[sort.removeprefix("-")].sortable
    asked = set(told.get("columns", "").split(",")) | set(told.getlist("column"))
    columns = tuple(key for key in known if key in asked) or tuple(key for key, c in known.items() if c.shown)
    given = [(sieve, told.get(sieve.key, "").strip()) for sieve in listing.sieves]
    sought = tuple((sieve.key, word) for sieve, word in given if word not in ("", sieve.usual))
    size = _number(told.get("size", ""), USUAL_SIZE)
    return Wish(
        listing=listing,
        sought=sought,
        sort=sort if sortable else "",
        columns=columns,
        page=min(max(_number(told.get("page", ""), 1), 1), DEEPEST),
        size=size if size in SIZES else USUAL_SIZE,
        park=str(park) if park is not None and listing.by_park else "",
    )


def _number(told: str, otherwise: int) -> int:
    return int(told) if told.isascii() and told.isdecimal() and len(told) <= 9 else otherwise  # noqa: PLR2004 of nine digits
