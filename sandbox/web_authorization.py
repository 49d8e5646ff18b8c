"""The page of open.weixin.qq.com that sends people back to a page of an official account, with a code."""

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from sandbox import people
from sandbox.world import World

STATE = re.compile(r"[0-9A-Za-z]{1,128}")
SCOPES = ("snsapi_base", "snsapi_userinfo")
NAMES = 12  # as buttons; anybody else types theirs
LACKING = {"appid": (10012, "appid 不能为空"), "redirect_uri": (10011, "redirect_uri 不能为空")}


def web_authorization(world: World) -> Blueprint:
    """Return the page; in WeChat a telephone is somebody's, here it asks whose, unless `person` says so."""
    pages = Blueprint("web_authorization", __name__)

    @pages.get("/connect/oauth2/authorize")
    def authorize() -> AnyResponse:
        asked = request.args
        refused = refusal(world, asked)
        if refused:
            return Response(render_template("authorize.html", refused=refused), 400)
        if not asked.get("person"):
            known = sorted(person.name for person in world.books.persons.all())[:NAMES]
            return Response(render_template("authorize.html", known=known, asked=asked))
        code = people.mint_code(world, asked["appid"], asked["person"], "login").code
        return redirect(come_back(asked["redirect_uri"], code, asked.get("state", "")), 302)

    return pages


def refusal(world: World, asked: Mapping[str, str]) -> tuple[int, str] | None:
    """Return the number and the sentence with which WeChat refuses such an address."""
    for name, told in LACKING.items():
        if not asked.get(name):
            return told
    app = world.keys.app(asked["appid"])
    there = urlsplit(asked["redirect_uri"])
    refused = {
        (40013, "appid 不合法"): app is None,
        (10016, "不支持小程序的 appid"): app is not None and app.kind != "official_account",
        (10003, "redirect_uri 域名与后台配置不一致"): there.scheme not in ("http", "https") or not there.netloc,
        (10005, "没有这个 scope 的权限"): asked.get("scope") not in SCOPES or asked.get("response_type") != "code",
        (10013, "state 只可以是 128 个以内的字母和数字"): not STATE.fullmatch(asked.get("state") or "0"),
    }
    return next((told for told, so in refused.items() if so), None)


def come_back(address: str, code: str, state: str) -> str:
    """Return the page's address with code and state; its own query stays, as it does in WeChat."""
    there = urlsplit(address)
    brought = [*parse_qsl(there.query, keep_blank_values=True), ("code", code), ("state", state)]
    return there._replace(query=urlencode(brought)).geturl()
