"""A wire to one service outside: one place that knows its origin and how long an answer may take."""

from typing import Any

from requests import PreparedRequest, Response
from requests.adapters import BaseAdapter

WECHAT = "https://api.weixin.qq.com"


class OriginWire(BaseAdapter):
    """Carries requests for a service to the origin that was set, over a transport from outside."""

    def __init__(self, transport: BaseAdapter, origin: str, timeout: float, *, service: str = WECHAT) -> None:
        super().__init__()
        self._transport, self._origin, self._timeout = transport, origin.rstrip("/"), timeout
        self._service = service

    def send(self, request: PreparedRequest, *wishes: Any, **named: Any) -> Response:
        """Send to the set origin, with the set time-out; proxies of the environment are for the real one only."""
        sent = request.copy()
        sent.url = self._origin + str(request.url).removeprefix(self._service)
        named["timeout"] = self._timeout
        if self._origin != self._service:
            named["proxies"] = None
        return self._transport.send(sent, *wishes, **named)

    def close(self) -> None:
        """Leave the transport open: others use it."""
