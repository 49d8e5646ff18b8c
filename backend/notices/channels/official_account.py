"""Template messages of an official account, over wechatpy.

Sources: WeChat documentation, "category template messages" (typed fields, client_msg_id), "stable_token", "global
return codes".
"""

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

import requests
from wechatpy import WeChatClient, WeChatClientException

from backend.kernel.logs import log
from backend.kernel.shared_token import Fresh, SharedTokens
from backend.kernel.wire import WECHAT, OriginWire
from backend.notices.channel import Letter, Outside, PermanentError, TemporaryError
from backend.notices.fields import FieldError, typed
from backend.people.models import WechatAppKind

T = TypeVar("T")
STALE_TOKEN = frozenset({40001, 40014, 42001})
UNREACHABLE = frozenset({40003, 43004, 43101})  # no openid of this account, does not follow, refuses messages
HOPELESS = frozenset({40037, 47001, 47003})  # the template or a field of it is not what WeChat knows


class StableClient(WeChatClient):  # type: ignore[misc] # the SDK has no types
    """wechatpy over our wire, with a token that all processes share and fetching does not make invalid."""

    def __init__(self, appid: str, secret: str, *, wire: OriginWire, tokens: SharedTokens) -> None:
        super().__init__(appid, secret, auto_retry=False)
        self._http.mount(WECHAT, wire)
        self._tokens = tokens
        self._used = ""

    @property
    def access_token(self) -> str:
        """Return the application's token."""
        self._used = self._tokens.get(f"wechat:{self.appid}", self._fetch)
        return self._used

    def trying_again(self, call: Callable[[], T]) -> T:
        """Call, and once more with a new token when this one is not taken any more."""
        try:
            return call()
        except WeChatClientException as error:
            if error.errcode not in STALE_TOKEN:
                raise
        log().info("wechat token renewed", appid=self.appid)
        self._tokens.forget(f"wechat:{self.appid}", self._used)
        return call()

    def _fetch(self) -> Fresh:
        wanted = {"grant_type": "client_credential", "appid": self.appid, "secret": self.secret}
        # Parameters as pairs: given a mapping, the library adds a token, for which it would come here again.
        told = self.post(f"{WECHAT}/cgi-bin/stable_token", params=[], data=wanted, allow_redirects=False)
        if not isinstance(told, dict) or not isinstance(told.get("access_token"), str):
            raise requests.RequestException("no token in the answer")
        return Fresh(told["access_token"], int(told.get("expires_in", 0)))


class OfficialAccount:
    """Sends template messages to those who follow the account."""

    code: ClassVar[str] = "official_account"
    apps: ClassVar[frozenset[WechatAppKind]] = frozenset({WechatAppKind.OFFICIAL_ACCOUNT})

    def __init__(self, outside: Outside) -> None:
        self._outside = outside
        self._wire = OriginWire(outside.adapter, outside.wechat_origin, outside.timeout)

    def send(self, letter: Letter) -> str:
        """Send one template message; WeChat knows it again by its id for ten minutes."""
        body = {**_body(letter), "url": f"{self._outside.page_url}?appid={letter.to.appid}"}
        client = StableClient(letter.to.appid, letter.to.secret, wire=self._wire, tokens=self._outside.tokens)
        url = f"{WECHAT}/cgi-bin/message/template/send"
        try:
            told = client.trying_again(lambda: client.post(url, data=body, allow_redirects=False))
        except WeChatClientException as error:
            raise _failure(error) from None  # its cause would carry the secret
        except requests.RequestException as error:
            raise TemporaryError(type(error).__name__, silent=True) from None
        if not isinstance(told, dict) or told.get("errcode") != 0:
            raise TemporaryError("answer not understood")
        return f"msgid {told.get('msgid')}"


CHANNEL = OfficialAccount


def _body(letter: Letter) -> dict[str, Any]:
    if letter.template is None:
        raise PermanentError(f"the account has no template for {letter.kind.value}")
    try:
        shown = {key: {"value": typed(key, letter.facts.get(fact))} for key, fact in letter.template.fields.items()}
    except FieldError as error:
        raise PermanentError(str(error)) from error
    return {
        "touser": letter.to.openid,
        "template_id": letter.template.template_id,
        "client_msg_id": letter.message_id,
        "data": shown,
    }


def _failure(error: WeChatClientException) -> Exception:
    said = f"errcode {error.errcode} {error.errmsg or ''}".strip()
    if error.errcode in UNREACHABLE:
        return PermanentError(said, unreachable=True)
    return PermanentError(said) if error.errcode in HOPELESS else TemporaryError(said)
