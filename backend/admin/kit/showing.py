"""Pages from templates, with what each of them needs: words, icons, who looks, which park."""

from typing import Any

from flask import Response, g, make_response, render_template

from backend.admin.kit import cookies, flashes
from backend.admin.kit.assets import asset, icon, shape
from backend.admin.kit.blueprint import BASE, blueprint, nonce
from backend.admin.kit.csrf import csrf_token
from backend.admin.kit.guarding import chosen_park
from backend.admin.kit.labels import action, field_name, field_value, label, named
from backend.admin.kit.language import language, t
from backend.admin.kit.leading import here
from backend.admin.kit.menu import menu
from backend.admin.kit.writing import (
    aged,
    ago,
    clock_time,
    cubic_metres,
    day,
    kwh,
    moment,
    span,
    square_metres,
    yuan_sign,
)


def show(template: str, status: int = 200, /, **facts: Any) -> Response:
    """Return a page of the back office."""
    return make_response(render_template(template, **facts), status)


def _frame() -> dict[str, Any]:
    who = g.get("who")
    return {
        "BASE": BASE,
        "who": who,
        "menu": menu(who) if who else [],
        "parks": g.get("parks", ()),
        "looked_park": chosen_park(),
        "theme": cookies.told(cookies.THEME),
        "language": language(),
        "request_id": g.get("request_id", ""),
        "flashed": flashes.heard(),
        "here": here(),
        "nonce": nonce(),
        "csrf": csrf_token(),
    }


@blueprint.context_processor
def _words() -> dict[str, Any]:
    plain = {"t": t, "icon": icon, "shape": shape, "asset": asset}
    called = {
        "label": label,
        "named": named,
        "action": action,
        "field_name": field_name,
        "field_value": field_value,
    }
    written = {
        "yuan": yuan_sign,
        "cubic_metres": cubic_metres,
        "kwh": kwh,
        "area": square_metres,
        "at": clock_time,
        "day": day,
        "ago": ago,
        "aged": aged,
        "span": span,
        "moment": moment,
    }
    return {**plain, **called, **written, **_frame()}


@blueprint.after_request
def _keep(answer: Response) -> Response:
    flashes.carry(answer)
    if "new_visitor" in g:
        cookies.keep(answer, cookies.VISITOR, g.new_visitor)
    return answer
