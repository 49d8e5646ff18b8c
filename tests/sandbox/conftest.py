"""A running sandbox, and the real SDKs pointed at it."""

import itertools
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from wechatpayv3 import WeChatPay, WeChatPayType
from wechatpy import WeChatClient, WeChatOAuth

from sandbox.keys import App
from sandbox.server import RunningSandbox
from tests.sandbox.receiver import Receiver

NUMBERS = itertools.count(1)


class Rebase(HTTPAdapter):
    """Sends requests for the real origin to the sandbox."""

    def __init__(self, origin: str) -> None:
        self._origin = urlsplit(origin)
        super().__init__()

    def send(self, request: PreparedRequest, *args: Any, **options: Any) -> Response:
        url = urlsplit(str(request.url))
        request.url = urlunsplit((self._origin.scheme, self._origin.netloc, url.path, url.query, ""))
        return super().send(request, *args, **options)


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    with RunningSandbox(tmp_path_factory.mktemp("sandbox") / "state", time_scale=1000) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: RunningSandbox) -> RunningSandbox:
    running.control("switches", {"reset": True})
    return running


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.stop()


def pay_client(sandbox: RunningSandbox, notify_url: str = "http://127.0.0.1:9/told", **changes: Any) -> Any:
    keys = sandbox.keys
    options = {
        "wechatpay_type": WeChatPayType.MINIPROG,
        "mchid": keys.mchid,
        "private_key": keys.merchant_pem,
        "cert_serial_no": keys.cert_serial_no,
        "appid": keys.apps[0].appid,
        "apiv3_key": keys.apiv3_key,
        "notify_url": notify_url,
        "public_key": keys.public_pem,
        "public_key_id": keys.public_key_id,
        "timeout": (3, 8),
        **changes,
    }
    client = WeChatPay(**options)
    client._core._gate_way = sandbox.url
    return client


@pytest.fixture
def pay(sandbox: RunningSandbox, receiver: Receiver) -> Any:
    return pay_client(sandbox, receiver.url)


@pytest.fixture
def number() -> str:
    return f"ORDER{next(NUMBERS):06d}"


def api_client(sandbox: RunningSandbox, app: App) -> Any:
    client = WeChatClient(app.appid, app.secret, auto_retry=False)
    client._http.mount("https://api.weixin.qq.com/", Rebase(sandbox.url))
    return client


@pytest.fixture
def mini(sandbox: RunningSandbox) -> Any:
    return api_client(sandbox, sandbox.keys.apps[0])


@pytest.fixture
def official(sandbox: RunningSandbox) -> Any:
    return api_client(sandbox, sandbox.keys.apps[1])


@pytest.fixture
def oauth(sandbox: RunningSandbox) -> Any:
    app = sandbox.keys.apps[1]
    client = WeChatOAuth(app.appid, app.secret, "https://example.org/back")
    client._http.mount("https://api.weixin.qq.com/", Rebase(sandbox.url))
    return client
