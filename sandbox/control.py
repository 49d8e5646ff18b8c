"""The control page and its JSON: make every case happen, and see what became of it."""

import re
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from sandbox import overview, people, switches
from sandbox.payments import MODES, Wish, pay
from sandbox.refusals import ControlRefusal
from sandbox.wallet import bill, request_payment
from sandbox.world import World

LOOPBACK = re.compile(r"https?://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?")
ON_PAGE = 40


def control(world: World) -> Blueprint:
    """Return the page at / and the JSON under /_control."""
    pages = Blueprint("control", __name__)
    pages.register_error_handler(ControlRefusal, _refuse)
    pages.after_request(_open_to_loopback_pages)
    _add_page(pages, world)
    _add_reading(pages, world)
    _add_paying(pages, world)
    _add_people(pages, world)
    _add_switches(pages, world)
    return pages


def wish_of(body: dict[str, Any]) -> Wish:
    """Read how a payment is to go from JSON or from the form."""
    try:
        return Wish(
            mode=str(body.get("mode") or "normal"),
            delay=None if body.get("delay") in (None, "") else float(body["delay"]),
            amount=None if body.get("amount") in (None, "") else int(body["amount"]),
            copies=int(body.get("copies") or 1),
            resend=body.get("resend", True) not in (False, "false", "0"),
            person=str(body.get("person") or ""),
        )
    except (TypeError, ValueError) as error:
        raise ControlRefusal("delay, amount and copies must be numbers") from error


def _body() -> dict[str, Any]:
    body = request.get_json(force=True, silent=True) if not request.form else request.form.to_dict()
    return body if isinstance(body, dict) else {}


def _told(told: Any) -> AnyResponse:
    """Answer a form with the page, anything else with JSON."""
    return redirect("/", 303) if request.form else jsonify(told)


def _refuse(refusal: ControlRefusal) -> AnyResponse:
    if request.form:
        return redirect(f"/?{urlencode({'refused': str(refusal)})}", 303)
    response = jsonify(error=str(refusal))
    response.status_code = 409
    return response


def _open_to_loopback_pages(response: Response) -> Response:
    origin = request.headers.get("Origin", "")
    if LOOPBACK.fullmatch(origin):
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Allow-Headers"] = "Content-Type"
    return response


def _add_page(pages: Blueprint, world: World) -> None:
    @pages.get("/")
    def page() -> str:
        return render_template(
            "control.html",
            orders=overview.orders_told(world, ON_PAGE),
            deliveries=overview.deliveries_told(world, limit=ON_PAGE),
            pending=overview.pending_told(world)[:ON_PAGE],
            messages=overview.messages_told(world, limit=ON_PAGE),
            totals=overview.totals(world)["merchants"],
            switches=switches.as_json(switches.read_switches(world)),
            modes=MODES,
            apps=world.keys.apps,
            refused=request.args.get("refused", ""),
        )


def _add_reading(pages: Blueprint, world: World) -> None:
    readings: dict[str, Callable[[], Any]] = {
        "orders": lambda: overview.orders_told(world),
        "deliveries": lambda: overview.deliveries_told(world, request.args.get("out_trade_no", "")),
        "pending": lambda: overview.pending_told(world),
        "messages": lambda: overview.messages_told(world, request.args.get("person", "")),
        "books": lambda: overview.totals(world),
        "switches": lambda: switches.as_json(switches.read_switches(world)),
        "shipments": lambda: [asdict(shipment) for shipment in world.books.shipments.all()],
    }

    def reader(read: Callable[[], Any]) -> Callable[[], Response]:
        return lambda: jsonify(read())

    for name, read in readings.items():
        pages.add_url_rule(f"/_control/{name}", f"read_{name}", reader(read), methods=["GET"])


def _add_paying(pages: Blueprint, world: World) -> None:
    @pages.post("/_control/pay/<path:reference>")
    def pay_order(reference: str) -> AnyResponse:
        return _told(pay(world, reference, wish_of(_body())))

    @pages.post("/_control/pay")
    def pay_by_token() -> AnyResponse:
        body = _body()
        return _told(pay(world, str(body.get("reference", "")), wish_of(body)))

    @pages.post("/_control/wallet/bill")
    def wallet_bill() -> Response:
        return jsonify(bill(world, str(_body().get("package", ""))))

    @pages.post("/_control/wallet")
    def wallet() -> AnyResponse:
        body = _body()
        return _told(request_payment(world, body, wish_of(body)))


def _add_people(pages: Blueprint, world: World) -> None:
    @pages.post("/_control/wechat/code")
    def mint_code() -> AnyResponse:
        body = _body()
        appid, name = str(body.get("appid", "")), str(body.get("person", ""))
        code = people.mint_code(world, appid, name, str(body.get("purpose") or "login"))
        openid = people.identity_of(world, appid, name).openid
        return jsonify(code=code.code, openid=openid, unionid=people.unionid_of(world, name))

    @pages.post("/_control/wechat/person")
    def change_person() -> AnyResponse:
        body = _body()
        names = ("phone", "subscribed", "subscribe_quota")
        wanted = {name: body[name] for name in names if name in body}
        before = people.person_called(world, str(body.get("person", "")))
        after = world.books.persons.put(replace(before, **wanted))
        openids = {app.appid: people.identity_of(world, app.appid, after.name).openid for app in world.keys.apps}
        return _told({**asdict(after), "openids": openids, "unionid": people.unionid_of(world, after.name)})

    @pages.post("/_control/wechat/expire_tokens")
    def expire_tokens() -> AnyResponse:
        world.books.tokens.clear()
        return _told({})


def _add_switches(pages: Blueprint, world: World) -> None:
    @pages.post("/_control/switches")
    def set_switches() -> AnyResponse:
        return _told(switches.as_json(switches.set_switches(world, _body())))
