"""The inbox of our own pages: there for everybody, whatever WeChat lets through."""

from typing import ClassVar

from backend.notices.channel import Letter, Outside
from backend.people.models import WechatAppKind


class Inbox:
    """Files a message where the pages show it."""

    code: ClassVar[str] = "inbox"
    apps: ClassVar[frozenset[WechatAppKind]] = frozenset(WechatAppKind)

    def __init__(self, outside: Outside) -> None:
        self._file_away = outside.file_away

    def send(self, letter: Letter) -> str:
        """File the message, once."""
        return self._file_away(letter)


CHANNEL = Inbox
