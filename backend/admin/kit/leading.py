"""Where to go next: addresses of ours only, because they come from outside."""

import re

from flask import Response, request

from backend.admin.kit.blueprint import BASE

OURS = re.compile(rf"{BASE}(?:[/?][\x21-\x7e]*)?")


def ours(address: str | None, otherwise: str = f"{BASE}/") -> str:
    """Return an address if it is one of the back office's, else another."""
    return address if address and "\\" not in address and OURS.fullmatch(address) else otherwise


def here() -> str:
    """Return the address of this page, to come back to."""
    return request.full_path.rstrip("?")


def go(address: str) -> Response:
    """Lead the browser on; htmx is told in its own way, because it follows others inside the page."""
    if request.headers.get("HX-Request"):
        return Response(status=204, headers={"HX-Redirect": address})
    return Response(status=303, headers={"Location": address})


def back(otherwise: str) -> Response:
    """Lead the browser back to the page whose form this was."""
    return go(ours(request.form.get("back"), otherwise))
