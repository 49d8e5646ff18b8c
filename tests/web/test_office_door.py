"""Staff come in by password and telephone, and go out again."""

import re
from datetime import timedelta

import pytest

from backend.staff.roles import StaffRole
from tests.flows.staff_world import PASSWORD, Office
from tests.web.office import at_desk, browser


def test_who_is_not_logged_in_is_led_to_the_log_in_and_from_there_where_they_wanted(office: Office) -> None:
    office.hired("alice", StaffRole.ADMINISTRATOR)
    desk = browser(office)
    led = desk.client.get("/admin/account?a=1")
    assert (led.status_code, led.headers["Location"]) == (303, "/admin/login?next=%2Fadmin%2Faccount%3Fa%3D1")
    assert 'name="next" value="/admin/account?a=1"' in desk.see(led.headers["Location"])
    code = office.fresh_code("alice")
    answer = desk.send("/admin/login", login="alice", password=PASSWORD, code=code, next="/admin/account?a=1")
    assert answer.headers["Location"] == "/admin/account?a=1"
    assert "登录中的设备" in desk.see("/admin/account")


@pytest.mark.parametrize("wanted", ["https://evil.example/admin/", "//evil.example", "/admin\\evil", "/h5/", "/adminx"])
def test_nobody_is_led_elsewhere(office: Office, wanted: str) -> None:
    office.hired("alice", StaffRole.ADMINISTRATOR)
    desk = browser(office)
    desk.see("/admin/login")
    code = office.fresh_code("alice")
    answer = desk.send("/admin/login", login="alice", password=PASSWORD, code=code, next=wanted)
    assert answer.headers["Location"] == "/admin/"


def test_a_wrong_password_and_an_unknown_name_are_told_alike(office: Office) -> None:
    office.hired("alice", StaffRole.ADMINISTRATOR)
    desk = browser(office)
    desk.see("/admin/login")
    told = [desk.send("/admin/login", login=who, password="no", code="000000") for who in ("alice", "nobody")]
    assert [answer.status_code for answer in told] == [401, 401]
    assert all("用户名、密码或验证码不正确。" in answer.text for answer in told)


def test_guessing_is_stopped_with_a_sentence(office: Office) -> None:
    desk = browser(office)
    desk.see("/admin/login")
    told = [desk.send("/admin/login", login="alice", password="no", code="1").status_code for _ in range(12)]
    assert told == [401] * 10 + [429] * 2
    assert office.passwords.checked == 10


def test_a_recovery_code_stands_in_for_the_telephone_once(office: Office) -> None:
    code = office.hired("alice", StaffRole.ADMINISTRATOR)[0]
    told = []
    for _ in range(2):
        desk = browser(office)
        desk.see("/admin/login")
        told.append(desk.send("/admin/login", login="alice", password=PASSWORD, code=code).status_code)
    assert told == [303, 401]


def test_a_new_session_has_a_new_token_and_a_cookie_that_scripts_cannot_read(office: Office) -> None:
    office.hired("alice", StaffRole.ADMINISTRATOR)
    desk = browser(office)
    desk.client.set_cookie("dianyuan-staff", "0" * 64)
    desk.see("/admin/login")
    answer = desk.send("/admin/login", login="alice", password=PASSWORD, code=office.fresh_code("alice"))
    cookie = next(line for line in answer.headers.getlist("Set-Cookie") if line.startswith("dianyuan-staff="))
    assert "0" * 64 not in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_a_form_of_another_browser_is_refused(office: Office) -> None:
    desk, other = at_desk(office, "alice", StaffRole.ADMINISTRATOR), browser(office)
    other.see("/admin/login")
    desk.shown = other.shown
    assert desk.send("/admin/logout").status_code == 403
    assert desk.client.post("/admin/logout").status_code == 403
    assert desk.client.get("/admin/").status_code == 200


def test_logging_out_ends_the_session(office: Office) -> None:
    desk = at_desk(office, "alice", StaffRole.ADMINISTRATOR)
    token = desk.client.get_cookie("dianyuan-staff")
    assert token is not None
    assert desk.send("/admin/logout").status_code == 303
    assert "您已退出登录。" in desk.see("/admin/login")
    desk.client.set_cookie("dianyuan-staff", token.value)
    assert desk.client.get("/admin/").status_code == 303


def test_one_session_is_ended_from_another(office: Office) -> None:
    desk = at_desk(office, "alice", StaffRole.ADMINISTRATOR)
    other = browser(office)
    other.log_in(office, "alice")
    revoke = re.search(r"/admin/account/sessions/\d+/revoke", desk.see("/admin/account"))
    assert revoke is not None
    assert desk.send(revoke[0]).status_code == 303
    assert "该登录已结束。" in desk.see("/admin/account")
    assert other.client.get("/admin/").status_code == 303
    third = browser(office)
    third.log_in(office, "alice")
    desk.send("/admin/account/sessions/revoke-others")
    assert third.client.get("/admin/").status_code == 303
    assert desk.client.get("/admin/").status_code == 200


def test_another_password_needs_the_present_one(office: Office) -> None:
    desk = at_desk(office, "alice", StaffRole.ADMINISTRATOR)
    office.clock.ahead += timedelta(minutes=6)
    desk.see("/admin/account")
    led = desk.send("/admin/account/password", password="green turtle 77", back="/admin/account")
    assert led.headers["Location"] == "/admin/prove?next=%2Fadmin%2Faccount"
    desk.see(led.headers["Location"])
    assert "密码不正确。" in desk.send("/admin/prove", password="no", next="/admin/account").text
    assert desk.send("/admin/prove", password=PASSWORD, next="/admin/account").headers["Location"] == "/admin/account"
    desk.see("/admin/account")
    weak = desk.send("/admin/account/password", password="short", back="/admin/account")
    assert weak.headers["Location"] == "/admin/account"
    assert "密码需为 10 至 128 个字符" in desk.see("/admin/account")
    desk.send("/admin/account/password", password="green turtle 77")
    assert "密码已更改" in desk.see("/admin/account")
    codes = desk.send("/admin/account/recovery-codes").text
    assert len(re.findall(r"<li><code>", codes)) == 10


def test_the_link_of_the_command_line_leads_to_an_account(office: Office) -> None:
    link = f"/admin/setup/{office.invited('alice', StaffRole.ADMINISTRATOR)}"
    desk = browser(office)
    assert "<svg" in desk.see(link)
    assert desk.send(link, password=PASSWORD, code="000000").status_code == 422
    done = desk.send(link, password=PASSWORD, code=office.code("alice"))
    assert len(re.findall(r"<li><code>", done.text)) == 10
    assert "设置链接无效" in desk.see(link, 404)
    desk.log_in(office, "alice")
