"""What holds for every page of the back office."""

import re
from pathlib import Path

import pytest

from backend.staff.roles import StaffRole
from tests.flows.staff_world import Office
from tests.web.office import application, at_desk, browser

TEMPLATES = Path(__file__).parents[2] / "backend" / "admin" / "templates"


def test_a_page_allows_its_own_scripts_only_and_no_style_in_it(office: Office) -> None:
    client = browser(office).client
    first, second = client.get("/admin/login"), client.get("/admin/login")
    policy = first.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'; script-src 'nonce-")
    assert policy != second.headers["Content-Security-Policy"]
    nonce = re.findall(r"nonce-(\w+)", policy)[0]
    assert re.findall(r"<script(?! nonce=\"" + nonce + '" src="/admin/static/)', first.text) == []
    assert first.headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.name)
def test_no_template_has_styles_or_scripts_in_it(path: Path) -> None:
    text = path.read_text()
    assert re.findall(r"\sstyle=|\son\w+=|<style|javascript:|\|\s*safe\b", text) == []
    assert re.findall(r"<script(?! nonce=)", text) == []
    for form in re.findall(r'<form[^>]*method="post".*?</form>', text, re.DOTALL):
        assert "hidden(" in form or "csrf" in form, form


def test_what_pages_load_is_kept_for_ever_and_sent_small(office: Office) -> None:
    client = browser(office).client
    names = re.findall(r'"(/admin/static/[^"]+)"', client.get("/admin/login").text)
    assert len(set(names)) == 6
    small = 0
    for name in set(names):
        answer = client.get(name, headers={"Accept-Encoding": "gzip"})
        assert (answer.status_code, "immutable" in answer.headers["Cache-Control"]) == (200, True)
        small += len(answer.data)
    assert small < 150_000
    assert client.get("/admin/static/admin.css").status_code == 404


def test_what_is_not_there_and_what_fails_are_pages_with_the_number_of_the_request(office: Office) -> None:
    app = application(office)

    def broken() -> str:
        raise ValueError("planted")

    app.view_functions["admin.login_page"] = broken
    client = app.test_client()
    missing = client.get("/admin/nothing/here")
    assert (missing.status_code, missing.mimetype) == (404, "text/html")
    assert missing.headers["X-Request-Id"] in missing.text
    failed = client.get("/admin/login")
    assert (failed.status_code, failed.mimetype) == (500, "text/html")
    assert failed.headers["X-Request-Id"] in failed.text
    assert "planted" not in failed.text


def test_language_and_theme_are_kept_by_the_browser(office: Office) -> None:
    desk = at_desk(office, "alice", StaffRole.ADMINISTRATOR)
    assert desk.send("/admin/preferences", language="en", back="/admin/account").headers["Location"] == "/admin/account"
    assert "My account" in desk.see("/admin/account")
    desk.send("/admin/preferences", theme="dark")
    assert '<html lang="en" data-bs-theme="dark">' in desk.see("/admin/")
    desk.send("/admin/preferences", theme="pink")
    assert 'data-bs-theme="dark"' in desk.see("/admin/")


def test_the_park_is_chosen_at_the_top_and_leaves_the_address(office: Office) -> None:
    desk = at_desk(office, "alice", StaffRole.ADMINISTRATOR)
    park = office.parks[1]
    answer = desk.send("/admin/preferences", park=park.id, back="/admin/rooms?park=1&q=3&page=2")
    assert answer.headers["Location"] == "/admin/rooms?q=3"
    assert f'<option value="{park.id}" selected>' in desk.see("/admin/")


def test_a_menu_leads_only_where_somebody_may_go(office: Office) -> None:
    assert "/admin/audit" not in at_desk(office, "grace", StaffRole.TECHNICIAN).see("/admin/")
    assert "/admin/audit" in at_desk(office, "erin", StaffRole.FINANCE).see("/admin/")
