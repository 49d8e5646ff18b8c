"""Search over everything that somebody may see: rooms, enterprises, meters, orders, people."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, request
from sqlalchemy import Select, select

from backend.admin.kit.page import blueprint, current, for_staff, office, scope, show
from backend.admin.lists.column import Listing
from backend.admin.lists.enterprises import ENTERPRISES
from backend.admin.lists.meters import METERS
from backend.admin.lists.orders import ORDERS
from backend.admin.lists.rooms import ROOMS
from backend.admin.lists.users import USERS
from backend.admin.lists.views import sees_personal
from backend.estate.archive_models import Contact
from backend.estate.models import Holder
from backend.kernel.db import Session

LEAST, EACH, DIGITS = 2, 5, 5
# What a hit says beside its name, by the labels of the list.
BESIDE = {
    "rooms": ("number", ("building", "holder")),
    "enterprises": ("name", ("credit_code",)),
    "meters": ("number", ("building", "room", "holder")),
    "orders": ("order_no", ("holder", "room")),
    "users": ("holder", ("name",)),
}
PLACES = {
    "rooms": "rooms/{id}",
    "enterprises": "enterprises/{id}",
    "meters": "meters/{id}",
    "orders": "orders/{order_no}",
    "users": "enterprises/{holder_id}",
}


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that was found: where it is, what it is called, and what helps to tell it apart."""

    place: str
    name: str
    beside: str


@dataclass(frozen=True, slots=True)
class Hits:
    """What was found in one list."""

    listing: Listing
    hits: Sequence[Hit]


@blueprint.get("/search")
@for_staff()
def search() -> Response:
    """Show what fits the words, as a page or for the search box."""
    words = request.args.get("q", "").strip()[:100]
    found: list[Hits] = []
    if len(words) >= LEAST:
        with office().reading() as session:
            every = [_found(session, listing, words) for listing in (ROOMS, ENTERPRISES, METERS, ORDERS, USERS)]
        found = [hits for hits in every if hits.hits]
    inner = bool(request.headers.get("HX-Request"))
    return show("hits.html" if inner else "search.html", found=found, words=words, least=LEAST)


def _found(session: Session, listing: Listing, words: str) -> Hits:
    if not current().may_somewhere(listing.permission):
        return Hits(listing, [])
    reach = scope(listing.permission)
    condition = listing.sieves[0].fits(words)
    statement = listing.statement(session, reach)
    fitting = statement if condition is None else statement.where(condition)
    rows = list(session.execute(fitting.limit(EACH)).mappings())
    if listing is ENTERPRISES and words.isdecimal() and len(words) >= DIGITS and sees_personal(reach):
        rows += session.execute(_by_phone(statement, words).limit(EACH)).mappings()
    if listing is USERS:  # who is bound to nobody has no page yet
        rows = [row for row in rows if row["holder_id"] is not None]
    return Hits(listing, [_hit(listing, row) for row in rows])


def _by_phone(statement: Select[*tuple[Any, ...]], words: str) -> Select[*tuple[Any, ...]]:
    """Find enterprises by a part of the number of any contact; only for who may see such numbers."""
    called = select(Contact.holder_id).where(Contact.phone.contains(words, autoescape=True))
    return statement.where(Holder.id.in_(called))


def _hit(listing: Listing, row: Any) -> Hit:
    name, beside = BESIDE[listing.name]
    more = " · ".join(str(row[key]) for key in beside if row[key])
    return Hit(PLACES[listing.name].format(**row), str(row[name] or "–"), more)
