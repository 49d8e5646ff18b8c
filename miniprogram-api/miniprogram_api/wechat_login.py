"""A mini-program's log-in code becomes an identity (code2session), over wechatpy.

Source: WeChat mini-program documentation, "auth.code2Session". The session_key that comes with it is dropped here.
"""

from dataclasses import dataclass
from typing import Any, NoReturn

import requests
from wechatpy import WeChatClient, WeChatClientException

from backend.kernel.errors import ProductError, ProviderUnreachableError
from backend.kernel.logs import log
from backend.runtime import Runtime
from miniprogram_api.errors import WechatCodeRefusedError, WechatCodeUsedError, WechatUserBlockedError
from miniprogram_api.wechat_wire import WECHAT, WechatWire

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


def identity_of_code(runtime: Runtime, *, appid: str, secret: str, code: str) -> WechatIdentity:
    """Exchange a log-in code, good once. Raises WechatCodeRefusedError, WechatCodeUsedError, ProviderUnreachableError.

    Errors keep no trace of their cause: it would carry the application's secret.
    """
    settings = runtime.settings
    client = WeChatClient(appid, secret, auto_retry=False)
    wire = WechatWire(runtime.adapter, settings.wechat_api_origin, settings.provider_timeout)
    client._http.mount(WECHAT, wire)
    question = {"appid": appid, "secret": secret, "js_code": code, "grant_type": "authorization_code"}
    try:
        # Parameters as pairs: given a mapping, the library first fetches an access token that this call does not need.
        told = client.get(f"{WECHAT}/sns/jscode2session", params=list(question.items()), allow_redirects=False)
    except WeChatClientException as error:
        _refuse(error.errcode, error.errmsg)
    except requests.RequestException as error:
        _refuse(type(error).__name__, None)
    return _identity(told)


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
