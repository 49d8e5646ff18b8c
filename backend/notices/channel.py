"""What a message channel must be able to do. One file in channels/ is one channel."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from requests.adapters import BaseAdapter

from backend.kernel.shared_token import SharedTokens
from backend.notices.models import NoticeKind
from backend.people.models import WechatAppKind


@dataclass(frozen=True, slots=True)
class Template:
    """A template at WeChat: its id, and which of our facts each of its typed fields shows."""

    template_id: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Addressee:
    """A user of one application, and the secret with which we speak for that application."""

    user_id: int
    openid: str = field(repr=False)
    appid: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Letter:
    """One event for one user over one channel; template is None where the application has none for this kind."""

    delivery_id: int
    event_id: int
    organisation_id: int
    channel: str
    to: Addressee
    kind: NoticeKind
    facts: Mapping[str, Any]
    template: Template | None

    @property
    def message_id(self) -> str:
        """Return the name by which the outside knows this message again when it is told twice."""
        return f"event-{self.event_id}"


@dataclass(frozen=True, slots=True)
class Outside:
    """What a channel takes from outside: the wire, its origin and time-out, tokens, and our pages with their inbox."""

    adapter: BaseAdapter
    wechat_origin: str
    timeout: float
    tokens: SharedTokens
    file_away: Callable[[Letter], str]
    page_url: str  # what a tap on a message opens


class TemporaryError(Exception):
    """Not delivered, as far as is known; the same letter may be sent again. silent: nobody answered at all."""

    def __init__(self, why: str, *, silent: bool = False) -> None:
        super().__init__(why)
        self.silent = silent


class PermanentError(Exception):
    """Never delivered, however often it is sent. unreachable: nothing will reach this user over this channel."""

    def __init__(self, why: str, *, unreachable: bool = False) -> None:
        super().__init__(why)
        self.unreachable = unreachable


class Channel(Protocol):
    """One way to reach people."""

    code: ClassVar[str]
    apps: ClassVar[frozenset[WechatAppKind]]  # users of such applications can be reached

    def __init__(self, outside: Outside) -> None:
        """Prepare without touching the network."""
        ...

    def send(self, letter: Letter) -> str:
        """Deliver and return the proof of it; the same letter sent again arrives once.

        Raises TemporaryError, PermanentError.
        """
        ...
