"""The WeChat API host: tokens, log-in, people, messages and shipping, over HTTP."""

import base64
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, request

from sandbox import messages, people, shipping
from sandbox.keys import App
from sandbox.refusals import ApiRefusal
from sandbox.signing import compact
from sandbox.switches import failure_for, take
from sandbox.world import World

Told = dict[str, Any]
DONE: Told = {"errcode": 0, "errmsg": "ok"}


def wechat_api(world: World) -> Blueprint:
    """Return the routes under /cgi-bin, /sns and /wxa."""
    pages = Blueprint("wechat_api", __name__)
    pages.before_request(lambda: _meet(world))
    pages.after_request(lambda response: Response("", 502) if take(world, "lose_next") else response)
    pages.register_error_handler(ApiRefusal, lambda refusal: _refuse(world, refusal))
    _add_tokens(pages, world)
    _add_log_in(pages, world)
    _add_people(pages, world)
    _add_messages(pages, world)
    _add_shipping(pages, world)
    return pages


def answer(told: Told) -> Response:
    """Answer as the WeChat API does: JSON under HTTP 200."""
    return Response(compact(told), content_type="application/json; encoding=utf-8")


def _refuse(world: World, refusal: ApiRefusal) -> Response:
    return answer({"errcode": refusal.errcode, "errmsg": f"{refusal.errmsg} rid: {world.text(8)}"})


def _meet(world: World) -> None:
    failure = failure_for(world, request.path)
    if failure:
        code = failure.fail_code
        raise ApiRefusal(int(code) if code.lstrip("-").isdigit() else -1, "system error")


def _caller(world: World) -> App:
    return people.check_token(world, request.args.get("access_token", ""))


def _body() -> Told:
    body = request.get_json(force=True, silent=True)
    if not isinstance(body, dict):
        raise ApiRefusal(47001, "data format error")
    return body


def _add_tokens(pages: Blueprint, world: World) -> None:
    @pages.get("/cgi-bin/token")
    def token() -> Response:
        app = people.check_secret(world, request.args.get("appid", ""), request.args.get("secret", ""))
        if request.args.get("grant_type") != "client_credential":
            raise ApiRefusal(40002, "invalid grant_type")
        return answer({"access_token": people.issue_token(world, app).token, "expires_in": people.TOKEN_LIVES})

    @pages.post("/cgi-bin/stable_token")
    def stable_token() -> Response:
        body = _body()
        app = people.check_secret(world, str(body.get("appid", "")), str(body.get("secret", "")))
        if body.get("grant_type") != "client_credential":
            raise ApiRefusal(40002, "invalid grant_type")
        issued = people.stable_token(world, app, force=bool(body.get("force_refresh")))
        return answer({"access_token": issued.token, "expires_in": int(issued.valid_until - world.clock())})


def _add_log_in(pages: Blueprint, world: World) -> None:
    def log_in(code_name: str, kind: str) -> tuple[str, Told]:
        app = people.check_secret(world, request.args.get("appid", ""), request.args.get("secret", ""))
        if app.kind != kind:
            raise ApiRefusal(48001, "api unauthorized")
        name = people.use_code(world, app.appid, request.args.get(code_name, ""), "login")
        openid = people.identity_of(world, app.appid, name).openid
        return name, {"openid": openid, "unionid": people.unionid_of(world, name)}

    @pages.get("/sns/jscode2session")
    def code_to_session() -> Response:
        key = base64.b64encode(world.text(16).encode()).decode()
        return answer({"session_key": key, **log_in("js_code", "mini_program")[1]})

    @pages.get("/sns/oauth2/access_token")
    def oauth_token() -> Response:
        known = log_in("code", "official_account")[1]
        tokens = {"access_token": world.text(64), "expires_in": 7200, "refresh_token": world.text(64)}
        return answer({**tokens, "scope": "snsapi_base", **known})


def _add_people(pages: Blueprint, world: World) -> None:
    @pages.post("/wxa/business/getuserphonenumber")
    def phone_number() -> Response:
        app = _caller(world)
        name = people.use_code(world, app.appid, str(_body().get("code", "")), "phone")
        phone = people.person_called(world, name).phone
        mark = {"timestamp": int(world.clock()), "appid": app.appid}
        told = {"phoneNumber": phone, "purePhoneNumber": phone, "countryCode": "86", "watermark": mark}
        return answer({**DONE, "phone_info": told})

    @pages.get("/cgi-bin/user/info")
    def user() -> Response:
        app, openid = _caller(world), request.args.get("openid", "")
        person = people.person_of(world, app.appid, openid)
        told: Told = {"subscribe": int(person.subscribed), "openid": openid}
        if person.subscribed:
            told |= {"language": "zh_CN", "subscribe_time": 1_700_000_000, "remark": "", "groupid": 0}
            told |= {"tagid_list": [], "subscribe_scene": "ADD_SCENE_QR_CODE", "qr_scene": 0, "qr_scene_str": ""}
        return answer({**told, "unionid": people.unionid_of(world, person.name)})


def _add_messages(pages: Blueprint, world: World) -> None:
    def sender(channel: str) -> Callable[[], Response]:
        def send() -> Response:
            message = messages.send(world, _caller(world), channel, _body())
            return answer({**DONE, "msgid": int(message.msgid)} if channel == "template" else DONE)

        return send

    paths = {"template": "template/send", "subscribe": "subscribe/send", "bizsend": "subscribe/bizsend"}
    for channel, path in paths.items():
        pages.add_url_rule(f"/cgi-bin/message/{path}", channel, sender(channel), methods=["POST"])


def _add_shipping(pages: Blueprint, world: World) -> None:
    @pages.post("/wxa/sec/order/upload_shipping_info")
    def upload() -> Response:
        _caller(world)
        shipping.upload(world, _body())
        return answer(DONE)

    @pages.post("/wxa/sec/order/is_trade_managed")
    def is_trade_managed() -> Response:
        _caller(world)
        return answer({**DONE, "is_trade_managed": shipping.is_managed(world, str(_body().get("appid", "")))})
