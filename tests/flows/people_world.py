"""Telephones: people who use the mini-program of the known park, over HTTP."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import requests

from backend.people.inviting import invite
from backend.people.models import Role
from tests.flows.conftest import World
from tests.park import Metered

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass
class Phone:
    """The telephone of one person, in one language."""

    world: World
    person: str
    language: str = "zh-CN"
    token: str = ""
    http: requests.Session = field(default_factory=requests.Session)

    def call(self, method: str, path: str, body: Any = None, **more: Any) -> requests.Response:
        """Call a route of the mini-program's API."""
        headers = {"Accept-Language": self.language, **more.pop("headers", {})}
        if self.token:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        url = f"{self.world.url}/api/mp/v1{path}"
        return self.http.request(method, url, json=body, headers=headers, timeout=20, **more)

    def get(self, path: str) -> Any:
        """Return what a route shows; it must be willing to."""
        answer = self.call("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: Any = None, *, expected: int = 200) -> Any:
        """Return what a route answers to a body; it must be willing to."""
        answer = self.call("POST", path, body)
        assert answer.status_code == expected, answer.text
        return answer.json() if answer.content else None

    def wechat_code(self) -> str:
        """Return what wx.login gives this person."""
        wanted = {"person": self.person, "appid": self.world.park.app.appid}
        code: str = self.world.sandbox.control("wechat/code", wanted)["code"]
        return code

    def log_in(self) -> "Phone":
        """Log in as WeChat knows this person."""
        body = {"appid": self.world.park.app.appid, "code": self.wechat_code()}
        self.token = self.post("/login", body)["token"]
        return self


def refusal(answer: requests.Response) -> tuple[int, str]:
    """Return status and code of a refusal, after looking at its shape."""
    told = answer.json()
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert told["status"] == answer.status_code
    assert told["request_id"] == answer.headers["X-Request-Id"]
    assert told["title"]
    assert told["detail"]
    return answer.status_code, told["code"]


def invited(world: World, metered: Metered | None = None, *, role: Role = Role.OWNER, hours: float = 1.0) -> str:
    """Return an invite code for the holder of a meter: bob's employer unless another is named."""
    account = (metered or world.park.counting).account
    return world.runtime.database.run(
        lambda session: invite(
            session,
            organisation_id=account.organisation_id,
            holder_id=account.holder_id,
            role=role,
            valid_hours=hours,
        )
    )


def bound(world: World, person: str, metered: Metered | None = None, *, role: Role = Role.OWNER) -> Phone:
    """Return the telephone of somebody who has logged in and bound themselves."""
    phone = Phone(world, person).log_in()
    phone.post("/bindings", {"code": invited(world, metered, role=role)})
    return phone
