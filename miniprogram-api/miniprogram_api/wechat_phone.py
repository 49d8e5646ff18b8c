"""The telephone number behind the phone button.

Source: WeChat documentation, "getPhoneNumber" (code good once, for five minutes) and "phonenumber.getPhoneNumber".
"""

from typing import Any, NoReturn

import requests
from sqlalchemy import select
from wechatpy import WeChatClientException

from backend.kernel.errors import ProviderUnreachableError
from backend.kernel.logs import log
from backend.kernel.shared_token import SharedTokens
from backend.kernel.wire import WECHAT, OriginWire
from backend.notices.channels.official_account import StableClient
from backend.people.models import WechatApp, WechatUser
from backend.people.wechat_apps import open_secret
from backend.runtime import Runtime
from miniprogram_api.errors import PhoneCodeStaleError
from miniprogram_api.wechat_login import REFUSALS

# Who asks is logged in: a code of the button that is no good is no reason to log in anew.
STALE = frozenset({40029, 41008, 40163})
ADDRESS = f"{WECHAT}/wxa/business/getuserphonenumber"


def phone_of_user(runtime: Runtime, user: WechatUser, code: str) -> str:
    """Exchange a code of the application that a user came through; raises as `phone_of_code`."""
    known = select(WechatApp).where(WechatApp.appid == user.appid)
    return phone_of_code(runtime, runtime.database.run(lambda session: session.scalars(known).one()), code)


def phone_of_code(runtime: Runtime, app: WechatApp, code: str) -> str:
    """Exchange the code of the phone button.

    Raises PhoneCodeStaleError, WechatUserBlockedError, ProviderUnreachableError.
    """
    settings = runtime.settings
    wire = OriginWire(runtime.adapter, settings.wechat_api_origin, settings.provider_timeout)
    tokens = SharedTokens(runtime.redis, runtime.seal, runtime.clock, runtime.database.entropy)
    client = StableClient(app.appid, open_secret(app, seal=runtime.seal), wire=wire, tokens=tokens)
    try:
        told: Any = client.trying_again(lambda: client.post(ADDRESS, data={"code": code}, allow_redirects=False))
    except WeChatClientException as error:
        _refuse(error.errcode)
    except requests.RequestException as error:
        _refuse(type(error).__name__)
    known = told.get("phone_info") if isinstance(told, dict) else None
    number = known.get("purePhoneNumber") if isinstance(known, dict) else None
    if not isinstance(number, str) or not number:
        _refuse("no number")
    return number


def _refuse(answer: int | str) -> NoReturn:
    if answer in STALE:
        raise PhoneCodeStaleError from None
    if isinstance(answer, int) and answer in REFUSALS:
        raise REFUSALS[answer] from None
    log().error("no number from WeChat", answer=answer)
    raise ProviderUnreachableError from None
