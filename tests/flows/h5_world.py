"""Browsers inside WeChat: people who use the pages of the official account of the known park."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import select

from backend.people.models import WechatApp, WechatAppKind
from tests.flows.conftest import World
from tests.flows.people_world import Phone, invited
from tests.park import Metered


def official_account(world: World) -> str:
    """Return the id of the park's official account."""
    own = {"organisation_id": world.park.organisation.id, "kind": WechatAppKind.OFFICIAL_ACCOUNT}
    with world.runtime.database.transaction() as session:
        return session.scalars(select(WechatApp.appid).filter_by(**own)).one()


@dataclass
class Browser(Phone):
    """WeChat's browser, on a page of the official account."""

    def wechat_code(self) -> str:
        """Return what the page comes back with from WeChat."""
        wanted = {"person": self.person, "appid": official_account(self.world)}
        return str(self.world.sandbox.control("wechat/code", wanted)["code"])

    def authorize(self) -> str:
        """Begin to log in; return the state that goes along."""
        told = self.get(f"/h5/authorize?appid={official_account(self.world)}")
        return str(parse_qs(urlsplit(told["url"]).query)["state"][0])

    def come_back(self, state: str, code: str = "") -> dict[str, Any]:
        """Return what the page sends when it has come back."""
        return {"appid": official_account(self.world), "code": code or self.wechat_code(), "state": state}

    def log_in(self) -> "Browser":
        """Log in as WeChat knows this person."""
        self.token = self.post("/h5/login", self.come_back(self.authorize()))["token"]
        return self


def follower(world: World, person: str, metered: Metered | None = None) -> Browser:
    """Return the browser of somebody who has logged in there and bound themselves."""
    browser = Browser(world, person).log_in()
    browser.post("/bindings", {"code": invited(world, metered)})
    return browser
