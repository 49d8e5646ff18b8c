"""How the pages of the mini-program are served to a browser, and what only a demo has."""

import gzip
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from backend.app import create_app
from backend.runtime import Runtime


def _served(runtime: Runtime, environment: str, var_dir: Path) -> FlaskClient:
    settings = runtime.settings.model_copy(update={"environment": environment, "var_dir": var_dir})
    return create_app(replace(runtime, settings=settings)).test_client()


@pytest.fixture
def client(runtime: Runtime, tmp_path: Path) -> FlaskClient:
    """A browser of a developer."""
    return _served(runtime, "development", tmp_path)


def test_the_page_is_asked_for_each_time_and_allows_no_foreign_script(client: FlaskClient) -> None:
    answer = client.get("/h5/")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-cache")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert re.search(r"<script(?! src)", answer.text) is None


def test_what_the_page_loads_is_kept_for_ever(client: FlaskClient) -> None:
    names = re.findall(r'"/h5/([^"]+)"', client.get("/h5/").text)
    assert len(names) == 2
    for name in names:
        answer = client.get(f"/h5/{name}")
        assert (answer.status_code, "immutable" in answer.headers["Cache-Control"]) == (200, True)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.content_type in ("text/javascript; charset=utf-8", "text/css; charset=utf-8")


def test_the_first_load_is_small_for_whoever_can_unpack_it(client: FlaskClient) -> None:
    page = client.get("/h5/")
    loaded = len(page.data)
    for name in re.findall(r'"/h5/([^"]+)"', page.text):
        packed = client.get(f"/h5/{name}", headers={"Accept-Encoding": "gzip, br"})
        assert (packed.headers["Content-Encoding"], packed.headers["Vary"]) == ("gzip", "Accept-Encoding")
        assert gzip.decompress(packed.data) == client.get(f"/h5/{name}").data
        loaded += len(packed.data)
    assert loaded < 150_000


@pytest.mark.parametrize(
    "name", ["index.html", "demo.html", "app.js", "app.0000000000.js", "..%2fopenapi.json", "%2e%2e"]
)
def test_nothing_else_is_served(client: FlaskClient, name: str) -> None:
    assert client.get(f"/h5/{name}").status_code == 404


def test_the_folder_leads_to_the_page(client: FlaskClient) -> None:
    answer = client.get("/h5")
    assert (answer.status_code, answer.headers["Location"]) == (308, "/h5/")


def test_the_demo_allows_the_sandbox_and_tells_its_people(
    client: FlaskClient, runtime: Runtime, tmp_path: Path
) -> None:
    sandbox = runtime.settings.wechat_api_origin
    for page in ("/h5/demo", "/h5/demo/phone", "/h5/demo/account"):
        policy = client.get(page).headers["Content-Security-Policy"]
        assert f"connect-src 'self' {sandbox}; frame-src 'self' {sandbox};" in policy
    assert client.get("/h5/demo/people").status_code == 404  # nobody was seeded
    (tmp_path / "demo.json").write_text(json.dumps({"appid": "wx1", "people": []}))
    public_url = runtime.settings.public_url
    told = {"sandbox": sandbox, "public_url": public_url, "appid": "wx1", "people": []}
    assert client.get("/h5/demo/people").json == told


def test_the_demo_draws_the_invite_of_its_people_only(client: FlaskClient, tmp_path: Path) -> None:
    people = [{"name": "bob", "holder": "x", "invite": "7K3M9QPX2A"}]
    (tmp_path / "demo.json").write_text(json.dumps({"appid": "wx1", "official_appid": "wx2", "people": people}))
    picture = client.get("/h5/demo/invites/bob.svg")
    assert (picture.content_type, picture.text[:4]) == ("image/svg+xml", "<svg")
    assert client.get("/h5/demo/invites/eve.svg").status_code == 404


def test_without_simulated_meters_there_are_no_registers(client: FlaskClient, tmp_path: Path) -> None:
    assert client.get("/h5/demo/park").status_code == 404
    (tmp_path / "park.toml").write_text("control_port = 9\n")
    assert client.get("/h5/demo/park").status_code == 404
    assert client.post("/h5/demo/park", json={"line": "A", "seconds": 1}).status_code == 404


@pytest.mark.parametrize("path", ["", "/phone", "/account", "/people", "/park", "/invites/bob.svg"])
def test_in_production_there_is_no_demo(runtime: Runtime, tmp_path: Path, path: str) -> None:
    assert _served(runtime, "production", tmp_path).get(f"/h5/demo{path}").status_code == 404
