"""The first page, and the page for what is not there."""

from flask import Response

from backend.admin.kit.page import blueprint, for_anybody, for_staff, office, show
from backend.admin.tiles import tiles_of
from backend.kernel.errors import NotFoundError


@blueprint.get("/")
@for_staff()
def home() -> Response:
    """Show what waits for somebody, and how things stand."""
    with office().reading() as session:
        return show("home.html", tiles=list(tiles_of(session)))


@blueprint.get("/<path:rest>")
@for_anybody
def missing(rest: str) -> Response:
    """Say that a page is not there, as a page. Raises NotFoundError."""
    raise NotFoundError
