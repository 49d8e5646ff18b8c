"""The page that sends people back with a code: what it takes, what it refuses, and that the code is good."""

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests

from sandbox.server import RunningSandbox

BACK = "http://127.0.0.1:9/h5/?menu=1"


def ask(sandbox: RunningSandbox, **changes: str) -> requests.Response:
    asked = {
        "appid": sandbox.keys.apps[1].appid,
        "redirect_uri": BACK,
        "response_type": "code",
        "scope": "snsapi_base",
        "state": "a1B2",
        **changes,
    }
    address = f"{sandbox.url}/connect/oauth2/authorize?{urlencode(asked)}#wechat_redirect"
    return requests.get(address, allow_redirects=False, timeout=5)


def test_a_person_is_sent_back_with_a_code_that_logs_them_in(sandbox: RunningSandbox, oauth: Any) -> None:
    answer = ask(sandbox, person="bob")
    assert answer.status_code == 302
    back = urlsplit(answer.headers["Location"])
    brought = parse_qs(back.query)
    assert (back.netloc, back.path, brought["menu"], brought["state"]) == ("127.0.0.1:9", "/h5/", ["1"], ["a1B2"])
    known = sandbox.control("wechat/person", {"person": "bob"})["openids"][sandbox.keys.apps[1].appid]
    assert oauth.fetch_access_token(brought["code"][0])["openid"] == known


def test_where_nobody_is_named_the_page_asks_whose_telephone_it_is(sandbox: RunningSandbox) -> None:
    sandbox.control("wechat/person", {"person": "<charlie>"})
    page = ask(sandbox)
    assert page.status_code == 200
    assert 'name="person" value="&lt;charlie&gt;"' in page.text
    assert f'name="redirect_uri" value="{BACK}"' in page.text


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({"appid": ""}, 10012),
        ({"appid": "wx0"}, 40013),
        ({"redirect_uri": ""}, 10011),
        ({"redirect_uri": "javascript:alert(1)"}, 10003),
        ({"redirect_uri": "/h5/"}, 10003),
        ({"scope": "snsapi_login"}, 10005),
        ({"response_type": "token"}, 10005),
        ({"state": "a b"}, 10013),
        ({"state": "a" * 129}, 10013),
    ],
)
def test_what_wechat_refuses_is_refused(sandbox: RunningSandbox, changes: dict[str, str], number: int) -> None:
    answer = ask(sandbox, person="bob", **changes)
    assert answer.status_code == 400
    assert f"（{number}）" in answer.text


def test_a_mini_program_has_no_such_page(sandbox: RunningSandbox) -> None:
    answer = ask(sandbox, person="bob", appid=sandbox.keys.apps[0].appid)
    assert (answer.status_code, "（10016）" in answer.text) == (400, True)
