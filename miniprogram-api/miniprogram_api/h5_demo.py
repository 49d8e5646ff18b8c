"""The demo's page: a telephone beside the registers of the simulated meters. Registered in development only."""

import json
import socket
import tomllib
from typing import Any

from flask import Blueprint, Response, jsonify, request

from backend.kernel.errors import NotFoundError
from backend.people.invite_links import invite_link, qr_svg
from backend.runtime import runtime
from miniprogram_api.h5_pages import page

LONGEST_DOWN = 120.0
blueprint = Blueprint("h5_demo", __name__, url_prefix="/h5/demo")


@blueprint.get("")
def demo() -> Response:
    """Return the page with the telephone."""
    return page("demo.html", also_ask=runtime().settings.wechat_api_origin)


@blueprint.get("/phone")
def phone() -> Response:
    """Return the pages of the mini-program with the sandbox in WeChat's place."""
    return page("phone.html", also_ask=runtime().settings.wechat_api_origin)


@blueprint.get("/account")
def account() -> Response:
    """Return the same pages as the official account's, with the sandbox's authorization page and payment."""
    return page("account.html", also_ask=runtime().settings.wechat_api_origin)


@blueprint.get("/people")
def people() -> Response:
    """Tell the people of the demo, with their invites, and where the sandbox is. Raises NotFoundError."""
    settings = runtime().settings
    told = json.loads(_kept("demo.json"))
    return jsonify({"sandbox": settings.wechat_api_origin, "public_url": settings.public_url, **told})


@blueprint.get("/invites/<person>.svg")
def invite_picture(person: str) -> Response:
    """Return the QR code of somebody's invite. Raises NotFoundError."""
    told = json.loads(_kept("demo.json"))
    code = next((each["invite"] for each in told["people"] if each["name"] == person), None)
    if code is None:
        raise NotFoundError
    link = invite_link(runtime().settings.public_url, code=code, appid=told["official_appid"])
    return Response(qr_svg(link), content_type="image/svg+xml")


@blueprint.get("/park")
def park() -> Response:
    """Tell what the registers of the simulated meters hold. Raises NotFoundError."""
    return jsonify(_ask({"do": "meters"}))


@blueprint.post("/park")
def take_down() -> Response:
    """Take a gateway off the network for some seconds. Raises NotFoundError."""
    wish = request.get_json()
    seconds = min(float(wish["seconds"]), LONGEST_DOWN)
    return jsonify(_ask({"do": "down", "line": str(wish["line"]), "seconds": seconds}))


def _kept(name: str) -> str:
    file = runtime().settings.var_dir / name
    if not file.is_file():
        raise NotFoundError
    return file.read_text()


def _ask(question: dict[str, Any]) -> Any:
    """Ask the control port of the simulated meters: one line of JSON there, one back."""
    port = int(tomllib.loads(_kept("park.toml"))["control_port"])
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection, connection.makefile("rwb") as wire:
            wire.write(json.dumps(question).encode() + b"\n")
            wire.flush()
            return json.loads(wire.readline())
    except OSError as error:
        raise NotFoundError from error
