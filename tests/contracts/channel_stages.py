"""For each message channel, the stage it is tested on: the channel, letters for it, and what arrived where."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from redis import Redis
from requests.adapters import HTTPAdapter

from backend.kernel.clock import SystemClock
from backend.kernel.entropy import Entropy
from backend.kernel.sealing import Seal
from backend.kernel.shared_token import SharedTokens
from backend.notices.channel import Addressee, Channel, Letter, Outside
from backend.notices.known_channels import CHANNELS
from backend.notices.models import NoticeKind
from backend.notices.templates import demo_template
from sandbox.server import RunningSandbox

FACTS: dict[str, Any] = {
    "meter": "0" * 26,
    "meter_number": "M1",
    "place": "A 101",
    "room": "Park A 1 101",
    "amount_fen": 5000,
    "credit_fen": 1250,
    "threshold_fen": 2000,
    "order_no": "20260501" + "0" * 16,
    "at": "2026-05-01T08:00:00+08:00",
}


def letter(event_id: int, to: Addressee, channel: str, kind: NoticeKind = NoticeKind.CREDITED, **facts: Any) -> Letter:
    """Return a letter of every fact there is."""
    return Letter(event_id, event_id, 1, channel, to, kind, {**FACTS, **facts}, demo_template(kind))


@dataclass
class Stage:
    """A channel, somebody to be reached, and hands for what goes wrong outside; None where nothing can."""

    channel: Channel
    to: Addressee
    arrived: Callable[[], int]
    upset: Callable[[], None] | None = None
    refuse: Callable[[], None] | None = None
    filed: dict[int, Letter] = field(default_factory=dict)


def outside(origin: str, file_away: Callable[[Letter], str]) -> Outside:
    """Return the outside without any Redis."""
    tokens = SharedTokens(Redis.from_url("unix:///nowhere"), Seal(b"\x11" * 32), SystemClock(), Entropy())
    return Outside(HTTPAdapter(), origin, 5.0, tokens, file_away, "http://us/h5/")


@contextmanager
def inbox(_folder: Path) -> Iterator[Stage]:
    """The inbox, over a shelf that files a letter once, as the table does."""
    filed: dict[int, Letter] = {}

    def file_away(one: Letter) -> str:
        filed.setdefault(one.event_id, one)
        return "filed"

    channel = CHANNELS["inbox"](outside("http://127.0.0.1:9", file_away))
    yield Stage(channel, Addressee(1, "o1", "wx1", "s"), lambda: len(filed))


@contextmanager
def official_account(folder: Path) -> Iterator[Stage]:
    """The official account at the sandbox."""
    with RunningSandbox(folder / "sandbox") as sandbox:
        app = next(app for app in sandbox.keys.apps if app.kind == "official_account")
        openid = sandbox.control("wechat/person", {"person": "dora"})["openids"][app.appid]
        fails = {"fail_next": 1, "fail_path": "/cgi-bin/message", "fail_code": "-1"}
        yield Stage(
            channel=CHANNELS["official_account"](outside(sandbox.url, lambda _: "filed")),
            to=Addressee(1, openid, app.appid, app.secret),
            arrived=lambda: len(sandbox.control("messages?person=dora")),
            upset=lambda: sandbox.control("switches", fails),
            refuse=lambda: sandbox.control("wechat/person", {"person": "dora", "subscribed": False}),
        )


STAGES: dict[str, Callable[[Path], AbstractContextManager[Stage]]] = {
    "inbox": inbox,
    "official_account": official_account,
}
