"""Staff of the stage's property company at their desks, in a real browser."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import update

from backend.cli.demo_park import STAFF
from backend.cli.seeding_staff import let_staff_in
from backend.estate.models import Organisation
from backend.kernel.db import Session
from backend.staff.enrolling import totp_secret
from backend.staff.models import Staff
from backend.staff.one_time_codes import code_at, step_of
from backend.staff.queries import staff_called
from tests.browser.stage import Stage


@dataclass
class Office:
    """Staff of the stage's property company, with their passwords."""

    stage: Stage
    passwords: dict[str, str]

    def code(self, login: str) -> str:
        """Return what somebody's telephone shows, as if no code had been used."""

        def shown(session: Session) -> str:
            session.execute(update(Staff).where(Staff.login == login).values(totp_step=0))
            secret = totp_secret(staff_called(session, login=login), self.stage.runtime.seal)
            return code_at(secret, step_of(session.clock.now() + timedelta(seconds=1)))

        return self.stage.runtime.database.run(shown)


@dataclass
class Desk:
    """A browser of staff that keeps count of everything that must never happen."""

    office: Office
    page: Page
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        """Open a page of the back office, which must be there."""
        answer = self.page.goto(f"{self.office.stage.url}/admin/{path}")
        assert answer is None or answer.status == 200, f"/admin/{path} answered {answer.status}"

    def log_in(self, login: str) -> None:
        """Log in as a person does."""
        self.open("login")
        self.page.get_by_label("用户名").fill(login)
        self.page.get_by_label("密码").fill(self.office.passwords[login])
        self.page.get_by_label("手机验证码").fill(self.office.code(login))
        self.page.get_by_role("button", name="登录").click()
        expect(self.page.get_by_role("heading", name="工作台")).to_be_visible()


@pytest.fixture(scope="session")
def office(stage: Stage) -> Office:
    """Let the demo's staff into the stage's company, once."""
    own = stage.runtime.database.run(lambda session: session.query(Organisation.id).order_by(Organisation.id).first())
    assert own is not None
    told = let_staff_in(stage.runtime, organisation_id=own[0])
    assert len(told) == len(STAFF)
    return Office(stage, {member["login"]: member["password"] for member in told})


@pytest.fixture
def desks(office: Office, browser: Browser) -> Iterator[list[Desk]]:
    """Two desks, the second a telephone; at the end neither may have complained of anything."""
    made: list[Desk] = []
    for width, height in ((1440, 900), (390, 844)):
        context = browser.new_context(
            viewport={"width": width, "height": height}, locale="zh-CN", accept_downloads=True
        )
        context.add_init_script(
            "document.addEventListener('securitypolicyviolation', e => console.error('policy: ' + e.violatedDirective))"
        )
        desk = Desk(office, context.new_page())
        _listen(desk)
        made.append(desk)
    yield made
    complaints = [said for desk in made for said in desk.complaints]
    for desk in made:
        desk.page.context.close()
    assert complaints == [], complaints


def _listen(desk: Desk) -> None:
    page, ours = desk.page, desk.office.stage.url
    page.set_default_timeout(20_000)
    page.on(
        "request", lambda asked: None if asked.url.startswith((ours, "data:")) else desk.complaints.append(asked.url)
    )
    page.on("console", lambda said: desk.complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: desk.complaints.append(str(error)))
