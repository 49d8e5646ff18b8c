"""Who came through the official account: by the log-in code, and by what WeChat tells of those who follow.

A log-in that asks the visitor nothing brings no unionid; of a follower WeChat tells it all the same.
"""

from dataclasses import replace

import requests
from wechatpy import WeChatClientException

from backend.kernel.logs import log
from backend.kernel.shared_token import SharedTokens
from backend.kernel.wire import OriginWire
from backend.notices.channels.official_account import StableClient
from backend.people.models import WechatApp
from backend.people.wechat_apps import open_secret
from backend.runtime import Runtime
from miniprogram_api.wechat_login import WechatIdentity, identity_of_oauth_code


def identity_of_visitor(runtime: Runtime, app: WechatApp, code: str) -> WechatIdentity:
    """Exchange the code of a page of the official account, good once; with a unionid wherever WeChat tells one."""
    identity = identity_of_oauth_code(runtime, app, code)
    if identity.unionid is None:
        return replace(identity, unionid=unionid_of_follower(runtime, app, identity.openid))
    return identity


def unionid_of_follower(runtime: Runtime, app: WechatApp, openid: str) -> str | None:
    """Return the unionid of somebody who follows the account; None where it is not told, for whatever reason."""
    settings = runtime.settings
    client = StableClient(
        app.appid,
        open_secret(app, seal=runtime.seal),
        wire=OriginWire(runtime.adapter, settings.wechat_api_origin, settings.provider_timeout),
        tokens=SharedTokens(runtime.redis, runtime.seal, runtime.clock, runtime.database.entropy),
    )
    try:
        told = client.trying_again(lambda: client.user.get(openid))
    except (WeChatClientException, requests.RequestException) as error:
        log().warning("no unionid of a visitor", why=type(error).__name__)
        return None
    unionid = told.get("unionid") if isinstance(told, dict) else None
    return unionid if isinstance(unionid, str) and unionid else None
