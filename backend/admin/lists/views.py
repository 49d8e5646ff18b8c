"""The one component behind every list: a page, its inner part for htmx, and a file."""

from collections.abc import Callable, Iterator
from typing import Any

from flask import Response, request

from backend.admin.kit.page import BASE, blueprint, chosen_park, current, for_staff, go, looked_at, office, show
from backend.admin.lists.column import Choices, Listing
from backend.admin.lists.exporting import as_csv, as_xlsx
from backend.admin.lists.noting import note_export
from backend.admin.lists.plain import Plain, heading, masked, medium_in, plain
from backend.admin.lists.running import all_rows, page_of
from backend.admin.lists.wish import SIZES, Wish, wish_of
from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError
from backend.kernel.scope import Scope
from backend.runtime import runtime
from backend.staff.roles import Permission, parks_with

MOST = 100_000
FILES = {"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


def hang(listing: Listing) -> None:
    """Give a list its page and its file."""
    guard = for_staff(listing.permission)
    page, file = _page_view(listing), _file_view(listing)
    blueprint.add_url_rule(f"/{listing.name}", f"list_{listing.name}", guard(page))
    blueprint.add_url_rule(f"/{listing.name}/export", f"export_{listing.name}", guard(file))


def _page_view(listing: Listing) -> Callable[[], Response]:
    def show_list() -> Response:
        wish, scope = _asked(listing)
        if listing.by_park and wish.park and "park" not in request.args and not request.headers.get("HX-Request"):
            return go(f"{BASE}/{listing.name}?{wish.query}")  # an address tells all by itself, also to others
        with office().reading() as session:
            page = page_of(session, scope=scope, wish=wish)
            choices = _choices(session, scope, listing)
        open_all = sees_personal(scope)
        told: dict[str, Any] = {"listing": listing, "wish": wish, "page": page, "choices": choices, "sizes": SIZES}
        inner = request.headers.get("HX-Target") == "found"
        answer = show(
            "found.html" if inner else "list.html",
            masked=_unmasked if open_all else masked,
            medium_in=medium_in,
            **told,
        )
        if inner:
            answer.headers["HX-Push-Url"] = f"{BASE}/{listing.name}" + (f"?{wish.query}" if wish.query else "")
        return answer

    return show_list


def _file_view(listing: Listing) -> Callable[[], Response]:
    def export_list() -> Response:
        form = request.args.get("format", "")
        if form not in FILES:
            raise NotFoundError
        wish, scope = _asked(listing)
        titles = [heading(column) for column in wish.chosen]

        def taken(session: Session) -> bytes:
            rows = list(_plain_rows(session, scope, wish))
            note_export(session, scope=scope, wish=wish, form=form, count=len(rows))
            return as_csv(titles, rows) if form == "csv" else as_xlsx(listing.title, titles, rows)

        answer = Response(office().run(taken), content_type=FILES[form])
        name = f"{listing.name}-{runtime().clock.now():%Y%m%d-%H%M%S}.{form}"
        answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer

    return export_list


def sees_personal(scope: Scope) -> bool:
    """Say whether who asks may see names and telephone numbers in everything that is looked at."""
    allowed = parks_with(current().grants, Permission.SEE_PERSONAL)
    return allowed is None or (scope.park_ids is not None and scope.park_ids <= allowed)


def _asked(listing: Listing) -> tuple[Wish, Scope]:
    return wish_of(listing, request.args, chosen_park()), looked_at(listing.permission)


def _choices(session: Session, scope: Scope, listing: Listing) -> dict[str, Choices]:
    return {sieve.key: sieve.choices(session, scope) for sieve in listing.sieves if sieve.choices}


def _plain_rows(session: Session, scope: Scope, wish: Wish) -> Iterator[list[Plain]]:
    mask = _unmasked if sees_personal(scope) else masked
    for row in all_rows(session, scope=scope, wish=wish, most=MOST):
        yield [plain(column, mask(column, row[column.key]), medium_in(column, row)) for column in wish.chosen]


def _unmasked(_: object, value: Any) -> Any:
    return value
