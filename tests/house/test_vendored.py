"""What we serve of others is what they published, with its licence beside it."""

import tomllib
from hashlib import sha256

from tests.house.sources import ROOT

VENDORED = ROOT / "backend/admin/static/vendor"
MANIFEST = tomllib.loads((VENDORED / "manifest.toml").read_text())


def test_every_vendored_file_is_what_the_manifest_says() -> None:
    told = {part["name"]: part["sha256"] for part in MANIFEST["file"]}
    files = [path for path in VENDORED.iterdir() if path.suffix in (".js", ".css")]
    assert {path.name: sha256(path.read_bytes()).hexdigest() for path in files} == told
    assert all(part["version"] and part["package"] and part["licence"] for part in MANIFEST["file"])


def test_every_icon_is_a_plain_shape() -> None:
    for path in (ROOT / "backend/admin/icons").glob("*.svg"):
        text = path.read_text()
        assert text.startswith('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><'), path.name
        assert "script" not in text, path.name
        assert "href" not in text, path.name
