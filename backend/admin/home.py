"""The first page, and the page for what is not there."""

from flask import Response

from backend.admin.kit.blueprint import blueprint
from backend.admin.kit.guarding import for_anybody, for_staff
from backend.admin.kit.showing import show
from backend.kernel.errors import NotFoundError


@blueprint.get("/")
@for_staff()
def home() -> Response:
    """Show what waits for somebody."""
    return show("home.html")


@blueprint.get("/<path:rest>")
@for_anybody
def missing(rest: str) -> Response:
    """Say that a page is not there, as a page. Raises NotFoundError."""
    raise NotFoundError
