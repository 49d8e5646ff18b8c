"""The build: what is committed is what it makes, the client fits the API, and a fault in a source does not pass."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# The machine's own Node, else the one that scripts/browser fetched.
PATH = f"{os.environ['PATH']}:{ROOT / '.browser/node/bin'}"
WEBHOST, SOURCES, BUILT = (ROOT / "miniprogram-api" / name for name in ("webhost", "miniprogram", "h5"))


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    if shutil.which("node", path=PATH) is None or not (WEBHOST / "node_modules").is_dir():
        pytest.fail("no Node here, or webhost without its packages: run scripts/browser, which fetches them")
    env = {**os.environ, "PATH": PATH}
    return subprocess.run(command, cwd=WEBHOST, env=env, capture_output=True, text=True, timeout=110, check=False)


def _tool(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return _run(str(WEBHOST / "node_modules" / ".bin" / name), *arguments)


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    """A copy of the sources, to plant faults in."""
    return Path(shutil.copytree(SOURCES, tmp_path / "miniprogram"))


@pytest.mark.essential
def test_the_committed_pages_are_what_the_build_makes(tmp_path: Path) -> None:
    built = _run("node", "build.mjs", str(SOURCES), str(tmp_path / "h5"))
    assert built.returncode == 0, built.stderr
    assert re.search(r"limit 500,000.*limit 150,000", built.stdout, re.DOTALL)
    made, kept = ({p.name: p.read_bytes() for p in folder.iterdir()} for folder in (tmp_path / "h5", BUILT))
    assert sorted(made) == sorted(kept), "run npm run build in miniprogram-api/webhost and commit what it makes"
    assert made == kept


@pytest.mark.essential
def test_the_client_is_generated_from_the_description_of_the_api(tmp_path: Path) -> None:
    fresh = tmp_path / "schema.d.ts"
    assert _tool("openapi-typescript", "../openapi.json", "-o", str(fresh)).returncode == 0
    assert (SOURCES / "client" / "schema.d.ts").read_text() == fresh.read_text(), "run npm run client in webhost"


@pytest.mark.essential
@pytest.mark.parametrize("project", ["../miniprogram", "."])
def test_every_type_fits(project: str) -> None:
    checked = _tool("tsc", "-p", project)
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize(
    ("file", "before", "after", "says"),
    [
        ("pages/start/start.wxml", "</view>", "", "start.wxml"),
        ("pages/start/start.wxml", "<view", "<marquee></marquee><view", "<marquee> is not in the allow-list"),
        ("pages/start/start.wxml", "<view", "<view style='color: red'", "style="),
        ("pages/start/start.wxml", "{{othersTitle}}", "其他电表", "words belong into words/"),
        ("pages/start/start.ts", "wx.navigateTo", "wx.openSetting", "wx.openSetting is not in the allow-list"),
        ("pages/start/start.ts", "'/pages/bind/bind'", "'绑定'", "words belong into words/"),
        ("pages/start/start.wxss", ".about", "view > #about", "is not one of classes"),
        ("words/en.ts", "  top_up: 'Top up',\n", "", "top_up is missing in en"),
        ("words/en.ts", "'Top up'", "'充值'", "top_up is not English"),
        ("words/en.ts", "Pay ¥{n}", "Pay", "pay has other places in en"),
        ("words/water.ts", "{n} m³ a day", "m³ a day", "usage_average has other places in en"),
        ("words/water.ts", "{n} m³ a day", "{n} 方 a day", "usage_average is not English"),
    ],
)
def test_a_fault_in_a_source_fails_the_build(planted: Path, file: str, before: str, after: str, says: str) -> None:
    source = planted / file
    text = source.read_text()
    assert before in text
    source.write_text(text.replace(before, after, 1))
    built = _run("node", "build.mjs", str(planted), str(planted.parent / "h5"))
    assert built.returncode != 0
    assert says in built.stderr


@pytest.mark.essential
def test_no_page_is_missing_from_the_description_of_the_mini_program() -> None:
    listed = re.findall(r'"(pages/[\w-]+/[\w-]+)"', (SOURCES / "app.json").read_text().split('"window"')[0])
    assert sorted(listed) == sorted(f"pages/{p.parent.name}/{p.stem}" for p in SOURCES.glob("pages/*/*.wxml"))
