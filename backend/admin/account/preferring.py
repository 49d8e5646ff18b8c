"""How somebody likes the pages: language, light or dark, and the park they look at."""

from urllib.parse import parse_qsl, urlencode

from flask import Response, request

from backend.admin.kit import cookies
from backend.admin.kit.page import BASE, back, blueprint, for_anybody, go, ours

CHOICES = {"language": cookies.LANGUAGE, "theme": cookies.THEME}
ALLOWED = {"language": ("zh", "en"), "theme": ("light", "dark")}


@blueprint.post("/preferences")
@for_anybody
def prefer() -> Response:
    """Keep a choice in this browser and show the page again."""
    park = request.form.get("park")
    answer = back(f"{BASE}/") if park is None else go(_without_park(ours(request.form.get("back"))))
    for name, cookie in CHOICES.items():
        chosen = request.form.get(name)
        if chosen in ALLOWED[name]:
            cookies.keep(answer, cookie, chosen, seconds=cookies.YEAR)
    if park is not None:
        cookies.keep(answer, cookies.PARK, park if park.isdecimal() else "", seconds=cookies.YEAR)
    return answer


def _without_park(address: str) -> str:
    """Return an address that does not name a park, nor a page of what was found in another."""
    path, _, query = address.partition("?")
    kept = [(name, value) for name, value in parse_qsl(query) if name not in ("park", "building", "page")]
    return f"{path}?{urlencode(kept)}" if kept else path
