"""Browsers of staff, by Flask's own client: their forms are filled in as they were shown."""

import re
from dataclasses import dataclass
from html import unescape

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from backend.app import create_app
from backend.estate.models import Park
from backend.staff.roles import StaffRole
from tests.flows.staff_world import PASSWORD, Office

CSRF = re.compile(r'name="csrf" value="([0-9a-f]{64})"')


@dataclass
class Browser:
    """A browser, and what it was shown last."""

    client: FlaskClient
    shown: str = ""

    def see(self, address: str, status: int = 200, **headers: str) -> str:
        """Open a page and return its text; it must answer as expected."""
        answer = self.client.get(address, headers={name.replace("_", "-"): value for name, value in headers.items()})
        assert answer.status_code == status, (answer.status_code, answer.headers.get("Location"), answer.text[:600])
        self.shown = answer.text
        return unescape(self.shown)

    def send(self, address: str, **fields: object) -> TestResponse:
        """Send a form with the proof that stood in the page shown last."""
        proof = CSRF.search(self.shown)
        assert proof is not None, "the page has no form"
        return self.client.post(address, data={"csrf": proof[1], **fields}, content_type="multipart/form-data")

    def log_in(self, office: Office, login: str) -> None:
        """Log in as a person does."""
        self.see("/admin/login")
        answer = self.send("/admin/login", login=login, password=PASSWORD, code=office.fresh_code(login))
        assert answer.status_code == 303, answer.text
        self.see("/admin/")


def browser(office: Office, language: str = "zh") -> Browser:
    """Return a new browser."""
    client = application(office).test_client()
    client.set_cookie("dianyuan-language", language)
    return Browser(client)


def application(office: Office) -> Flask:
    """Return the application over the office's clock and database."""
    return create_app(office.runtime)


def at_desk(office: Office, login: str, role: StaffRole, park: Park | None = None) -> Browser:
    """Hire somebody and log them in."""
    office.hired(login, role, park)
    desk = browser(office)
    desk.log_in(office, login)
    return desk
