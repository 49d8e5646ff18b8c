"""A code of WeChat becomes an identity, over wechatpy.

Sources: WeChat documentation, "auth.code2Session" (mini-program) and "web page authorization" (official account). The
session_key or the user's access token that comes with it is dropped here.
"""

from dataclasses import dataclass
from typing import Any, NoReturn

import requests
from wechatpy import WeChatClient, WeChatClientException

from backend.kernel.errors import ProductError, ProviderUnreachableError
from backend.kernel.logs import log
from backend.kernel.wire import WECHAT, OriginWire
from backend.people.models import WechatApp
from backend.people.wechat_apps import open_secret
from backend.runtime import Runtime
from miniprogram_api.errors import (
    WechatCodeRefusedError,
    WechatCodeUsedError,
    WechatSnapshotError,
    WechatUserBlockedError,
)

REFUSALS: dict[int, type[ProductError]] = {
    40029: WechatCodeRefusedError,
    41008: WechatCodeRefusedError,
    40163: WechatCodeUsedError,
    40226: WechatUserBlockedError,
}


@dataclass(frozen=True, slots=True)
class WechatIdentity:
    """How WeChat knows a person in one application, and, where it tells, in all of them."""

    openid: str
    unionid: str | None


def identity_of_code(runtime: Runtime, app: WechatApp, code: str) -> WechatIdentity:
    """Exchange the code of wx.login, good once. Raises the refusals of `errors`, ProviderUnreachableError."""
    return _identity(_ask(runtime, app, "/sns/jscode2session", {"js_code": code}))


def identity_of_oauth_code(runtime: Runtime, app: WechatApp, code: str) -> WechatIdentity:
    """Exchange the code that an official account's page came back with, good once. Raises likewise.

    WeChat lets people look at a page as a nobody, a "snapshot": such a one is refused, it would be bound to nothing.
    """
    told = _ask(runtime, app, "/sns/oauth2/access_token", {"code": code})
    if isinstance(told, dict) and told.get("is_snapshotuser") == 1:
        raise WechatSnapshotError
    return _identity(told)


def _ask(runtime: Runtime, app: WechatApp, path: str, code: dict[str, str]) -> Any:
    """Ask WeChat; errors keep no trace of their cause: it would carry the application's secret."""
    settings, secret = runtime.settings, open_secret(app, seal=runtime.seal)
    client = WeChatClient(app.appid, secret, auto_retry=False)
    client._http.mount(WECHAT, OriginWire(runtime.adapter, settings.wechat_api_origin, settings.provider_timeout))
    question = {"appid": app.appid, "secret": secret, "grant_type": "authorization_code"} | code
    try:
        # Parameters as pairs: given a mapping, the library first fetches an access token that this call does not need.
        return client.get(f"{WECHAT}{path}", params=list(question.items()), allow_redirects=False)
    except WeChatClientException as error:
        _refuse(error.errcode, error.errmsg)
    except requests.RequestException as error:
        _refuse(type(error).__name__, None)


def _identity(told: Any) -> WechatIdentity:
    openid = told.get("openid") if isinstance(told, dict) else None
    if not isinstance(openid, str) or not openid:
        _refuse("no openid", None)
    return WechatIdentity(openid, told.get("unionid") or None)


def _refuse(answer: int | str | None, text: str | None) -> NoReturn:
    if isinstance(answer, int) and answer in REFUSALS:
        raise REFUSALS[answer] from None
    log().error("no log-in from WeChat", answer=answer, text=text)
    raise ProviderUnreachableError from None
